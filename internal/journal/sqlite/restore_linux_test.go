package sqlite

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// The check doesn't write, so it couldn't roll back the -journal that a kill leaves.
func TestABackupIsOpenedWithoutAJournalNextToIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.snug")
	write(t, path, backup(t))
	watch, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(watch)
	if _, err := unix.InotifyAddWatch(watch, filepath.Dir(path), unix.IN_CREATE); err != nil {
		t.Fatal(err)
	}
	f := openFile(t, path)
	entries, err := f.ReadAfter(t.Context(), "lobby", 0, 100)
	if err := errors.Join(err, f.Close()); err != nil || len(entries) != 10 {
		t.Errorf("it has %d entries, %v; want 10", len(entries), err)
	}
	var created []byte
	for events := make([]byte, 4096); ; {
		n, err := unix.Read(watch, events)
		if errors.Is(err, unix.EAGAIN) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		created = append(created, events[:n]...)
	}
	if !bytes.Contains(created, []byte("log.snug-wal")) || bytes.Contains(created, []byte("log.snug-journal")) {
		t.Errorf("a -wal should be created, and no -journal: %q", created)
	}
}
