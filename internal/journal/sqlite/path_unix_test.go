//go:build unix

package sqlite

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A file of another kind is refused at once, whichever of the log's files it is. Nothing
// is opened, because that could block, and nothing is created.
func TestFilesOfOtherKindsAreRefused(t *testing.T) {
	kinds := map[string]func(path string) error{
		"a named pipe (FIFO)": func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"a directory":         func(path string) error { return os.Mkdir(path, 0o700) },
		"a device":            func(path string) error { return os.Symlink("/dev/full", path) },
		"a socket": func(path string) error {
			short := t.TempDir() // a socket's name may be only about 100 bytes long
			l, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", filepath.Join(short, "s"))
			if err != nil {
				return err
			}
			t.Cleanup(func() { _ = l.Close() })
			return os.Symlink(filepath.Join(short, "s"), path)
		},
	}
	for kind, create := range kinds {
		for _, suffix := range suffixes {
			t.Run(kind+suffix, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "log.snug")
				if err := create(path + suffix); err != nil {
					t.Fatal(err)
				}
				refused(t, path, kind)
				if left, err := os.ReadDir(filepath.Dir(path)); err != nil || len(left) != 1 {
					t.Errorf("the directory has %v, %v", left, err)
				}
			})
		}
	}
}

// refused fails unless Open refuses path and says each of some words.
func refused(t *testing.T, path string, words ...string) {
	t.Helper()
	f, err := Open(t.Context(), path)
	if err == nil {
		_ = f.Close()
		t.Fatalf("%s was opened", path)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%q doesn't say %q", err, word)
		}
	}
	if strings.Contains(err.Error(), "unable to open") {
		t.Errorf("%q has SQLite's own words", err)
	}
}

func TestNamesThatCannotBeALogsAreRefused(t *testing.T) {
	t.Chdir(t.TempDir())
	long := filepath.Join(strings.Repeat("d", 200), strings.Repeat("d", 200), strings.Repeat("d", 50))
	if err := os.MkdirAll(long, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, link := range [][2]string{{"loop2", "loop1"}, {"loop1", "loop2"}, {"self", "self"}} {
		if err := os.Symlink(link[0], link[1]); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ path, says string }{
		{"", "snug.db"},
		{"newdir/", "newdir/snug.db"},
		{"newdir//", "newdir/snug.db"},
		{"./", "snug.db"},
		{".", "snug.db"},
		{"..", "a directory"},
		{"/", "snug.db"},
		{"none/log.snug", "mkdir -p"},
		{"loop1", "symbolic links"},
		{"self", "symbolic links"},
		{"loop1/log.snug", "links"},
		{"a\x00b", "zero byte"},
		{"/dev/full", "a device"},
		{"/dev/null/log.snug", "not a directory"},
		{filepath.Join(long, strings.Repeat("f", 60)), "too long"},
		{strings.Repeat("n", 250), "too long"},
		{strings.Repeat("n", 1000), "too long"},
		{strings.Repeat("n/", 3000) + "log.snug", "too long"},
	} {
		refused(t, c.path, c.says)
	}
	for _, left := range []string{"newdir", "/dev/full.lock"} {
		if _, err := os.Lstat(left); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s was created: %v", left, err)
		}
	}
}

// The longest name that is accepted works for everything that has a file.
func TestTheLongestNameWorks(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for len(dir) < maxPathBytes-200 {
		dir = filepath.Join(dir, strings.Repeat("d", min(150, maxPathBytes-60-len(dir))))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, strings.Repeat("f", maxPathBytes-len(dir)-1))
	f := openFile(t, path)
	f.must(t, drafts("lobby", "a", 3))
	c, err := f.Copy(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	refused(t, path+"f", "too long")
}
