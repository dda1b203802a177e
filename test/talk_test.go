package test

import (
	"context"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// flying is how many messages a client has unsettled at the most.
const flying = 8

// talk sends messages until the connection ends or stop is closed, some at a time
// and between them a pause of up to twice the given.
func (s *session) talk(ctx context.Context, stop <-chan struct{}, pause time.Duration) {
	for {
		select {
		case <-s.ended:
			return
		case <-stop:
			return
		case <-time.After(rand.N(2*pause + 1)):
		}
		for len(s.client.waiting()) > flying/2 {
			select {
			case <-s.ended:
				return
			case <-stop:
				return
			case <-s.client.settling:
			}
		}
		for range rand.N(flying/2) + 1 {
			if err := s.say(ctx); err != nil {
				<-s.ended // which says why
				return
			}
		}
	}
}

// talk lets clients that are connected talk until stop is called, which returns
// when they have fallen silent. Before it returns itself so many messages are
// confirmed.
func (s *site) talk(clients []*client, confirmed int) (stop func()) {
	s.t.Helper()
	silence := make(chan struct{})
	var talking sync.WaitGroup
	talking.Go(func() {
		each(clients, func(c *client) { c.session.talk(s.t.Context(), silence, 20*time.Millisecond) })
	})
	before := s.ledger.count()
	eventually(s.t, "the clients talk", func() bool { return s.ledger.count() >= before+confirmed })
	return func() {
		close(silence)
		talking.Wait()
	}
}

// checkConnected fails for each of the clients whose connection has ended.
func (s *site) checkConnected(clients []*client) {
	s.t.Helper()
	for _, c := range clients {
		select {
		case <-c.session.ended:
			s.t.Errorf("%s was cut: %v", c.nick, c.session.err)
		default:
		}
	}
}

// hangUp ends the clients' connections, and returns when they have read all that
// came.
func hangUp(clients []*client) {
	for _, c := range clients {
		c.session.line.cut()
		<-c.session.ended
	}
}

// resend sends unconfirmed messages again, as a client does that gets unavailable, until stop
// is closed and all are confirmed.
func (s *session) resend(ctx context.Context, stop <-chan struct{}) {
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	for {
		select {
		case <-again.C:
		case <-s.ended:
			return
		}
		stopped := false
		select {
		case <-stop:
			stopped = true
		default:
		}
		waiting := s.client.waiting() // not earlier: until stop is closed, something may be said
		if stopped && len(waiting) == 0 {
			return
		}
		for _, u := range waiting {
			_ = s.line.send(ctx, fields{"type": "send", "id": u.id, "content": u.content}) // the reader says why it failed
		}
	}
}

// resendPending has clients say again what isn't confirmed, until settled is called,
// which returns when all is.
func resendPending(t *testing.T, clients []*client) (settled func()) {
	done := make(chan struct{})
	var all sync.WaitGroup
	for _, c := range clients {
		all.Go(func() { c.session.resend(t.Context(), done) })
	}
	return func() {
		close(done)
		all.Wait()
	}
}
