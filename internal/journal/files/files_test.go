package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"snug/internal/journal"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func openDir(t *testing.T, path string, maxBytes int64) *Directory {
	t.Helper()
	d, err := Open(path, maxBytes)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// put puts a file with content in its place.
func put(t *testing.T, d *Directory, content string) (id string) {
	t.Helper()
	u, err := d.New()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(u, content); err != nil {
		t.Fatal(err)
	}
	if err := u.Place(); err != nil {
		t.Fatal(err)
	}
	return u.ID()
}

// tree returns the names of all files below a directory.
func tree(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, filepath.Base(path))
		}
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

func content(t *testing.T, d *Directory, id string) string {
	t.Helper()
	file, err := d.Open(id)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	all, err := io.ReadAll(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(all)
}

func TestAllFilesHaveAsManyBytesAsTheyMay(t *testing.T) {
	d := openDir(t, filepath.Join(t.TempDir(), "files"), 10)
	id := put(t, d, "01234")
	u, err := d.New()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := u.Write([]byte("5678")); n != 4 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if n, err := u.Write([]byte("9a")); n != 0 || !errors.Is(err, journal.ErrNoSpace) {
		t.Errorf("beyond the limit: %d, %v; want ErrNoSpace", n, err)
	}
	other, err := d.New()
	if err != nil {
		t.Fatal(err)
	}
	if n, err := other.Write([]byte("9")); n != 1 || err != nil {
		t.Errorf("up to the limit: %d, %v", n, err)
	}
	u.Discard()
	if n, err := other.Write([]byte("5678")); n != 4 || err != nil {
		t.Errorf("in the place of what was discarded: %d, %v", n, err)
	}
	if err := d.Remove(id); err != nil {
		t.Error(err)
	}
	if n, err := other.Write([]byte("01234")); n != 5 || err != nil {
		t.Errorf("in the place of what was removed: %d, %v", n, err)
	}
	if err := other.Place(); err != nil {
		t.Fatal(err)
	}
	// What comes from another node is in the log already.
	fetched, err := d.Fetch("FETCHED")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fetched.Write([]byte("more")); err != nil {
		t.Error(err)
	}
	if used := d.Used(); used != 14 {
		t.Errorf("%d bytes are used, want 14", used)
	}
	fetched.Discard()
	if again := openDir(t, d.Path(), 10); again.Used() != 10 {
		t.Errorf("opened again, it has %d bytes, want 10", again.Used())
	}
}

func TestWhatACrashHasLeftIsRemoved(t *testing.T) {
	d := openDir(t, filepath.Join(t.TempDir(), "files"), 0)
	kept, removed := put(t, d, "kept"), put(t, d, "removed")
	u, err := d.New()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Write([]byte("half of it")); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Pin(); err != nil {
		t.Fatal(err)
	}
	if err := d.Remove(removed); err != nil {
		t.Fatal(err)
	}
	if all := tree(t, d.Path()); len(all) != 3 {
		t.Errorf("before the crash there are %v", all)
	}
	again := openDir(t, d.Path(), 0)
	if all := tree(t, d.Path()); !slices.Equal(all, []string{kept}) || again.Used() != 4 {
		t.Errorf("there are %v, of %d bytes", all, again.Used())
	}
}

func TestNoIDLeadsOutOfTheDirectory(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "secret"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	d := openDir(t, filepath.Join(dir, "files"), 0)
	put(t, d, "x")
	for _, id := range []string{"", "A", "..", "../secret", "../../secret", "AB/../../../secret", "AB\x00", "ab", strings.Repeat("A", 300)} {
		if _, err := d.Open(id); !errors.Is(err, os.ErrNotExist) || d.Has(id) {
			t.Errorf("%q can be opened: %v", id, err)
		}
		if _, err := d.Fetch(id); err == nil {
			t.Errorf("%q can be fetched", id)
		}
		if err := d.Remove(id); err != nil {
			t.Errorf("remove %q: %v", id, err)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "secret")); err != nil {
		t.Error(err)
	}
}

func TestAFullDiskIsSaid(t *testing.T) {
	for _, err := range []error{syscall.ENOSPC, &os.PathError{Op: "write", Path: "x", Err: syscall.EDQUOT}} {
		if got := explain(err); !errors.Is(got, journal.ErrNoSpace) || !strings.Contains(got.Error(), "the disk is full") {
			t.Errorf("%v becomes %v", err, got)
		}
	}
}

func TestWhatIsRemovedDoesNotComeFromAnotherNode(t *testing.T) {
	d := openDir(t, filepath.Join(t.TempDir(), "files"), 0)
	u, err := d.Fetch("ABCDEF")
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Remove("ABCDEF"); err != nil {
		t.Error(err)
	}
	if err := u.Place(); err == nil {
		t.Error("a file that was removed meanwhile is placed")
	}
	u.Discard()
	if all := tree(t, d.Path()); len(all) != 0 || d.Used() != 0 {
		t.Errorf("there are %v, of %d bytes", all, d.Used())
	}
}

// table is a Table in memory.
type table struct {
	mu  sync.Mutex
	ids map[string]bool
}

func (l *table) FileIDs(_ context.Context, prefix string) (ids []string, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range l.ids {
		if strings.HasPrefix(id, prefix) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (l *table) drop(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.ids, id)
}

func (l *table) FilePrefixes(_ context.Context, n int) ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	prefixes := map[string]bool{}
	for id := range l.ids {
		prefixes[id[:n]] = true
	}
	return slices.Collect(maps.Keys(prefixes)), nil
}

func TestAKeeperMakesTheDirectoryAgreeWithTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := openDir(t, filepath.Join(t.TempDir(), "files"), 0)
		l := &table{ids: map[string]bool{"MISSING": true}}
		var all []string
		for i := range 40 {
			all = append(all, put(t, d, fmt.Sprint(i)))
			d.Recorded(all[i])
			l.ids[all[i]] = i%2 == 0
			if i%2 != 0 {
				delete(l.ids, all[i])
			}
		}
		stored := put(t, d, "being recorded")
		var missing []string
		expired := 0
		k := NewKeeper(Options{
			Directory: d, Log: slog.New(slog.DiscardHandler), Table: l, Settled: func() bool { return true },
			Missing: func(_ context.Context, ids []string) bool { missing = append(missing, ids...); return true },
			Expire:  func(context.Context) error { expired++; return nil },
		})
		ctx, stop := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { k.Run(ctx) })
		synctest.Wait()
		for i, id := range all {
			if d.Has(id) != (i%2 == 0) {
				t.Errorf("file %d is there: %v", i, d.Has(id))
			}
		}
		if !d.Has(stored) {
			t.Error("a file that is about to be recorded is removed")
		}
		if !slices.Equal(missing, []string{"MISSING"}) || expired != 1 {
			t.Errorf("missing are %v, %d expiries", missing, expired)
		}
		k.Remove([]string{all[0], "NOTTHERE"})
		synctest.Wait()
		if d.Has(all[0]) {
			t.Error("a file that is removed from the log is there")
		}
		l.drop(all[2])
		time.Sleep(sweepEvery)
		synctest.Wait()
		if d.Has(all[2]) || expired != 2 {
			t.Errorf("after a while it is there: %v, %d expiries", d.Has(all[2]), expired)
		}
		l.drop(all[4])
		k.Remove(nil)
		synctest.Wait()
		if d.Has(all[4]) {
			t.Error("after a failure it is there")
		}
		time.Sleep(2 * recentFor)
		synctest.Wait()
		if d.Has(stored) {
			t.Error("a file that nobody has recorded is there")
		}
		k.Remove([]string{all[6]})
		stop()
		running.Wait()
		if d.Has(all[6]) {
			t.Error("it ends before it has removed what was to be removed")
		}
	})
}

