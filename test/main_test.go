// Package test tests the promises of the real binaries: it starts, stops, kills and misuses
// them, with clients over TCP. Tests whose names begin with TestSoak take long and run only
// with SNUG_SOAK=1.
package test

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The programs, built once for all tests: the server, and the command snug.
var program, snugProgram string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(func() int {
		// They wait more than they compute: for disks that fail, and for time to pass.
		if err := flag.Set("test.parallel", "4"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		dir, err := os.MkdirTemp("", "snug-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = os.RemoveAll(dir) }() // it is in the system's place for such
		program, snugProgram = filepath.Join(dir, "server"), filepath.Join(dir, "snug")
		build := exec.Command("go", "build", "-o", dir, "./cmd/server", "./cmd/snug")
		build.Dir = ".."
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		build.Stderr = os.Stderr
		if err := build.Run(); err != nil {
			fmt.Fprintln(os.Stderr, "build the programs:", err)
			return 1
		}
		// For the test that starts it as another user.
		if err := os.Chmod(dir, 0o755); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return m.Run()
	}())
}

// soak lets the long tests run only where they are asked for.
func soak(t *testing.T) {
	t.Helper()
	if !soaking() {
		t.Skip("long: SNUG_SOAK=1 runs it")
	}
}

func soaking() bool { return os.Getenv("SNUG_SOAK") != "" }
