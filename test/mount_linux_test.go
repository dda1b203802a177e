package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// image makes a file with an empty file system in it, to be mounted with -o loop.
func image(t *testing.T) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "disk")
	write(t, file, nil)
	if err := os.Truncate(file, 96<<20); err != nil {
		t.Fatal(err)
	}
	run(t, "mkfs.ext4", "-q", file)
	return file
}

// run runs a program that must be there and do well.
func run(t *testing.T, args ...string) {
	t.Helper()
	if said, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", strings.Join(args, " "), err, said)
	}
}

// mounted mounts something at a new directory, with the arguments of mount(8)
// before it, until the end of the test.
func mounted(t *testing.T, args ...string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if os.Getuid() != 0 {
		t.Skip("NOT TESTED: only root may mount a file system to fill or to break")
	}
	if said, err := exec.Command("mount", append(args, dir)...).CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: mount %s is refused here: %v: %s", strings.Join(args, " "), err, said)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}
