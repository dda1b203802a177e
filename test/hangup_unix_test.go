//go:build unix

package test

import (
	"bufio"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/coder/websocket"
)

// Daemons are told by SIGHUP to read their configuration again, so it must not end the
// server without a goodbye.
func TestADaemonSurvivesAHangup(t *testing.T) {
	if signal.Ignored(syscall.SIGHUP) {
		t.Skip("NOT TESTED: SIGHUP is ignored here, as under nohup, and so in the server")
	}
	s := newSite(t)
	p := s.start()
	p.signal(t, syscall.SIGHUP)
	for !strings.Contains(p.err.String(), "SIGHUP is ignored") {
		select {
		case <-p.exited:
			t.Fatalf("the server has ended: %v\n%s", p.cmd.ProcessState, p.err.String())
		default:
		}
		answers(t, s.address())
	}
	answers(t, s.address())
	p.signal(t, syscall.SIGTERM)
	if status := p.wait(t); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

// The log may go to a program that ends, such as head.
func TestALogWhoseReaderHasGoneEndsNothing(t *testing.T) {
	s := newSite(t, "--log-level=debug")
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, stdoutWrite, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := s.command()
	cmd.Env = environment()
	cmd.Stderr, cmd.Stdout = write, stdoutWrite
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	exited := make(chan error, 1)
	go func() { exited <- cmd.Wait() }()
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	_, _ = write.Close(), stdoutWrite.Close()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	m := greeting.FindStringSubmatch(line)
	if err != nil || m == nil {
		t.Fatalf("the server greets by %q, %v", line, err)
	}
	_, _ = read.Close(), stdout.Close() // nobody reads any more
	for range 50 {
		answers(t, m[1])
		select {
		case err := <-exited:
			t.Fatalf("the server has ended: %v", err)
		default:
		}
		connectAndLeave(t, m[1]) // which are lines of the debug log
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-exited; err != nil {
		t.Errorf("the server has ended with %v", err)
	}
}

// answers checks that a server answers.
func answers(t *testing.T, addr string) {
	t.Helper()
	resp, err := http.Get("http://" + addr + "/")
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
}

// connectAndLeave joins a room and leaves it.
func connectAndLeave(t *testing.T, addr string) {
	t.Helper()
	ws, _, err := websocket.Dial(t.Context(), "ws://"+addr+"/ws?roomCode=room1", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = ws.CloseNow()
}
