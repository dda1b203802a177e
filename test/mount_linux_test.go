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
	needs(t, "chattr", "files that become immutable")
	file = filepath.Join(t.TempDir(), "disk")
	write(t, file, nil)
	if err := os.Truncate(file, 96<<20); err != nil {
		t.Fatal(err)
	}
	run(t, needs(t, "mkfs.ext4", "disks that fail"), "-q", file)
	return file
}

// needs returns the path of a program that a test of what uses, or skips the test if it
// is not installed. Debian has some of them where only root looks.
func needs(t *testing.T, program, what string) (path string) {
	t.Helper()
	for _, file := range []string{program, "/usr/sbin/" + program, "/sbin/" + program} {
		if path, err := exec.LookPath(file); err == nil {
			return path
		}
	}
	t.Skipf("NOT TESTED: %s: %s is not installed", what, program)
	return ""
}

// without returns what a command line begins with that runs on a machine without something, which a shell command hides
// from it alone; or it skips the test. what is for the reason.
func without(t *testing.T, what, hide string) []string {
	t.Helper()
	unshare := needs(t, "unshare", what)
	if os.Getuid() != 0 {
		t.Skipf("NOT TESTED: %s: only root may hide what this one has", what)
	}
	line := []string{unshare, "--mount", "sh", "-c", "{ " + hide + `; } && exec "$@"`, "sh"}
	if said, err := exec.Command(line[0], append(line[1:], "true")...).CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: %s: it can't be hidden here: %v: %s", what, err, said)
	}
	return line
}

// run runs a program that must be there and succeed.
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
	if said, err := exec.Command(needs(t, "mount", "disks that fill or fail"), append(args, dir)...).CombinedOutput(); err != nil {
		t.Skipf("NOT TESTED: mount %s is refused here: %v: %s", strings.Join(args, " "), err, said)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Errorf("unmount: %v", err)
		}
	})
	return dir
}
