package sqlite

import (
	"os"
	"path/filepath"
	"testing"
)

// The library locks the first byte (flock_windows.go: LockFileEx of 1 byte at 0).
func TestTheTextOfTheLockFileLeavesTheLockedByteAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log.snug")
	if err := os.WriteFile(path+".lock", []byte("X"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := acquire(path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.release()
	if err := l.write("one", "two"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path + ".lock")
	if err != nil {
		t.Fatal(err)
	}
	if text[0] != 'X' {
		t.Errorf("the locked byte is %q", text[0])
	}
	if got := l.sessions(); len(got) != 2 || got[0] != "one" || got[1] != "two" {
		t.Errorf("the sessions are %q", got)
	}
}
