package test

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"

	goclient "snug/client"
)

// onTerminal starts snug join tea in a terminal, and returns the terminal and the lines
// that are written to it.
func (s *site) onTerminal(t *testing.T, nick string, env ...string) (*exec.Cmd, *os.File, *bufio.Reader) {
	t.Helper()
	cmd := exec.Command(snugProgram, "join", "--server", "http://"+s.address(), "--nick", nick, "tea")
	cmd.Env = environment(append([]string{"XDG_CONFIG_HOME=" + s.config(nick)}, env...)...)
	terminal, err := pty.Start(cmd)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = terminal.Close() })
	return cmd, terminal, bufio.NewReader(terminal)
}

// until reads lines up to one with text in it.
func until(t *testing.T, in *bufio.Reader, end byte, text string) {
	t.Helper()
	for {
		line, err := in.ReadString(end)
		if strings.Contains(line, "\x1b") {
			t.Errorf("it writes %q", line)
		}
		if strings.Contains(line, text) {
			return
		}
		if err != nil {
			t.Fatalf("%q isn't written: %v", text, err)
		}
	}
}

func TestLinesAreOfOneRoom(t *testing.T) {
	out, err := exec.Command(snugProgram, "join", "tea", "ops").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "works in one room") {
		t.Errorf("snug join with two rooms, without a terminal: %v: %s", err, out)
	}
}

func TestATerminalThatCannotMoveItsCursorGetsLines(t *testing.T) {
	s := newSite(t)
	s.start()
	cmd, terminal, in := s.onTerminal(t, "ann", "TERM=dumb")
	until(t, in, '\n', "-- ann owns the room")
	if _, err := terminal.WriteString("hello\n"); err != nil {
		t.Fatal(err)
	}
	until(t, in, '\n', " ann: hello")
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil { // while it waits for a line
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
}

func TestAPasswordThatIsAskedForCanBeDeclined(t *testing.T) {
	s := newSite(t)
	s.start()
	owner := s.guest(t, "zoe")
	if err := owner.Set(t.Context(), goclient.Change{Password: new("sesame")}); err != nil {
		t.Fatal(err)
	}
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd, _, in := s.onTerminal(t, "ann", "TERM=xterm")
		until(t, in, ':', "Password of tea")
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err == nil {
			t.Errorf("after %v it is in the room", signal)
		}
	}
}
