package chat

import (
	"context"
	"math/rand/v2"
	"time"

	"snug/protocol"
)

// How long clients are told to wait before they come back: spread, so that they
// don't all come at once.
const (
	comeBackFirst = 500 * time.Millisecond
	comeBackEach  = 2 * time.Millisecond
	comeBackLast  = 30 * time.Second
)

// lastGoodbyes is how long connections that have run out of time get to say so.
const lastGoodbyes = time.Second

// Drain ends the server: it accepts no more connections, and says goodbye to
// each when the messages it has sent are committed and what waits for it is
// written. When ctx ends, those that are left are cut. It returns when all
// connections' goroutines have ended; the error is ctx's if any was cut.
func (s *Server) Drain(ctx context.Context) error {
	s.mu.Lock()
	s.draining = true
	spread := min(comeBackFirst+time.Duration(len(s.conns))*comeBackEach, comeBackLast)
	for c := range s.conns {
		c.interrupt(c.goodbye(comeBackFirst + rand.N(spread))) //nolint:gosec // jitter, no secret
	}
	s.mu.Unlock()

	gone := make(chan struct{})
	go func() {
		s.readers.Wait()
		close(gone)
	}()
	defer s.poller.close()
	defer s.working.Wait()
	defer s.cancel()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
	}
	s.cancel()
	select { // those that only waited for the journal have their goodbye to write
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

// goodbye is the ending of a connection that may come back.
func (c *conn) goodbye(comeBack time.Duration) *ending {
	e := &ending{code: protocol.CloseDraining, reason: "the server is shutting down", why: "drained", flush: true}
	if c.door.dialect == protocol.V1 {
		e.frames = v1Event(protocol.EventGoodbye, protocol.Goodbye{Code: protocol.GoodbyeDraining, ReconnectAfterMS: comeBack.Milliseconds()})
	}
	return e
}
