package sqlite

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestTheFilesOfAnInterruptedStartAreRemoved(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.snug")
	for _, left := range []string{".new", ".new-journal", ".new-wal", ".new-shm"} {
		write(t, path+left, []byte("half of it"))
	}
	f := openFile(t, path)
	f.must(t, drafts("lobby", "", 1))
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if left := slices.Collect(maps.Keys(files(t, path))); !slices.Equal(left, []string{"log.snug"}) {
		t.Errorf("the directory has %v", left)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v, %v; want 0600", info.Mode(), err)
	}
}

func TestOddNamesAreNames(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a b", "a?mode=memory", "a#b", "a%20b", "a%", "ünï🦭", "a&b=c;d", "'\"", ":memory:", "file:x", "a\nb", "-wal"} {
		path := filepath.Join(dir, name)
		for want := range 2 {
			f := openFile(t, path)
			page, err := f.ReadAfter(t.Context(), "lobby", 0, 10)
			if err != nil || len(page) != want {
				t.Errorf("%q has %d entries, %v; want %d", name, len(page), err, want)
			}
			f.must(t, drafts("lobby", string(rune('a'+want)), 1))
			if err := f.Close(); err != nil {
				t.Errorf("close %q: %v", name, err)
			}
		}
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// Each older version is made by the migrations up to it.
func TestEveryOlderSchemaIsUpgraded(t *testing.T) {
	for from := 1; from < version(); from++ {
		path := filepath.Join(t.TempDir(), "log.snug")
		raw(t, path, append(slices.Clone(migrations[:from]), "INSERT INTO log VALUES (1, zeroblob(32), zeroblob(16), zeroblob(16), 0, 0)")...)
		stamp(t, path, from)
		f := openFile(t, path)
		f.must(t, drafts("lobby", "", 1))
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
	// An empty file with a header, as create makes it, goes through all migrations.
	path := filepath.Join(t.TempDir(), "log.snug")
	stamp(t, path, 0)
	f := openFile(t, path)
	defer f.Close()
	if got := f.must(t, drafts("lobby", "", 1)); got[0].Seq != 1 {
		t.Errorf("the first seq is %d", got[0].Seq)
	}
}

func stamp(t *testing.T, path string, schema int) {
	t.Helper()
	raw(t, path, fmt.Sprintf("PRAGMA application_id = %d", applicationID), fmt.Sprintf("PRAGMA user_version = %d", schema))
}
