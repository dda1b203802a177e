package chat

import (
	"sync/atomic"
	"time"
)

// restAfter is how long the reader waits for more of a client that talks. One that
// only listens rests at once.
const restAfter = time.Second

// rest is a connection without a reader: most are silent, and there are many. What
// comes from its client, the time to look at it, or its end make a new one.
type rest struct {
	at    atomic.Bool // who sets it to false makes the reader
	alarm *time.Timer // the time to look at it
	spot  spot        // where the poller knows it
}

// rests ends the reader, or reports false if it is to go on. It touches nothing of the
// reader's while there may be another.
func (c *conn) rests() bool {
	if c.rest.alarm == nil {
		c.rest.alarm = time.AfterFunc(lookEvery, func() { c.wake(true) })
	}
	c.sock.waits = false
	alarm, due := c.rest.alarm, time.Until(c.sock.next())
	c.rest.at.Store(true)
	alarm.Reset(due)
	if c.server.poller.watch(c) && c.stop.Load() == nil || !c.rest.at.CompareAndSwap(true, false) {
		return true
	}
	c.sock.rests = false // it can't, or has come to its end
	c.sock.watch()
	return false
}

// wake gives a connection that rests a reader. due says that it is time to look at the
// client.
func (c *conn) wake(due bool) {
	if c.rest.at.CompareAndSwap(true, false) {
		go c.attend(due)
	}
}

// unrest ends all that would wake the connection.
func (c *conn) unrest() {
	if c.rest.alarm != nil {
		c.rest.alarm.Stop()
		c.server.poller.forget(c)
	}
}