// In a cluster, what the log has never had may be about to be recorded, and what it had and
// lost is removed at once: also by the next process, and if nobody has said that it is gone.
func TestOnlyWhatWasNeverRecordedIsKeptForAWhile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "files")
	d := openDir(t, path, 0)
	unrecorded, recorded, found := put(t, d, "a"), put(t, d, "b"), put(t, d, "c")
	d.Recorded(recorded)
	compare := func(ids ...string) {
		d := openDir(t, path, 0) // as the next process does
		l := &table{ids: map[string]bool{}}
		for _, id := range ids {
			l.ids[id] = true
		}
		k := NewKeeper(Options{
			Directory: d, Log: slog.New(slog.DiscardHandler), Table: l, Settled: func() bool { return true }, MinAge: time.Hour,
		})
		if complete, err := k.compare(t.Context()); err != nil || !complete {
			t.Fatal(complete, err)
		}
	}
	compare(recorded, found)
	for _, id := range []string{unrecorded, recorded, found} {
		if !d.Has(id) {
			t.Errorf("%s is removed", id)
		}
	}
	compare()
	if !d.Has(unrecorded) || d.Has(recorded) || d.Has(found) {
		t.Errorf("there are: unrecorded %v, want true; recorded %v, %v, want false", d.Has(unrecorded), d.Has(recorded), d.Has(found))
	}
}

