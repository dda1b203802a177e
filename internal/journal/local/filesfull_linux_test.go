package local_test

import (
	"errors"
	"fmt"
	"os"
	process "os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"snug/internal/journal"
)

// disk returns a directory on a disk of its own, of a size like 64m.
func disk(t *testing.T, size string) string {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("NOT TESTED: only root may mount a file system to fill")
	}
	dir := t.TempDir()
	if said, err := process.CommandContext(t.Context(), "mount", "-t", "tmpfs", "-o", "size="+size, "none", dir).CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: mount is refused here: %v: %s", err, said)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}

// An upload that fills the disk is refused and leaves nothing, so that messages go on.
func TestAFileThatFillsTheDiskIsRefused(t *testing.T) {
	path := filepath.Join(disk(t, "24m"), "log.snug")
	j := open(t, path)
	kept, err := store(j, "lobby", random(1_000_000))
	if err != nil {
		t.Fatal(err)
	}
	refused := 0
	for i := range 20 {
		u, err := j.NewFile(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			_, err = u.Write(make([]byte, 100_000))
		}
		if !errors.Is(err, journal.ErrNoSpace) || !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("a file that fills the disk: %v, want ErrNoSpace", err)
		}
		refused++
		u.Discard()
		if _, err := put(t, j, message("lobby", fmt.Sprint(i))); err != nil {
			t.Errorf("a message afterwards: %v", err)
		}
	}
	if all := onDisk(t, path); len(all) != 1 || all[0] != kept.ID {
		t.Errorf("there are %v, want only the file of before", all)
	}
	if _, err := store(j, "lobby", random(1_000_000)); err != nil {
		t.Errorf("a file that fits: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	if n := agrees(t, path); n != 2 {
		t.Errorf("%d files are left, want 2", n)
	}
	t.Logf("%d uploads refused, each on a full disk", refused)
}
