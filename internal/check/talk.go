package check

import (
	"math/rand/v2"
	"time"

	"snug/protocol"
)

const (
	window     = 16               // messages of one client that may be unsettled
	askAfter   = 5 * time.Second  // of silence: a ping
	silentFor  = 15 * time.Second // after this the connection is given up
	lookAgain  = 100 * time.Millisecond
	cutsInTalk = 0.5 // of the cuts come right after a message went out
)

// talk writes until the connection ends, and cuts it when its time has come.
func (c *client) talk(s *session) {
	cutAt := c.run.cutTime(s.welcomed)
	inTalk := rand.Float64() < cutsInTalk //nolint:gosec // no secret
	// A client may send again what is unsettled before it has read the replay,
	// which tries the server's memory, or wait for it. Half of them do either.
	caughtUp := rand.IntN(2) == 0 //nolint:gosec // no secret
	for s.ctx.Err() == nil {
		now := c.run.now()
		cutDue := cutAt > 0 && now >= cutAt && !c.run.finishing() && !c.run.ledger.waiting(c.number, now)
		if cutDue && !inTalk {
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
		if err := s.write(s.ctx, *cmd); err != nil {
			s.end(err)
			return
		}
		if cutDue && cmd.Type == protocol.CommandSend {
			s.end(errCut)
			return
		}
	}
}

func (c *client) wait(s *session, d time.Duration) {
	t := time.NewTimer(min(d, lookAgain)) // what others decide is looked for now and then
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.wake:
	case <-s.ctx.Done():
	}
}

// nextCommand is what to write now, or how long there is nothing.
func (c *client) nextCommand(s *session, now time.Duration, caughtUp bool) (*protocol.Command, time.Duration) {
	silent := now - time.Duration(s.heard.Load())
	switch {
	case silent > silentFor:
		s.end(errSilent)
		return nil, 0
	case silent > askAfter && now-s.asked > askAfter:
		s.asked = now
		return &protocol.Command{Type: protocol.CommandPing}, 0
	}
	if !caughtUp {
		return nil, askEvery
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if turn := max(c.next, c.hold); now < turn {
		return nil, turn - now
	}
	d := c.due(now)
	if d == nil && len(c.unsettled) < window && !c.run.finishing() {
		n := c.run.ledger.compose(c.number)
		d = &draft{name: n, content: c.run.stamps.content(n, c.limits.ContentChars)}
		c.unsettled = append(c.unsettled, d)
	}
	if d == nil {
		return nil, lookAgain
	}
	if d.on != s {
		c.run.ledger.wrote(d.name, now)
	}
	d.on, d.due = s, now+retryAfter(c.limits)
	c.next = now + c.run.interval(c.limits.MessageRate)
	return &protocol.Command{Type: protocol.CommandSend, ID: c.run.stamps.id(d.name), Content: d.content}, 0
}

// due is a message to send again.
func (c *client) due(now time.Duration) *draft {
	for _, d := range c.unsettled {
		if now >= d.due {
			return d
		}
	}
	return nil
}
