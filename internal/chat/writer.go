package chat

import (
	"time"

	"snug/internal/room"
	"snug/protocol"
)

// rouse is to writers what wake is to readers. It has what waits written: by the writer
// that is at it, which then looks again, by one that has just done with another
// connection, or by a new one.
func (c *conn) rouse() {
	if c.calls.Add(1) > 1 {
		return
	}
	select {
	case c.server.writers <- c:
	default:
		c.server.working.Go(func() { c.server.work(c) })
	}
}

// work is a writer goroutine. It stays for a while, as TLS has made its stack grow: to
// do so for each write costs as much as the write.
func (s *Server) work(c *conn) {
	more := time.NewTimer(restAfter)
	defer more.Stop()
	for {
		c.write()
		more.Reset(restAfter)
		select {
		case c = <-s.writers:
		case <-more.C:
			return
		case <-s.ctx.Done():
			return
		}
	}
}

// write writes what waits, until nothing does any more.
func (c *conn) write() {
	for {
		calls := c.calls.Load()
		last, err := c.writeGuarded()
		if err != nil {
			c.interrupt(&ending{why: err.Error()})
			c.sock.Close() // whatever was left unwritten can't be any more
		}
		if err != nil || last != nil {
			close(c.written)
			return // calls stays above 0: nobody writes after this
		}
		if c.calls.CompareAndSwap(calls, 0) {
			return
		}
	}
}

func (c *conn) writeGuarded() (last *ending, err error) {
	err = c.guard(func() error {
		c.askRoom()
		last, err = c.writeWaiting()
		return err
	})
	return last, err
}

// askRoom ends the connection if its room has ended under it.
func (c *conn) askRoom() {
	if seat := c.out.seated(); seat != nil && seat.Ended() {
		c.interrupt(c.unavailable("the room has closed"))
	}
}

// writeWaiting writes everything that waits: what is for this client alone, then
// what is for all, then the end, if that has come. It waits for the client.
func (c *conn) writeWaiting() (*ending, error) {
	c.writing.Lock()
	defer c.writing.Unlock()
	for {
		own, seat, last := c.out.take()
		if err := c.writeLeft(seat); err != nil {
			return last, err
		}
		if err := c.sock.put(own); err != nil {
			return last, err
		}
		if seat != nil && c.reads(last) {
			c.readOn(seat)
		}
		if len(c.left) == 0 {
			return last, c.writeLast(last)
		}
	}
}

// readOn takes what comes next for all, from the journal if need be.
func (c *conn) readOn(seat *room.Participant) {
	frames, err := seat.Cursor.Next(c.ctx())
	if err != nil {
		c.log().Error("the room can't be read", "err", err)
		c.interrupt(c.unavailable("the room can't be read now"))
	} else if len(frames) == 0 { // and what there was isn't shown in its dialect
		seat.Passed()
	}
	c.left = frames
}

// writeLeft writes what the cursor has handed out.
func (c *conn) writeLeft(seat *room.Participant) error {
	if len(c.left) == 0 {
		return nil
	}
	if err := c.sock.put(c.left); err != nil {
		return err
	}
	c.left = nil
	seat.Passed()
	return nil
}

func (c *conn) writeLast(e *ending) error {
	if e == nil || e.code == 0 {
		return nil
	}
	return c.sock.put(protocol.AppendClose(e.frames, e.code, e.reason))
}

// reads reports whether the client still gets what is for all. last is the end,
// if that has come; before that it may be on its way.
func (c *conn) reads(last *ending) bool {
	if last == nil {
		last = c.stop.Load()
	}
	return last == nil || last.flush
}

// More is called by the room's goroutine when there is more for all, or never will
// be. A writer costs about half as much as its write, so this writes what the client has
// room for, and leaves to a writer whatever would have to wait.
func (c *conn) More() {
	if !c.tryWriting() {
		c.rouse()
	}
}

// tryWriting writes what is for all, and reports whether nothing waits any more.
func (c *conn) tryWriting() bool {
	if !c.writing.TryLock() {
		return false
	}
	defer c.writing.Unlock()
	seat := c.out.clear.Load()
	if seat == nil || len(c.left) > 0 || c.stop.Load() != nil || seat.Ended() {
		return false
	}
	for {
		frames, there := seat.Cursor.Ready()
		if len(frames) == 0 {
			return there
		}
		n := c.sock.try(frames)
		if c.left = frames[n:]; len(c.left) > 0 {
			return false
		}
		seat.Passed()
	}
}
