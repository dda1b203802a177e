//go:build unix

package test

import (
	"context"
	"syscall"
	"testing"
	"time"
)

func TestSuspendedServerLosesNothing(t *testing.T) {
	t.Parallel()
	suspended(t, 2*time.Second)
}

func TestSoakSuspendedServerLosesNothing(t *testing.T) {
	soak(t)
	suspended(t, 30*time.Second)
}

// suspended stops the server's process for a while, as a laptop's lid does. Half
// of the clients wait; the other half lose patience and come back.
func suspended(t *testing.T, while time.Duration) {
	s := newSite(t, "--limits=off")
	p := s.start()
	clients := s.talkers()
	connect(t, clients)
	silence := s.talk(clients, 200)
	p.signal(t, syscall.SIGSTOP)
	impatient, patient := clients[:len(clients)/2], clients[len(clients)/2:]
	time.AfterFunc(while, func() { _ = p.cmd.Process.Signal(syscall.SIGCONT) })
	ctx, cancel := context.WithTimeout(t.Context(), while+patience)
	defer cancel()
	each(impatient, func(c *client) {
		c.session.line.cut()
		<-c.session.ended
		if _, err := c.connect(ctx); err != nil { // at the first attempt, and resumed
			t.Errorf("%s can't come back: %v", c.nick, err)
		}
	})
	silence()
	if t.Failed() {
		return
	}
	s.talk(clients, 200)()
	s.checkConnected(clients)
	hangUp(clients)
	s.settle(clients)
	figure(t, "SIGSTOP, SIGCONT after "+while.String(), 1, "%d clients waited and weren't cut, %d came back and were resumed at the first attempt; %s", len(patient), len(impatient), s.ledger.verdict())
}
