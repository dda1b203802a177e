package test

import (
	"os"
	"testing"

	"golang.org/x/sys/unix"

	goclient "snug/client"
)

// Ctrl+Z at the prompt would leave the terminal without an echo, or show the password after fg.
func TestThePromptForAPasswordIsNotSuspended(t *testing.T) {
	s := newSite(t)
	s.start()
	owner := s.guest(t, "zoe")
	if err := owner.Set(t.Context(), goclient.Change{Password: new("sesame")}); err != nil {
		t.Fatal(err)
	}
	_, terminal, in := s.onTerminal(t, "ann", "TERM=dumb")
	until(t, in, ':', "Password of tea")
	if key := suspendKey(t, terminal); key != 0 {
		t.Errorf("while it asks for a password, %#x suspends it", key)
	}
	if _, err := terminal.WriteString("sesame\nhello\n"); err != nil {
		t.Fatal(err)
	}
	until(t, in, '\n', " ann: hello")
	if key := suspendKey(t, terminal); key != 'Z'-'@' {
		t.Errorf("in the room, %#x suspends it", key)
	}
}

// suspendKey returns the key that suspends the programs of a terminal; 0 if none does.
func suspendKey(t *testing.T, terminal *os.File) byte {
	t.Helper()
	settings, err := unix.IoctlGetTermios(int(terminal.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return settings.Cc[unix.VSUSP]
}
