package test

import (
	"context"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	goclient "snug/client"
	"snug/internal/servertest/vacant"
	"snug/test/screen"
)

// terminal is somebody who runs snug join.
type terminal struct {
	*screen.Screen
	t *testing.T
}

// startAtFixedAddress starts a server that keeps its address when it is started again.
func (s *site) startAtFixedAddress() *process {
	s.flags[0] = "--addr=" + vacant.Address(s.t)
	return s.start()
}

// terminal runs snug join tea in a terminal of that size, with a configuration of
// that nick's.
func (s *site) terminal(t *testing.T, nick string, columns, rows int, env ...string) *terminal {
	t.Helper()
	return openTerminal(t, s.joinCommand(nick, []string{"tea"}, env...), columns, rows)
}

// terminalIn runs snug join with several rooms.
func (s *site) terminalIn(t *testing.T, nick string, columns, rows int, rooms ...string) *terminal {
	t.Helper()
	return openTerminal(t, s.joinCommand(nick, rooms), columns, rows)
}

// joinCommand is snug join with a configuration of that nick's.
func (s *site) joinCommand(nick string, rooms []string, env ...string) *exec.Cmd {
	cmd := exec.Command(snugProgram, append([]string{"join", "--server", "http://" + s.address(), "--nick", nick}, rooms...)...)
	cmd.Env = environment(append([]string{
		"XDG_CONFIG_HOME=" + s.config(nick), "TERM=xterm-256color", "COLORTERM=truecolor", "LC_ALL=C.UTF-8",
	}, env...)...)
	return cmd
}

// openTerminal runs a program in a terminal of that size.
func openTerminal(t *testing.T, cmd *exec.Cmd, columns, rows int) *terminal {
	t.Helper()
	on, err := screen.Start(cmd, columns, rows)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := on.Close(); err != nil {
			t.Errorf("close the terminal of %s: %v", cmd, err)
		}
	})
	return &terminal{on, t}
}

// config is where nick's configuration is.
func (s *site) config(nick string) string { return dirOf(s.file) + "/config-" + nick }

// keys types.
func (x *terminal) keys(text string) {
	x.t.Helper()
	if err := x.Type(text); err != nil {
		x.t.Fatal(err)
	}
}

// until waits for what the screen will look like.
func (x *terminal) until(what string, is func(screen string) bool) {
	x.t.Helper()
	give := time.Now().Add(patience)
	for !is(x.String()) {
		if time.Now().After(give) {
			x.t.Fatalf("not seen within %v: %s. On the screen is:\n%s", patience, what, x)
		}
		time.Sleep(10 * time.Millisecond) // until it has changed
	}
}

// sees waits until text is on the screen.
func (x *terminal) sees(texts ...string) {
	x.t.Helper()
	for _, text := range texts {
		x.until(fmt.Sprintf("%q", text), func(s string) bool { return strings.Contains(s, text) })
	}
}

// seesNot waits until text is no longer on the screen.
func (x *terminal) seesNot(text string) {
	x.t.Helper()
	x.until(fmt.Sprintf("that %q is gone", text), func(s string) bool { return !strings.Contains(s, text) })
}

// matches waits until the screen matches a pattern, in which ^ and $ are the ends
// of rows.
func (x *terminal) matches(pattern string) {
	x.t.Helper()
	p := regexp.MustCompile("(?m)" + pattern)
	x.until(pattern, p.MatchString)
}

// drawn waits until all that was typed is on the screen: what is written, on its
// last row, comes after the rest.
func (x *terminal) drawn() {
	x.t.Helper()
	x.keys("x")
	x.matches("^› x$")
	x.keys(ctrlC)
	x.sees("› Say something")
}

// leaves waits for the program to end.
func (x *terminal) leaves() {
	x.t.Helper()
	select {
	case <-x.Exited():
	case <-time.After(patience):
		x.t.Fatalf("snug join has not ended within %v:\n%s", patience, x)
	}
}

// guest joins the room tea with the Go client.
func (s *site) guest(t *testing.T, nick string) *goclient.Room { return s.guestIn(t, nick, "tea") }

// guestIn joins a room with the Go client.
func (s *site) guestIn(t *testing.T, nick, room string) *goclient.Room {
	t.Helper()
	r, err := goclient.Join(t.Context(), "http://"+s.address(), room, goclient.Options{Nick: nick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() }) // the server may be gone
	return r
}

// says sends content and returns its seq.
func says(t *testing.T, r *goclient.Room, content string) uint64 {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	seq, err := r.Send(ctx, goclient.Message{Content: content})
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

// The keys that aren't characters.
const (
	enter    = "\r"
	escape   = "\x1b"
	ctrlC    = "\x03"
	altUp    = "\x1b[1;3A"
	up       = "\x1b[A"
	pageUp   = "\x1b[5~"
	ctrlEnd  = "\x1b[1;5F"
	altEnter = "\x1b\r"
	blur     = "\x1b[O"

	altOne   = "\x1b1"
	altTwo   = "\x1b2"
	altThree = "\x1b3"
	altA     = "\x1ba"

	wheelUp   = "\x1b[<64;10;10M"
	wheelDown = "\x1b[<65;10;10M"
)
