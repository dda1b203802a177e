package client

import "time"

// pace delays messages to stay below the server's rate limit. A refused message costs
// both sides more than one that waits, many refused ones count as a flood, and
// messages behind a refused one may overtake it. The client doesn't know how large a
// burst the server accepts. So it writes a small burst, which most servers accept,
// and then one message each 1/rate. After a refusal it writes all messages at that
// interval.
type pace struct {
	burst int // how many may be written without delay; 0 for any number until one is refused
	slow  bool
	due   time.Time // when the next message would be written without a burst
	until time.Time // no message is written before
	last  time.Time // when the last message was written
}

const (
	// safeBurst is a burst that most servers accept.
	safeBurst = 10
	// window is how many messages may be unanswered by a server with a rate limit.
	window = 32
	// recovery is the idle time after which a refusal is forgotten.
	recovery = 2 * time.Second
)

func (p *pace) refused(until time.Time) {
	p.slow = true
	p.until = latest(p.until, until)
	p.due = p.until
}

// wrote records that a message was written. every is the least time between two; 0 for
// no limit.
func (p *pace) wrote(now time.Time, every time.Duration) {
	if now.Sub(p.last) > every+recovery {
		p.slow = false
	}
	p.due = latest(p.due, now).Add(every)
	switch {
	case p.slow:
		p.until = latest(p.until, p.due)
	case p.burst > 0:
		p.until = latest(p.until, p.due.Add(-time.Duration(p.burst-1)*every))
	}
	p.last = now
}

// next returns the command to write now, or nil and how long to wait. With limited,
// the server has a rate limit, and only a window of commands is unanswered.
func (o *outgoing) next(now time.Time, limited bool) (*command, time.Duration) {
	free := window
	for _, c := range o.commands {
		if c.countsForRate() && c.written {
			free--
		}
	}
	wait := idle
	blocked, slowBlocked := false, false // no later command may overtake; none that counts in slow mode may
	for _, c := range o.commands {
		if c.answered {
			continue
		}
		at := c.due
		if c.countsForRate() {
			if blocked || slowBlocked && c.countsInSlowMode() {
				continue
			}
			at = latest(at, o.pace.until)
			if c.countsInSlowMode() {
				at = latest(at, o.slowPace.until)
			}
			if !c.written {
				if limited && free <= 0 {
					blocked = true
					continue
				}
				blocked = o.pace.until.After(now)
				slowBlocked = slowBlocked || c.countsInSlowMode() && at.After(now)
			}
		}
		if !at.After(now) {
			return c, 0
		}
		wait = min(wait, at.Sub(now))
	}
	return nil, wait
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