// closer is a log in memory.
type closer struct{ io.Reader }

func (closer) Close() error { return nil }

func TestAnArchiveIsUnpackedWholeOrNotAtAll(t *testing.T) {
	d := openDir(t, filepath.Join(t.TempDir(), "files"), 0)
	ids := []string{put(t, d, "first"), put(t, d, strings.Repeat("second", 1000)), put(t, d, "")}
	unpin, err := d.Pin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Pin(); !errors.Is(err, journal.ErrCopying) {
		t.Errorf("a second backup: %v, want ErrCopying", err)
	}
	log := strings.Repeat("a log ", 200)
	a, missing, err := d.Archive(closer{strings.NewReader(log)}, int64(len(log)), append(ids, "NOTTHERE"), unpin)
	if err != nil || missing != 1 {
		t.Fatalf("%d missing, %v", missing, err)
	}
	if err := d.Remove(ids...); err != nil {
		t.Fatal(err)
	}
	archive, err := io.ReadAll(a)
	if err := errors.Join(err, a.Close()); err != nil || a.Size() != int64(len(archive)) {
		t.Fatalf("%d bytes of %d, %v", len(archive), a.Size(), err)
	}
	if left := tree(t, d.Path()); len(left) != 0 {
		t.Errorf("it has left %v", left)
	}
	path := filepath.Join(t.TempDir(), "log")
	unpacked := func(archive []byte) error {
		if err := errors.Join(os.RemoveAll(path+Suffix), os.WriteFile(path, archive, 0o600)); err != nil {
			t.Fatal(err)
		}
		return Unpack(path, path+".fresh")
	}
	for end := 0; end < len(archive)-1; end += 97 {
		if end < 500 {
			continue // it doesn't begin as an archive
		}
		err := unpacked(archive[:end])
		left, readErr := os.ReadFile(path)
		whole := end >= len(archive)-endBytes-len(padding(int64(len(log)))) // only zeros are missing
		if err == nil && !whole || readErr != nil || err != nil && !bytes.Equal(left, archive[:end]) {
			t.Fatalf("the first %d bytes of %d: %v; %d bytes are left, %v", end, len(archive), err, len(left), readErr)
		}
		if err != nil && !strings.Contains(err.Error(), "it is incomplete: put the whole backup") {
			t.Fatalf("the first %d bytes of %d: %v", end, len(archive), err)
		}
	}
	if err := unpacked(bytes.Replace(archive, []byte("snug.db-files/"), []byte("../../db-file/"), 1)); err == nil {
		t.Error("an archive with a name that leads elsewhere is unpacked")
	}
	if err := os.WriteFile(path+"-wal", []byte("of another log"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unpacked(archive); err == nil || !strings.Contains(err.Error(), "delete that") {
		t.Errorf("an archive next to a -wal: %v", err)
	}
	if err := os.Remove(path + "-wal"); err != nil {
		t.Fatal(err)
	}
	if err := unpacked(archive); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != log {
		t.Errorf("the log has %d bytes, %v", len(got), err)
	}
	r := openDir(t, path+Suffix, 0)
	if content(t, r, ids[0]) != "first" || content(t, r, ids[1]) != strings.Repeat("second", 1000) || content(t, r, ids[2]) != "" {
		t.Error("the files aren't as they were")
	}
	if err := Unpack(path, path+".fresh"); err != nil { // it is a log now
		t.Error(err)
	}
	if all := tree(t, filepath.Dir(path)); len(all) != 4 {
		t.Errorf("there are %v", all)
	}
}
