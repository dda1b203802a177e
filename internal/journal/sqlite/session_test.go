package sqlite

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// epoch opens the log, appends to it, closes it, and returns the epoch of a room.
func epoch(t *testing.T, path, say string) string {
	t.Helper()
	f, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	f.must(t, drafts("lobby", say, 1))
	s, _, err := f.Snapshot(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return s.Epoch
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestALogKeepsItsEpochsFromStartToStart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snug.db")
	first := epoch(t, path, "a")
	for _, say := range []string{"b", "c", "d"} {
		if e := epoch(t, path, say); e != first {
			t.Fatalf("the epoch was %s and is %s", first, e)
		}
	}
	moved := filepath.Join(t.TempDir(), "moved.db")
	for _, end := range []string{"", ".lock"} {
		if err := os.Rename(path+end, moved+end); err != nil {
			t.Fatal(err)
		}
	}
	if e := epoch(t, moved, "e"); e != first {
		t.Errorf("moved with its lock file, the epoch was %s and is %s", first, e)
	}
}

func TestARestoredBackupIsAnotherLog(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "snug.db"), filepath.Join(dir, "backup.db")
	first := epoch(t, path, "a")
	copyFile(t, path, backup)
	if e := epoch(t, path, "b"); e != first {
		t.Fatalf("a copy of the log has changed its epoch from %s to %s", first, e)
	}
	copyFile(t, backup, path)
	restored := epoch(t, path, "c")
	if restored == first {
		t.Error("the restored log has the old epoch")
	}
	if e := epoch(t, path, "d"); e != restored {
		t.Errorf("then its epoch changes from %s to %s", restored, e)
	}
	if e := epoch(t, backup, "e"); e == first || e == restored {
		t.Errorf("a copy that is used too has the same epoch")
	}
}

// The log is copied while a server runs. The server is stopped, and the copy replaces the
// log.
func TestACopyOfALogInUseIsAnotherLogAfterThatWasClosed(t *testing.T) {
	dir := t.TempDir()
	path, backup := filepath.Join(dir, "snug.db"), filepath.Join(dir, "backup.db")
	first := epoch(t, path, "a")
	f, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.write.conn.ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	copyFile(t, path, backup)
	f.must(t, drafts("lobby", "lost", 2))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	copyFile(t, backup, path)
	if e := epoch(t, path, "c"); e == first {
		t.Error("it has the old epoch")
	}
}

// A killed server closes nothing.
func TestAKilledLogKeepsItsEpochs(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snug.db")
	first := epoch(t, path, "a")
	f, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	f.must(t, drafts("lobby", "b", 1))
	elsewhere := filepath.Join(t.TempDir(), "snug.db")
	for _, end := range []string{"", "-wal", ".lock"} {
		copyFile(t, path+end, elsewhere+end)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if e := epoch(t, elsewhere, "c"); e != first {
		t.Errorf("after a kill the epoch was %s and is %s", first, e)
	}
}

// Until a log is closed for the first time, all its entries are in its -wal.
func TestALogWithoutItsFirstWALIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snug.db")
	f := openFile(t, path)
	f.must(t, drafts("lobby", "a", 1))
	left := filepath.Join(t.TempDir(), "snug.db")
	for _, end := range []string{"", ".lock", "-wal"} {
		copyFile(t, path+end, left+end)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	aside := filepath.Join(t.TempDir(), "wal")
	if err := os.Rename(left+"-wal", aside); err != nil {
		t.Fatal(err)
	}
	before := files(t, left)
	if _, err := Open(t.Context(), left); !errors.Is(err, ErrDamaged) {
		t.Fatalf("open: %v, want ErrDamaged", err)
	}
	untouched(t, left, before)
	if err := os.Rename(aside, left+"-wal"); err != nil {
		t.Fatal(err)
	}
	f = openFile(t, left)
	defer f.Close()
	if s, _, err := f.Snapshot(t.Context(), "lobby"); err != nil || s.Head != 1 {
		t.Errorf("with its -wal restored, the head is %d, %v", s.Head, err)
	}
}

// The operator removes the log, but not its lock file.
func TestARemovedLogIsCreatedAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snug.db")
	first := epoch(t, path, "a")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	f := openFile(t, path)
	if err := f.closeWriter(); err != nil { // as a kill leaves it
		t.Fatal(err)
	}
	f.lock.release()
	if err := f.reads.Close(); err != nil {
		t.Fatal(err)
	}
	if e := epoch(t, path, "b"); e == first {
		t.Error("it has the epochs of the removed log")
	}
}
