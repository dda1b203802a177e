//go:build unix

package main

import (
	"runtime"

	"github.com/charmbracelet/x/term"
	"golang.org/x/sys/unix"
)

// withoutSuspend returns the state of a terminal in which Ctrl+Z does nothing.
func withoutSuspend(s term.State) *term.State {
	s.Cc[unix.VSUSP] = 0xFF // _POSIX_VDISABLE
	if runtime.GOOS == "linux" {
		s.Cc[unix.VSUSP] = 0
	}
	return &s
}
