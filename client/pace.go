package client

import "time"

// pace holds messages back where the server counts them: one that is refused for
// coming too fast costs both sides more than one that waits, and too many are
// taken for a flood. What the server takes at once isn't known; so the first go
// as they come, few at a time, and after a refusal one goes each 1/rate.
type pace struct {
	slow  bool
	until time.Time // nothing before this
	last  time.Time // when the last one went
}

const (
	// window is how many messages may wait for an answer of a server that counts
	// them.
	window = 32
	// recovered is how long nothing was sent that could have been when the pace is
	// forgotten.
	recovered = 2 * time.Second
)

func (p *pace) refused(until time.Time) {
	p.slow = true
	if until.After(p.until) {
		p.until = until
	}
}

// wrote notes that one has gone; every is the time between two, 0 for no limit.
func (p *pace) wrote(now time.Time, every time.Duration) {
	if p.slow && every > 0 {
		if now.Sub(p.last) > every+recovered {
			p.slow = false
		} else if next := now.Add(every); next.After(p.until) {
			p.until = next
		}
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
