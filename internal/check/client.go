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

// client is a member that sends and receives. It has two goroutines while it is
// connected: one that connects and reads, in stay, and one that writes.
type client struct {
	run    *run
	number int           // from 1
	seat   string        // the reader's
	member string        // the reader's
	wake   chan struct{} // for the writer: there may be something to write

	mu        sync.Mutex
	limits    protocol.Limits
	unsettled []*draft // in the order in which they were created
	next      time.Duration
	notBefore time.Duration // no message is sent earlier: the server has asked to wait
	session   *session      // nil while it isn't connected
}

// draft is a message that is neither confirmed nor refused.
type draft struct {
	name    name
	content string
	due     time.Duration // when to send it for the first time or again
	on      *session      // the session on which it was sent last, unless it was refused there
}

// usefulAfter is how long a connection has to last so that the next attempt to connect
// may come soon.
const usefulAfter = 5 * time.Second

// The reasons for which a client cuts its own connection.
var (
	errCut     = errors.New("cut at random")
	errStalled = errors.New("the last events didn't arrive")
	errSilent  = errors.New("the server sent nothing, and didn't answer a ping")
	errDone    = errors.New("the check is over")
)

// stay keeps the client in the room until ctx ends. It returns an error if the server
// is down for too long, or refuses the client.
func (c *client) stay(ctx context.Context) error {
	lastUp, failures := c.run.now(), 0
	for {
		s, err := c.run.connect(ctx, c.number, c.run.nick(c.number), c.seat)
		if err == nil {
			err = c.serve(s)
			lastUp = c.run.now()
			if errors.Is(err, errCut) || lastUp-s.welcomed > usefulAfter {
				failures = 0
			}
		}
		var no *refused
		switch {
		case ctx.Err() != nil:
			return nil //nolint:nilerr // it was asked to end
		case errors.As(err, &no) && no.final:
			return fmt.Errorf("client %d: %w", c.number, err)
		case c.run.now()-lastUp > c.run.patience():
			return fmt.Errorf("the server has been down for more than %v: %w", c.run.patience().Round(time.Second), err)
		}
		wait := pause(err, failures)
		if s != nil && s.comeBack > 0 {
			wait = s.comeBack
		}
		failures++
		sleep(ctx, wait)
	}
}

// pause returns how long to wait before the next attempt to connect. failures counts
// the attempts that have failed.
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

// serve reads and writes until the connection ends, and returns why it did.
func (c *client) serve(s *session) error {
	c.begin(s)
	written := make(chan struct{})
	go func() {
		defer close(written)
		c.write(s)
	}()
	err := c.read(s)
	if s.ctx.Err() != nil {
		err = context.Cause(s.ctx)
	}
	s.end(err)
	<-written
	s.close()
	c.mu.Lock()
	c.session = nil
	c.mu.Unlock()
	if !errors.Is(err, errDone) {
		c.run.ledger.ended(errors.Is(err, errCut) || errors.Is(err, errStalled))
	}
	return closeReason(err)
}

// begin starts a new session.
func (c *client) begin(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.member != "" && c.member != s.You.Member.Member {
		// Another member's IDs don't protect these messages: repeating them might double
		// them.
		c.unsettled = nil
	}
	c.member, c.seat = s.You.Member.Member, s.You.Seat
	c.limits, c.session = s.Limits, s
	for _, d := range c.unsettled {
		d.due = s.welcomed
	}
}

// cutStalled cuts the connection because the last events didn't arrive. It reports
// whether there was one.
func (c *client) cutStalled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.session != nil {
		c.session.end(errStalled)
	}
	return c.session != nil
}

// settled reports whether all messages are confirmed or refused.
func (c *client) settled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.unsettled) == 0
}
