package check

import (
	"errors"
	"slices"
	"time"

	"snug/protocol"
)

// read is the reader's loop. It returns why the connection ended, which is never nil.
func (c *client) read(s *session) error {
	for {
		e, err := s.read(s.ctx)
		if errors.Is(err, errBroken) && s.ctx.Err() == nil {
			c.run.ledger.broken(c.number, c.run.now(), err)
		}
		if err != nil {
			return err
		}
		at := c.run.now()
		s.heard.Store(int64(at))
		switch e := e.(type) {
		case *protocol.Event:
			c.handleEvent(s, e, at)
		case *protocol.Ack:
			if c.confirm(s, e.ID, e.Seq, at) {
				c.run.ledger.repeat()
			}
		case *protocol.Error:
			c.handleError(e, at)
		case *protocol.Gap:
			c.run.ledger.gap(c.number, s.Epoch, span{e.First, e.Last}, at)
		case *protocol.Goodbye:
			s.comeBack = min(time.Duration(e.ReconnectAfterMS)*time.Millisecond, longestRetry)
		}
	}
}

// handleEvent handles a log event.
func (c *client) handleEvent(s *session, e *protocol.Event, at time.Duration) {
	seen := c.run.stamps.observe(e)
	live := s.live
	if e.Seq <= s.Head {
		s.live, live = at, -1
	}
	c.run.ledger.observed(c.number, s.Epoch, seen, at, live)
	if e.From.Member == c.member {
		c.confirm(s, e.ID, e.Seq, at)
	}
}

// handleAnswer handles an answer that isn't an event of the connection.
func (c *client) handleAnswer(s *session, answer any) {
	at := c.run.now()
	switch e := answer.(type) {
	case *protocol.Event:
		c.confirm(s, e.ID, e.Seq, at)
	case *protocol.Ack:
		if c.confirm(s, e.ID, e.Seq, at) {
			c.run.ledger.repeat()
		}
	case *protocol.Error:
		c.handleError(e, at)
	}
}

// confirm records that the server has given the message with an ID its seq. It reports
// whether the message is the client's.
func (c *client) confirm(s *session, id string, seq uint64, at time.Duration) bool {
	n, ok := c.run.stamps.named(id)
	if !ok || n.client() != c.number {
		return false
	}
	c.run.ledger.confirmed(s.Epoch, n, seq, at)
	c.settle(n)
	return true
}

// settle removes a message that is confirmed or refused.
func (c *client) settle(n name) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unsettled = slices.DeleteFunc(c.unsettled, func(d *draft) bool { return d.name == n })
	signal(c.wake)
}

// handleError handles an error that names one of the client's messages. It ignores
// others: their consequences become visible.
func (c *client) handleError(e *protocol.Error, at time.Duration) {
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
		c.notBefore = at + wait // applies to later messages too
	}
	for _, d := range c.unsettled {
		if d.name == n {
			d.due, d.on = at+wait, nil
		}
	}
	signal(c.wake)
}

// retry returns how long to wait for an answer before repeating a message.
func (c *client) retry() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return retryAfter(c.limits)
}

func retryAfter(l protocol.Limits) time.Duration {
	const byDefault, least = 2 * time.Second, 100 * time.Millisecond
	if l.RetryMS <= 0 {
		return byDefault
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
