package chat

import (
	"context"
	"math/rand/v2"
	"time"

	"snug/protocol"
)

// How long clients are told to wait before they reconnect: spread, so that they don't
// all come at once.
const (
	reconnectFirst = 500 * time.Millisecond
	reconnectEach  = 2 * time.Millisecond
	reconnectLast  = 30 * time.Second
)

// lastGoodbyes is how long connections that have run out of time have to say goodbye.
const lastGoodbyes = time.Second

// Drain ends the server. It accepts no more connections, and says goodbye to each one when
// the messages that it has sent are committed and what waits for it is written. When
// ctx ends, the remaining connections are cut. Drain returns when all goroutines of
// connections have ended; the error is ctx's if any connection was cut.
func (s *Server) Drain(ctx context.Context) error {
	s.mu.Lock()
	s.draining = true
	spread := min(reconnectFirst+time.Duration(len(s.conns))*reconnectEach, reconnectLast)
	for c := range s.conns {
		c.interrupt(c.goodbye(reconnectFirst + rand.N(spread))) //nolint:gosec // jitter, no secret
	}
	s.mu.Unlock()
	s.drain()

	gone := make(chan struct{})
	go func() {
		s.readers.Wait()
		close(gone)
	}()
	defer s.poller.Close()
	defer s.writers.Wait()
	defer s.cancel()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
	}
	s.cancel()
	select { // connections that only waited for the journal have yet to write their goodbye
	case <-gone:
		return ctx.Err()
	case <-time.After(lastGoodbyes):
	}
	s.mu.Lock()
	for c := range s.conns {
		c.sock.Close()
	}
	s.mu.Unlock()
	<-gone
	return ctx.Err()
}

// goodbye is the ending of a connection that may reconnect.
func (c *conn) goodbye(reconnectAfter time.Duration) *ending {
	return &ending{
		code: protocol.CloseDraining, reason: "the server is shutting down", why: "drained", flush: true,
		frames: c.talk.event(protocol.EventGoodbye, protocol.Goodbye{Code: protocol.GoodbyeDraining, ReconnectAfterMS: reconnectAfter.Milliseconds()}),
	}
}
