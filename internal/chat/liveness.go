package chat

import (
	"errors"
	"time"

	"snug/protocol"
)

const (
	// livenessEvery is how often a silent connection is checked, at least.
	livenessEvery = 10 * time.Second
	// pingAfter is how long a client may be silent before the server pings it.
	pingAfter = 20 * time.Second
)

var (
	errSilent    = errors.New("no byte was received or acknowledged for too long")
	errNotJoined = errors.New("no join in time")
)

// liveness is what tells whether a client is still there. It is the reader's.
type liveness struct {
	lastRead time.Time // when the last byte was received
	lastAck  time.Time // when the client's system was last seen to acknowledge one…
	acked    uint64    // …and how many it had acknowledged by then
}

// begin starts with a connection that was just upgraded.
func (l *liveness) begin(now time.Time) { l.lastRead, l.lastAck = now, now }

// lastSeen is the last sign of life.
func (l *liveness) lastSeen() time.Time {
	if l.lastAck.After(l.lastRead) {
		return l.lastAck
	}
	return l.lastRead
}

// next returns when to check the connection after now. deadline is when it must have joined; zero if there is no such time.
func (l *liveness) next(now, deadline time.Time) time.Time {
	next := now.Add(livenessEvery)
	for _, due := range []time.Time{deadline, l.lastRead.Add(pingAfter), l.lastSeen().Add(protocol.DeadAfter)} {
		if due.After(now) && due.Before(next) {
			next = due
		}
	}
	return next
}

// nextCheck is when to check the connection next.
func (c *conn) nextCheck() time.Time { return c.alive.next(time.Now(), c.handshake.joinDeadline()) }

// checkLiveness returns an error if the client is gone, pings it if it is silent, and
// sets when to check again.
func (c *conn) checkLiveness() error {
	now := time.Now()
	if c.sock.Interrupted() {
		return errInterrupted
	}
	if by := c.handshake.joinDeadline(); !by.IsZero() && !now.Before(by) {
		return errNotJoined
	}
	switch acked, ago := c.sock.Acked(); {
	case acked != c.alive.acked:
		c.alive.acked, c.alive.lastAck = acked, now.Add(-ago)
	case acked == 0 && c.handshake.dialect.Streamed() && c.writing.TryLock():
		// The system doesn't tell, and the client never answers: it is alive if nothing waits
		// for it.
		c.writing.Unlock()
		c.alive.lastAck = now
	}
	if now.Sub(c.alive.lastSeen()) >= protocol.DeadAfter {
		return errSilent
	}
	if now.Sub(c.alive.lastRead) >= pingAfter || c.handshake.dialect.Streamed() {
		c.out.put(c.talk.ping())
	}
	c.sock.SetDeadline(c.nextCheck())
	return nil
}
