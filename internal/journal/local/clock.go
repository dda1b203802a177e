package local

import (
	"time"

	"snug/protocol"
)

// clockJump is by how much the system's clock must differ from the elapsed time to count as
// a jump.
const clockJump = time.Minute

// clock notices when the system's clock jumps forward. Without it, a jump by a day would
// expire the IDs of all commands, and a command that is repeated after the jump would
// count as a new one. It can't distinguish a jump from the time during which the server
// was stopped, so that counts as a jump too. It is for the committer.
type clock struct {
	wall func() time.Time // the system's clock

	lastWall, last time.Time     // of the last call of now; last has a monotonic reading
	lag            time.Duration // by how much the system's clock has jumped forward
	jumped         time.Time     // when that last was
}

// newClock returns a clock for a log whose last draft is of a time, or the zero Time.
func newClock(wall func() time.Time, last time.Time) *clock {
	c := &clock{wall: wall, lastWall: wall().Round(0), last: time.Now()}
	if !last.IsZero() {
		c.lastWall = last
	}
	return c
}

// now returns the time by the system's clock, and the time without the jumps forward within
// protocol.DuplicateTime.
func (c *clock) now() (now, steady time.Time) {
	wall, elapsed := c.wall().Round(0), time.Now()
	by := wall.Sub(c.lastWall) - elapsed.Sub(c.last)
	c.lastWall, c.last = wall, elapsed
	switch {
	case by > clockJump:
		c.lag += by
		c.jumped = elapsed
	case by < -clockJump: // it was corrected
		c.lag = max(c.lag+by, 0)
	}
	if c.lag > 0 && elapsed.Sub(c.jumped) >= protocol.DuplicateTime {
		c.lag = 0 // everything from before the jump has expired
	}
	return wall, wall.Add(-c.lag)
}
