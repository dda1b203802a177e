package fanout

import (
	"context"
	"sync/atomic"

	"snug/protocol"
)

// Cursor is one connection's place in a room's log. Everything that a client gets of
// a room (history, what it missed, what happens now) comes from Next. Its methods are
// for one goroutine at a time, except Delivered and Lag, which are safe for concurrent
// use.
//
// A cursor that is behind its buffer reads the journal up to the log event upto, which
// is the last one before the place at in the buffer. From there it reads the buffer.
// If the buffer no longer has that place, the cursor takes the buffer's current end as
// the next place, and reads the journal up to that. Nothing else distinguishes a slow
// reader from a fast one.
type Cursor struct {
	// The fields that each delivery touches come first: with many clients, each cache
	// line that a delivery needs is one that has to be fetched.
	reader  Reader
	buffer  *buffer
	seq     uint64 // the last log event returned
	upto    uint64 // the journal is read up to here before the buffer is
	at      int64  // the place in the buffer
	members []byte // a frame to return between the journal and the buffer

	written atomic.Uint64 // see MarkWritten: the seq, shifted to the left by the bit inJournal
	fanout  *Fanout
	started uint64 // the seq after which the cursor began to read
	index   int    // among the buffer's readers; of the room's goroutine
}

// StartAfter makes c begin with what follows the log event seq. It is called once,
// before anyone reads.
func (c *Cursor) StartAfter(seq uint64) {
	c.seq, c.started = seq, seq
	c.MarkWritten()
}

// Started returns the seq after which c began to read.
func (c *Cursor) Started() uint64 { return c.started }

// Dialect returns the dialect of the frames that c reads.
func (c *Cursor) Dialect() protocol.Dialect { return c.buffer.dialect }

// Ready returns the next frames if the buffer has them; ok is false if only Next can
// tell. It takes no lock, and is for the room's goroutine, in [Reader.More]. All others call
// Next.
func (c *Cursor) Ready() (frames []byte, ok bool) {
	if c.seq < c.upto || c.members != nil {
		return nil, false
	}
	return c.advance(c.buffer.next(c.at))
}

// advance moves c to the end of what it has read from the buffer, if the buffer still
// had its place.
func (c *Cursor) advance(r reading) (frames []byte, held bool) {
	if r.held {
		c.at += int64(len(r.frames))
		c.seq, c.upto = r.seq, r.seq
	}
	return r.frames, r.held
}

// Next returns the frames that come next, whole ones; none if there are none yet. It
// may read the journal and wait for that, even after ctx has ended, as other readers
// may want the same page. The frames are shared: nobody may change them.
func (c *Cursor) Next(ctx context.Context) (frames []byte, err error) {
	for {
		for c.seq < c.upto {
			p, err := c.fanout.replay.page(ctx, stretch{c.buffer.dialect, c.seq, c.upto})
			if err != nil {
				return nil, err
			}
			c.seq = p.last
			if len(p.frames) > 0 {
				return p.frames, nil
			}
		}
		if frames := c.members; frames != nil {
			c.members = nil
			return frames, nil
		}
		if frames, held := c.advance(c.buffer.after(c.at)); held {
			return frames, nil
		}
		p, err := c.fanout.resync(ctx, c.buffer.dialect)
		if err != nil {
			return nil, err
		}
		c.at, c.upto, c.members = p.at, p.seq, p.Members
	}
}
