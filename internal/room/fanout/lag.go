package fanout

// MarkWritten says that the client has been written what the cursor has returned.
func (c *Cursor) MarkWritten() {
	written := c.seq << 1
	if c.seq < c.upto {
		written |= inJournal
	}
	c.written.Store(written)
}

// inJournal is the bit of Cursor.written that says that the cursor reads the journal.
const inJournal = 1

// Delivered returns how many log events the client has been written, including those
// between that its dialect doesn't show.
func (c *Cursor) Delivered() uint64 { return c.written.Load()>>1 - c.started }

// Lag is how far a client is behind its room.
type Lag struct {
	Events uint64 // log events
	InLog  bool   // they are read from the journal, since the buffer no longer has them
}

// Lag returns how far the client is behind what it could have been written. It waits
// for nobody: the room and the writer go on meanwhile, so it is only a snapshot.
func (c *Cursor) Lag() Lag {
	written := c.written.Load()
	seq, newest := written>>1, c.buffer.newest()
	if seq >= newest {
		return Lag{}
	}
	return Lag{newest - seq, written&inJournal != 0}
}
