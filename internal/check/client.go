package check

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"snug/protocol"
)

// client is one of those who talk. It has two goroutines while it is connected:
// run, which connects and reads, and one that writes.
type client struct {
	run    *run
	number int           // from 1
	seat   string        // run's
	member string        // run's
	wake   chan struct{} // for the writer: there may be something to write

	mu        sync.Mutex
	limits    protocol.Limits
	unsettled []*draft // in the order in which they were made
	next      time.Duration
	hold      time.Duration // nothing is sent before, as the server has asked
	session   *session      // nil while it isn't connected
}

// draft is a message that isn't settled.
type draft struct {
	name    name
	content string
	due     time.Duration // when to send it, or to send it again
	on      *session      // that it was sent on last, unless it was refused there
}

// goodFor is how long a connection has to hold for the next attempt to come soon.
const goodFor = 5 * time.Second

// The reasons for which a client cuts its own connection.
var (
	errCut     = errors.New("cut at random")
	errStalled = errors.New("the last events didn't come")
	errSilent  = errors.New("nothing came from the server, and no answer to a ping")
	errDone    = errors.New("the check is over")
)

// live keeps the client in the room until ctx ends. It fails when the server is
// away for too long, or wants no more of it.
func (c *client) live(ctx context.Context) error {
	away, failures := c.run.now(), 0
	for {
		s, err := c.run.connect(ctx, c.number, c.run.nick(c.number), c.seat)
		if err == nil {
			err = c.serve(s)
			away = c.run.now()
			if errors.Is(err, errCut) || away-s.welcomed > goodFor {
				failures = 0
			}
		}
		var no *refused
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // it was to end
		case errors.As(err, &no) && no.final:
			return fmt.Errorf("client %d: %w", c.number, err)
		case c.run.now()-away > c.run.patience():
			return fmt.Errorf("the server has been away for more than %v: %w", c.run.patience().Round(time.Second), err)
		}
		wait := pause(err, failures)
		if s != nil && s.comeBack > 0 {
			wait = s.comeBack
		}
		failures++
		sleep(ctx, wait)
	}
}

// pause is how long to wait before connecting again, after so many failures.
func pause(err error, failures int) time.Duration {
	wait := rand.N(min(500*time.Millisecond<<min(failures, 5), 4*time.Second)) //nolint:gosec // jitter, no secret
	var no *refused
	if errors.As(err, &no) {
		wait += no.retry
	}
	return wait
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// serve talks and listens until the connection ends, and returns why.
func (c *client) serve(s *session) error {
	c.enter(s)
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.talk(s)
	}()
	err := c.listen(s)
	if s.ctx.Err() != nil {
		err = context.Cause(s.ctx)
	}
	s.end(err)
	<-written
	_ = s.ws.CloseNow() // rudely: that is what is tried
	c.mu.Lock()
	c.session = nil
	c.mu.Unlock()
	if !errors.Is(err, errDone) {
		c.run.ledger.ended(errors.Is(err, errCut) || errors.Is(err, errStalled))
	}
	return closeReason(err)
}

// enter begins with a connection.
func (c *client) enter(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.member != "" && c.member != s.You.Member.Member {
		// Another member's ids protect nothing: to send these again might say them twice.
		c.unsettled = nil
	}
	c.member, c.seat = s.You.Member.Member, s.You.Seat
	c.limits, c.session = s.Limits, s
	for _, d := range c.unsettled {
		d.due = s.welcomed
	}
}

// stall cuts the connection, if there is one, because the last events didn't come.
func (c *client) stall() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session != nil {
		c.session.end(errStalled)
	}
	return c.session != nil
}

// settled reports whether nothing is under way.
func (c *client) settled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.unsettled) == 0
}
