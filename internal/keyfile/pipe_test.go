//go:build unix

package keyfile_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"snug/internal/keyfile"
)

func TestAPipeToWhichNobodyWritesIsRefused(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := keyfile.Read(name); err == nil || !strings.Contains(err.Error(), "nobody writes") {
		t.Errorf("it was read: %v", err)
	}
}

// TestAPipeIsWaitedFor reads what a shell names by <(command).
func TestAPipeIsWaitedFor(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	name := fmt.Sprintf("/dev/fd/%d", r.Fd())
	if _, err := os.Stat(name); err != nil {
		t.Skip("NOT TESTED: secrets from pipes: the system doesn't name open files")
	}
	type result struct {
		data []byte
		err  error
	}
	done := make(chan result)
	go func() {
		data, err := keyfile.Read(name)
		done <- result{data, err}
	}()
	if _, err := w.WriteString("s3c"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.WriteString("ret"); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := <-done; got.err != nil || string(got.data) != "s3cret" {
		t.Errorf("%q, %v", got.data, got.err)
	}
}
