package chat

import (
	"sync/atomic"
	"time"
)

// restAfter is how long the reader waits for more of a client that talks. One that
// only listens rests at once; over TLS, which can't be tried, after as long.
const restAfter = time.Second

// resting is a connection without a reader: most are silent, and there are many. What
// comes from its client, the time to look at it, or its end make a new one.
//
// Whoever sets now to false is the reader, or makes it. Once it is true, who was the
// reader touches nothing of the reader's.
type resting struct {
	now   atomic.Bool
	alarm *time.Timer // the time to look at it
	spot  spot        // where the poller knows it
}

// rest ends the reader. It reports false if the reader has to go on, as the connection
// can't rest or has come to its end.
func (c *conn) rest() bool {
	if c.resting.alarm == nil {
		c.resting.alarm = time.AfterFunc(lookEvery, func() {
			if c.rise() {
				c.attend(true)
			}
		})
	}
	c.sock.waits = false
	alarm, due := c.resting.alarm, time.Until(c.sock.next())
	c.resting.now.Store(true)
	alarm.Reset(due)
	if c.server.poller.await(c) && c.stop.Load() == nil || !c.rise() {
		return true
	}
	c.sock.mayRest = false
	c.sock.watch()
	return false
}

// rise makes the caller the reader of a connection that rests; it reports false if there
// is one.
func (c *conn) rise() bool { return c.resting.now.CompareAndSwap(true, false) }

// wake gives a connection that rests a reader.
func (c *conn) wake() {
	if c.rise() {
		go c.attend(false)
	}
}

// unrest ends all that would wake the connection.
func (c *conn) unrest() {
	if c.resting.alarm != nil {
		c.resting.alarm.Stop()
		c.server.poller.forget(c)
	}
}
