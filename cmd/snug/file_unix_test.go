//go:build unix

package main

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestAPipeIsNoFileToSend(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := openRegular(name); err == nil || !strings.Contains(err.Error(), "regular file") {
		t.Errorf("a pipe that nobody writes to: %v", err)
	}
}
