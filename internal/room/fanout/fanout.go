// Package fanout delivers the events of one room to all of its readers.
//
// Each event is encoded once per dialect, as a WebSocket frame or a server-sent event, and appended to
// the buffer of that dialect. A [Cursor] is one connection's place in the log: it
// reads the buffer, or the journal when the buffer no longer has what it needs.
// Nothing is copied or queued for a single connection, so the cost of a slow
// reader is the cost of its cursor.
//
// The package starts no goroutines. The room's goroutine owns the [Fanout]: it
// appends, flushes, attaches and detaches. Each Cursor belongs to one goroutine
// at a time, which may run concurrently with the room's.
package fanout

import (
	"context"
	"slices"
	"sync/atomic"

	"snug/internal/journal"
	"snug/protocol"
)

// Reader is the connection that reads by a [Cursor].
type Reader interface {
	// More says that there is more to read, or that the room has ended. The room's
	// goroutine calls it. It must not block.
	More()
}

// Place is where a cursor that has lost its place continues.
type Place struct {
	// Members is what a client is told that missed presence events, to be read before what follows the
	// place: the room's members, and what is no longer kept. The room adds
	// it; nil for none.
	Members []byte

	at  int64  // in the buffer
	seq uint64 // of the last log event before it
}

// Resync asks the room's goroutine for the current [Fanout.Place] of a dialect. It
// returns an error when ctx or the room ends.
type Resync func(ctx context.Context, d protocol.Dialect) (Place, error)

// Fanout holds the newest events of one room for its readers. Its methods are for
// the room's goroutine alone, except Head and ReplayStart, which are safe for
// concurrent use.
type Fanout struct {
	buffers []*buffer // of the dialects that have had readers
	replay  replay
	resync  Resync
	head    atomic.Uint64

	// Of the room's goroutine.
	encoder encoder
	frame   []byte // the last frame encoded; its memory is used again
}

// New returns a Fanout without readers for the room with the given code. link is its
// address, or its path.
func New(room, link string, j journal.Journal, resync Resync) *Fanout {
	return &Fanout{resync: resync, replay: replay{room: room, link: link, journal: j}, encoder: encoder{link: link}}
}

// Start says that the room has been opened, that its log has the given epoch, and that
// head is its newest log event. It is called once, before anyone reads.
func (f *Fanout) Start(epoch string, head uint64) {
	f.replay.epoch, f.encoder.epoch = epoch, epoch
	f.head.Store(head)
}

// Head returns the seq of the newest log event that readers can read.
func (f *Fanout) Head() uint64 { return f.head.Load() }

// AppendEntry appends a log event to the buffers of all dialects that have readers.
func (f *Fanout) AppendEntry(e *journal.Entry) {
	for _, b := range f.buffers {
		if len(b.readers) == 0 {
			continue
		}
		f.frame = f.encoder.entry(f.frame[:0], b.dialect, e)
		b.append(f.frame, e.Seq)
	}
	f.head.Store(e.Seq)
}

// AppendEvent appends an event that is not in the log to the buffers of the dialects
// that show presence and have readers.
func (f *Fanout) AppendEvent(typ protocol.EventType, fields any) {
	for _, b := range f.buffers {
		if b.dialect.ShowsPresence() && len(b.readers) > 0 {
			f.frame = f.encoder.event(f.frame[:0], b.dialect, typ, fields)
			b.append(f.frame, f.head.Load())
		}
	}
}

// EncodeEvent returns a frame with an event that is not in the log, for one connection
// alone, whose dialect d isn't plain.
func (f *Fanout) EncodeEvent(d protocol.Dialect, typ protocol.EventType, fields any) []byte {
	return f.encoder.event(nil, d, typ, fields)
}

// flushPortion is how many readers are told at once: what takes about a millisecond.
const flushPortion = 256

// Flush tells a portion of the readers that their buffers have grown. It takes microseconds for each. It is to be
// called again while the Fanout is Pending.
func (f *Fanout) Flush() {
	n := flushPortion
	for _, b := range f.buffers {
		n -= b.notify(n)
	}
}

// Pending reports whether there is something that not all readers have been told of.
func (f *Fanout) Pending() bool { return slices.ContainsFunc(f.buffers, (*buffer).pending) }

// Midway reports whether Flush has told only some of the readers so far of what was there when it began with the first one.
func (f *Fanout) Midway() bool { return slices.ContainsFunc(f.buffers, (*buffer).midway) }

// Readers returns how many readers there are.
func (f *Fanout) Readers() (n int) {
	for _, b := range f.buffers {
		n += len(b.readers)
	}
	return n
}

// NotifyAll tells all readers that the room has ended.
func (f *Fanout) NotifyAll() {
	for _, b := range f.buffers {
		for _, c := range b.readers {
			c.reader.More()
		}
	}
}

// buffer returns the buffer of a dialect, and makes it for the first reader.
func (f *Fanout) buffer(d protocol.Dialect) *buffer {
	for _, b := range f.buffers {
		if b.dialect == d {
			return b
		}
	}
	b := &buffer{dialect: d}
	f.buffers = append(f.buffers, b)
	return b
}

// Attach makes c the cursor of a new reader, at the end of the dialect's buffer, and
// returns the seq of the log event there. [Cursor.StartAfter] must follow before
// anyone reads.
func (f *Fanout) Attach(c *Cursor, d protocol.Dialect, r Reader) (head uint64) {
	b := f.buffer(d)
	if len(b.readers) == 0 {
		b.restart(f.head.Load())
	}
	c.reader, c.fanout, c.buffer = r, f, b
	c.at, c.upto = b.place()
	b.attach(c)
	return c.upto
}

// Detach ends what Attach has begun.
func (f *Fanout) Detach(c *Cursor) { c.buffer.detach(c) }

// HasReaders reports whether anyone reads the room.
func (f *Fanout) HasReaders() bool {
	return slices.ContainsFunc(f.buffers, func(b *buffer) bool { return len(b.readers) > 0 })
}

// ShowsPresence reports whether anyone in the room is told who is present.
func (f *Fanout) ShowsPresence() bool {
	for _, b := range f.buffers {
		if b.dialect.ShowsPresence() && len(b.readers) > 0 {
			return true
		}
	}
	return false
}

// Place returns the end of a dialect's buffer.
func (f *Fanout) Place(d protocol.Dialect) (p Place) {
	p.at, p.seq = f.buffer(d).place()
	return p
}

// ForgetPages forgets the pages that were read from the journal for several
// readers. It must be called when a message has been erased.
func (f *Fanout) ForgetPages() { f.replay.forget() }

// Trim releases all memory that can be had again from the journal.
func (f *Fanout) Trim() {
	for _, b := range f.buffers {
		b.trim()
	}
	f.replay.forget()
	f.frame, f.encoder.payload = nil, nil
}

// ReplayStart returns the seq after which a replay begins that has the given number
// of messages up to head, and at most protocol.MaxReplay events. It reads the journal.
func (f *Fanout) ReplayStart(ctx context.Context, head uint64, messages int) (uint64, error) {
	return f.replay.start(ctx, tail{head, messages})
}
