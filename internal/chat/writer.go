package chat

import (
	"time"

	"snug/internal/room"
	"snug/internal/socket"
)

// scheduleWrite makes sure that a writer goroutine will flush c: the one that is flushing it
// now, which then looks again, one that has just finished with another connection, or a
// new one. It doesn't block.
//
// writeRequests counts the calls since c had no writer. It never returns to 0 once
// the last frame is written, so nothing is written after that.
func (c *conn) scheduleWrite() {
	if c.writeRequests.Add(1) > 1 {
		return
	}
	select {
	case c.server.idleWriters <- c:
	default:
		c.server.writers.Go(func() { c.server.write(c) })
	}
}

// write is a writer goroutine. It stays for a while for other connections, because TLS has
// made its stack grow, and growing a stack for each write costs as much as the write.
func (s *Server) write(c *conn) {
	timer := time.NewTimer(socket.IdleAfter)
	defer timer.Stop()
	for {
		c.writeAll()
		timer.Reset(socket.IdleAfter)
		select {
		case c = <-s.idleWriters:
		case <-timer.C:
			return
		case <-s.ctx.Done():
			return
		}
	}
}

// writeAll flushes c until nobody has scheduled another write.
func (c *conn) writeAll() {
	for {
		requests := c.writeRequests.Load()
		var ended bool
		err := c.guard(func() (err error) {
			c.checkRoom()
			ended, err = c.flush(true)
			return err
		})
		if err != nil {
			c.interrupt(&ending{why: err.Error()})
			c.sock.Close() // unwritten frames can't be written any more
		}
		if err != nil || ended {
			c.written.open()
			return
		}
		if c.writeRequests.CompareAndSwap(requests, 0) {
			return
		}
	}
}

// checkRoom ends the connection if its room has ended.
func (c *conn) checkRoom() {
	if p := c.out.joined(); p != nil && p.Ended() {
		c.interrupt(c.unavailable("the room has closed"))
	}
}

// More implements [room.Client]: the room's goroutine calls it when there is more to read. A
// writer goroutine costs about half as much as its write, so this writes what fits into
// the socket, and leaves to a writer what would have to wait.
func (c *conn) More() {
	if done, _ := c.flush(false); !done { // without blocking there is no error
		c.scheduleWrite()
	}
}

// flush writes what waits for the client, in order: the rest of what the cursor returned
// last, the frames for this client alone, the room's frames, and the close frame at the end.
//
// With mayBlock it writes everything, waits for the client, and reports whether that was
// the end. Otherwise it writes only the room's frames, as far as the socket has space for
// them, and reports whether nothing is left; it never blocks, and returns no error.
func (c *conn) flush(mayBlock bool) (done bool, err error) {
	if mayBlock {
		c.writing.Lock()
	} else if !c.writing.TryLock() {
		return false, nil // a writer is at work
	}
	defer c.writing.Unlock()
	if mayBlock {
		if err := c.sock.Flush(); err != nil {
			return false, err
		}
	}
	var last *ending // as the outbox had it before the room's frames were read
	for {
		p := c.out.idle.Load()
		if mayBlock {
			p = c.out.joined()
		} else if p == nil || len(c.pending) > 0 || c.sock.Kept() || c.cause.Load() != nil || p.Ended() {
			return false, nil
		}
		if err := c.writeFrames(p, c.pending, mayBlock); err != nil {
			return false, err
		}
		// The room's frames are read before the outbox is: then a frame that was put into the
		// outbox before an event happened is written before the event.
		frames, complete := c.nextFrames(p, last, mayBlock)
		end := last
		if mayBlock {
			var own []byte
			own, end = c.out.take()
			if err := c.sock.Write(own); err != nil {
				return false, err
			}
		}
		switch {
		case len(frames) > 0:
			if err := c.writeFrames(p, frames, mayBlock); err != nil || len(c.pending) > 0 {
				return false, err
			}
		case end != last: // what the room has by now comes before the end
		case !mayBlock:
			return complete, nil
		default:
			return last != nil, c.writeLast(last)
		}
		last = end
	}
}

// nextFrames returns the room's next frames. complete is false if there may be more that
// only a blocking read returns.
func (c *conn) nextFrames(p *room.Participant, last *ending, mayBlock bool) (frames []byte, complete bool) {
	if !mayBlock {
		return p.Cursor.Ready()
	}
	if p == nil || !c.wantsRoom(last) {
		return nil, true
	}
	frames, err := p.Cursor.Next(c.ctx())
	if err != nil {
		if c.ctx().Err() == nil { // otherwise the server is ending
			c.log().Error("the room can't be read", "err", err)
		}
		c.interrupt(c.unavailable("the room can't be read now"))
		return nil, true
	}
	if len(frames) == 0 { // the rest of the log isn't shown in this dialect
		p.Cursor.MarkWritten()
	}
	return frames, true
}

// writeFrames writes the room's frames. What doesn't fit without blocking becomes pending.
func (c *conn) writeFrames(p *room.Participant, frames []byte, mayBlock bool) error {
	if len(frames) == 0 {
		return nil
	}
	if mayBlock {
		c.pending = frames
		if err := c.sock.Write(frames); err != nil {
			return err
		}
	} else if rest := frames[c.sock.TryWrite(frames):]; len(rest) > 0 {
		c.pending = rest
		return nil
	}
	c.pending = nil // an empty slice would still keep a chunk of the room's buffer in memory
	p.Cursor.MarkWritten()
	return nil
}

// writeLast writes the last frames and the close frame, if the connection ends.
func (c *conn) writeLast(e *ending) error {
	if e == nil || e.code == 0 {
		return nil
	}
	return c.sock.Write(c.talk.closing(e))
}

// wantsRoom reports whether the client still gets the room's frames. last is the
// ending, if the outbox has it; before that, the connection may be interrupted.
func (c *conn) wantsRoom(last *ending) bool {
	if last == nil {
		last = c.cause.Load()
	}
	return last == nil || last.flush
}
