package client

import "time"

// pace holds messages back where the server counts them: one that is refused for
// coming too fast costs both sides more than one that waits, too many are taken for
// a flood, and those that were on their way behind it may be taken before it. What
// the server takes at once isn't known; so a few go as they come, fewer than any
// server is likely to take, and then one each 1/rate; after a refusal all the same,
// each of them.
type pace struct {
	atOnce int // 0 for as many as there are, until one is refused
	slow   bool
	due    time.Time // when the next one would go, if each went in its turn
	until  time.Time // nothing before this
	last   time.Time // when the last one went
}

const (
	// atOnce is how many messages go as they come.
	atOnce = 10
	// window is how many messages may wait for an answer of a server that counts
	// them.
	window = 32
	// recovered is how long nothing was sent that could have been when the pace is
	// forgotten.
	recovered = 2 * time.Second
)

func (p *pace) refused(until time.Time) {
	p.slow = true
	p.until = latest(p.until, until)
	p.due = p.until
}

// wrote notes that one has gone; every is the time between two, 0 for no limit.
func (p *pace) wrote(now time.Time, every time.Duration) {
	if now.Sub(p.last) > every+recovered {
		p.slow = false
	}
	p.due = latest(p.due, now).Add(every)
	switch {
	case p.slow:
		p.until = latest(p.until, p.due)
	case p.atOnce > 0:
		p.until = latest(p.until, p.due.Add(-time.Duration(p.atOnce-1)*every))
	}
	p.last = now
}

// next is the command to write now, or how long there is none. If what is paced is
// counted, not all of it goes at once.
func (o *outgoing) next(now time.Time, counted bool) (*command, time.Duration) {
	free := window
	for _, c := range o.commands {
		if c.paced() && c.written {
			free--
		}
	}
	wait := idle
	held, silent := false, false // what comes later doesn't overtake; what is slowed doesn't
	for _, c := range o.commands {
		at := c.due
		if c.paced() {
			if held || silent && c.slowed() {
				continue
			}
			at = latest(at, o.pace.until)
			if c.slowed() {
				at = latest(at, o.turns.until)
			}
			if !c.written {
				if counted && free <= 0 {
					held = true
					continue
				}
				held = o.pace.until.After(now)
				silent = silent || c.slowed() && at.After(now)
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
