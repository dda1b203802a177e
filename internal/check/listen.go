package check

import (
	"errors"
	"slices"
	"time"

	"snug/protocol"
)

// listen reads until the connection ends, and returns why, never nil.
func (c *client) listen(s *session) error {
	for {
		e, err := s.read(s.ctx)
		if errors.Is(err, errBroken) {
			c.run.ledger.broken(c.number, c.run.now(), err)
		}
		if err != nil {
			return err
		}
		at := c.run.now()
		s.heard.Store(int64(at))
		switch e := e.(type) {
		case *protocol.Event:
			c.hear(s, e, at)
		case *protocol.Ack:
			if n, ok := c.run.stamps.named(e.ID); ok && n.client() == c.number {
				c.run.ledger.told(s.Epoch, n, e.Seq, at)
				c.run.ledger.repeat()
				c.settle(n)
			}
		case *protocol.Error:
			c.refusal(e, at)
		case *protocol.Gap:
			c.run.ledger.gap(c.number, s.Epoch, span{e.First, e.Last}, at)
		case *protocol.Goodbye:
			s.comeBack = min(time.Duration(e.ReconnectAfterMS)*time.Millisecond, longestRetry)
		}
	}
}

// hear takes an event of the log.
func (c *client) hear(s *session, e *protocol.Event, at time.Duration) {
	seen := c.run.stamps.sight(e)
	live := s.live
	if e.Seq <= s.Head {
		s.live, live = at, -1
	}
	c.run.ledger.saw(c.number, s.Epoch, seen, at, live)
	if n, ok := c.run.stamps.named(e.ID); ok && n.client() == c.number && e.From.Member == c.member {
		c.run.ledger.told(s.Epoch, n, e.Seq, at)
		c.settle(n)
	}
}

// settle is done with a message.
func (c *client) settle(n name) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unsettled = slices.DeleteFunc(c.unsettled, func(d *draft) bool { return d.name == n })
	signal(c.wake)
}

// refusal takes an error that answers a message. Others are passed over: what
// follows from them shows.
func (c *client) refusal(e *protocol.Error, at time.Duration) {
	n, ok := c.run.stamps.named(e.ID)
	if !ok {
		return
	}
	wait := min(e.RetryAfter, longestRetry)
	switch e.Code {
	case protocol.RateLimited, protocol.TooMany, "slow-mode":
	case protocol.Unavailable:
		wait = max(wait, c.retry())
	default:
		c.run.ledger.refused(n, e)
		c.settle(n)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.Code != protocol.Unavailable {
		c.hold = at + wait // for all that follow, too
	}
	for _, d := range c.unsettled {
		if d.name == n {
			d.due, d.on = at+wait, nil
		}
	}
	signal(c.wake)
}

// retry is how long to wait before sending again what nothing has settled.
func (c *client) retry() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return retryAfter(c.limits)
}

func retryAfter(l protocol.Limits) time.Duration {
	const unsaid, least = 2 * time.Second, 100 * time.Millisecond
	if l.RetryMS <= 0 {
		return unsaid
	}
	return max(time.Duration(l.RetryMS)*time.Millisecond, least)
}

// signal fills a one-slot channel.
func signal(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
