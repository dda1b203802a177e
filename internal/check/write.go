package check

import (
	"errors"
	"math/rand/v2"
	"time"

	"snug/protocol"
)

const (
	window        = 16               // messages of one client without an answer
	pingAfter     = 5 * time.Second  // of silence
	silentFor     = 15 * time.Second // after this time the connection is cut
	silentStream  = 45 * time.Second // the same for a stream, which nobody pings and which is never silent for long
	answerTime    = 5 * time.Millisecond
	checkAgain    = 100 * time.Millisecond
	cutsAfterSend = 0.5 // the share of cuts that come directly after a message was sent
)

// write is the writer's loop. It ends with the connection, which it cuts at random.
func (c *client) write(s *session) {
	cutAt := c.run.cutTime(s.welcomed)
	afterSend := rand.Float64() < cutsAfterSend //nolint:gosec // no secret
	// A client may repeat unsettled messages before it has read the replay, which tests
	// whether the server recognizes them, or after it. Half of the clients do either.
	caughtUp := rand.IntN(2) == 0 //nolint:gosec // no secret
	for s.ctx.Err() == nil {
		now := c.run.now()
		cutDue := cutAt > 0 && now >= cutAt && !c.run.finishing() && !c.run.ledger.waiting(c.number, now)
		if cutDue && !afterSend {
			s.end(errCut)
			return
		}
		if !caughtUp {
			_, high, _ := c.run.ledger.position(c.number)
			caughtUp = high >= s.Head
		}
		cmd, wait := c.nextCommand(s, now, caughtUp)
		if cmd == nil {
			if cutAt > now {
				wait = min(wait, cutAt-now)
			}
			c.wait(s, wait)
			continue
		}
		cutting := cutDue && cmd.Type == protocol.CommandSend
		if cutting && c.run.options.HTTP { // while the server works on it, or answers
			time.AfterFunc(rand.N(answerTime), func() { s.end(errCut) }) //nolint:gosec // no secret
		}
		answer, err := s.write(s.ctx, *cmd)
		if errors.Is(err, errBroken) && s.ctx.Err() == nil {
			c.run.ledger.broken(c.number, c.run.now(), err)
		}
		if err != nil {
			s.end(err)
			return
		}
		c.handleAnswer(s, answer)
		if cutting {
			s.end(errCut)
			return
		}
	}
}

func (c *client) wait(s *session, d time.Duration) {
	t := time.NewTimer(min(d, checkAgain)) // the run may be finishing
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.wake:
	case <-s.ctx.Done():
	}
}

// nextCommand returns the command to write now, or nil and how long to wait.
func (c *client) nextCommand(s *session, now time.Duration, caughtUp bool) (*protocol.Command, time.Duration) {
	silent := now - time.Duration(s.heard.Load())
	switch {
	case silent > silentStream, silent > silentFor && !c.run.options.HTTP:
		s.end(errSilent)
		return nil, 0
	case c.run.options.HTTP:
	case silent > pingAfter && now-s.asked > pingAfter:
		s.asked = now
		return &protocol.Command{Type: protocol.CommandPing}, 0
	}
	if !caughtUp {
		return nil, pollEvery
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if turn := max(c.next, c.notBefore); now < turn {
		return nil, turn - now
	}
	d := c.due(now)
	if d == nil && len(c.unsettled) < window && !c.run.finishing() {
		n := c.run.ledger.compose(c.number)
		d = &draft{name: n, content: c.run.stamps.content(n, c.limits.ContentChars)}
		c.unsettled = append(c.unsettled, d)
	}
	if d == nil {
		return nil, checkAgain
	}
	if d.on != s {
		c.run.ledger.wrote(d.name, now)
	}
	d.on, d.due = s, now+retryAfter(c.limits)
	c.next = now + c.run.interval(c.limits.MessageRate)
	return &protocol.Command{Type: protocol.CommandSend, ID: c.run.stamps.id(d.name), Content: d.content}, 0
}

// due returns a message to send or to repeat at now, or nil.
func (c *client) due(now time.Duration) *draft {
	for _, d := range c.unsettled {
		if now >= d.due {
			return d
		}
	}
	return nil
}
