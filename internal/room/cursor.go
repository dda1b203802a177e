package room

import (
	"context"

	"snug/protocol"
)

// Cursor is one connection's place in a room's log, and what it reads the room
// with. Everything a client ever gets of a room (history, what it missed, what
// happens now) it gets from Next. It is for one goroutine at a time.
//
// While it is behind its wire, it reads the journal up to upto, the log event
// that the place at on the wire comes after. Then it reads the wire from there.
// If the wire has let go of its place, it picks the wire's end as the next place
// and reads the journal up to that: that is all there is to falling behind.
type Cursor struct {
	room    *Room
	dialect protocol.Dialect
	wire    *wire

	seq  uint64 // the last log event handed out
	upto uint64 // the journal is read up to here before the wire is
	at   int64  // the place on the wire

	members []byte // a frame to hand out between the journal and the wire
}

// Ready is Next where that waits for nothing: there is false if it would have to
// read the journal or ask the room. It is for the room's goroutine, in Client.More, as
// it takes no lock; everyone else calls Next.
func (c *Cursor) Ready() (frames []byte, there bool) {
	if c.seq < c.upto || c.members != nil {
		return nil, false
	}
	return c.take(c.wire.next(c.at))
}

// take moves the cursor on to the end of what follows its place, if the wire still had
// that.
func (c *Cursor) take(r reading) (frames []byte, held bool) {
	if r.held {
		c.at += int64(len(r.frames))
		c.seq, c.upto = r.seq, r.seq
	}
	return r.frames, r.held
}

// Next returns the frames that come next, whole ones; none if there are none yet.
// It may read the journal and wait for it, also beyond ctx, as others may want the
// same page. The frames are shared: nobody changes them.
func (c *Cursor) Next(ctx context.Context) (frames []byte, err error) {
	for {
		for c.seq < c.upto {
			p, err := c.room.replay.page(ctx, stretch{c.dialect, c.seq, c.upto})
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
		if frames, held := c.take(c.wire.after(c.at)); held {
			return frames, nil
		}
		s, err := ask(ctx, c.room, func() resynced { return c.room.resync(c.dialect) })
		if err != nil {
			return nil, err
		}
		c.at, c.upto, c.members = s.at, s.seq, s.members
	}
}
