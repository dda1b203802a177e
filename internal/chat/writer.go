package chat

import (
	"snug/protocol"
)

// write is the writer goroutine. It ends when the reader says so.
func (c *conn) write() {
	defer close(c.written)
	if err := c.guard(c.writeAll); err != nil {
		c.interrupt(&ending{why: err.Error()})
		c.sock.Close() // whatever was left unwritten can't be any more
	}
}

// writeAll writes what waits, and waits for more, until the end.
func (c *conn) writeAll() error {
	for {
		more, roomEnded, last, err := c.writeWaiting()
		if err != nil {
			return err
		}
		if last != nil {
			if last.code == 0 {
				return nil
			}
			return c.put(protocol.AppendClose(last.frames, last.code, last.reason))
		}
		select {
		case <-more:
		case <-c.out.wake:
		case <-roomEnded:
			c.interrupt(c.unavailable("the room has closed"))
		}
	}
}

// writeWaiting writes everything that waits: what is for this client alone, then
// what is for all. It returns when nothing waits any more, with the channels that
// are closed when there is more of the latter and when there will never be, or
// with the end.
func (c *conn) writeWaiting() (more, roomEnded <-chan struct{}, last *ending, err error) {
	for {
		own, seat, last := c.out.take()
		if len(own) > 0 {
			if err := c.put(own); err != nil {
				return nil, nil, nil, err
			}
		}
		if seat == nil || !c.reads(last) {
			return nil, nil, last, nil
		}
		shared, more, err := seat.Cursor.Next(c.ctx())
		if err != nil {
			c.log().Error("the room can't be read", "err", err)
			c.interrupt(c.unavailable("the room can't be read now"))
			return nil, nil, last, nil
		}
		if len(shared) == 0 {
			seat.Passed()
			if c.stop.Load() == nil {
				roomEnded = seat.Done()
			}
			return more, roomEnded, last, nil
		}
		if err := c.put(shared); err != nil {
			return nil, nil, nil, err
		}
		c.passed.Add(seat.Passed())
	}
}

// put writes frames to the client. It waits for it.
func (c *conn) put(frames []byte) error {
	n, err := c.sock.Conn.Write(frames)
	c.sock.sent.Add(uint64(n))
	return err
}

// reads reports whether the client still gets what is for all. last is the end,
// if that has come; before that it may be on its way.
func (c *conn) reads(last *ending) bool {
	if last == nil {
		last = c.stop.Load()
	}
	return last == nil || last.flush
}
