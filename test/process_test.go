package test

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"snug/internal/servertest/capture"
)

// patience bounds every wait, below the time limit of all tests of a package. A test that passes
// doesn't wait that long, even on a machine with ten times as many programs as cores.
const patience = 6 * time.Minute

// process is one run of the server.
type process struct {
	cmd    *exec.Cmd
	greets chan string   // the address that it says it listens on; closed with its stdout
	exited chan struct{} // it has ended, and all that it said is there
	out    bytes.Buffer  // stdout; read it after exited
	err    capture.Text

	patience time.Duration // with its start
}

var greeting = regexp.MustCompile(`^Snug is at http://(\S+)/ `)

// launch starts cmd, which is or becomes the server, without waiting for it. It
// is killed at the end of the test.
func launch(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	p := &process{cmd: cmd, greets: make(chan string, 1), exited: make(chan struct{}), patience: patience}
	if cmd.Env == nil {
		cmd.Env = environment()
	}
	cmd.Stderr = &p.err
	cmd.WaitDelay = patience
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(p.exited)
		lines := bufio.NewReader(io.TeeReader(stdout, &p.out))
		first, _ := lines.ReadString('\n') // what isn't there is no greeting
		if m := greeting.FindStringSubmatch(first); m != nil {
			p.greets <- m[1]
		}
		close(p.greets)
		_, _ = io.Copy(io.Discard, lines) // into p.out
		_ = cmd.Wait()                    // its outcome is in cmd.ProcessState
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // fails only if it has ended
		<-p.exited
	})
	return p
}

// environment is the test's own, without what would be flags, and with more.
func environment(more ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(s string) bool { return strings.HasPrefix(s, "SNUG_") })
	return append(env, more...)
}

// address waits until the server listens.
func (p *process) address(t *testing.T) string {
	t.Helper()
	select {
	case addr, ok := <-p.greets:
		if ok {
			return addr
		}
		<-p.exited
		t.Fatalf("the server has not started: %v\n%s", p.cmd.ProcessState, p.err.String())
	case <-time.After(p.patience):
		t.Fatalf("the server has not started within %v\n%s", p.patience, p.err.String())
	}
	return ""
}

// wait waits for the process to end and returns its exit status; -1 is a signal.
func (p *process) wait(t *testing.T) int {
	t.Helper()
	select {
	case <-p.exited:
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(patience):
		t.Fatalf("the server has not ended within %v\n%s", patience, p.err.String())
		return 0
	}
}

// signal sends s.
func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// kill9 ends the process as a crash would.
func (p *process) kill9(t *testing.T) {
	t.Helper()
	_ = p.cmd.Process.Kill() // fails only if it has ended
	p.wait(t)
}
