package fanout

import (
	"sync"

	"snug/protocol"
)

// buffer is the newest part of a room's log as ready WebSocket frames of one
// dialect. The room's goroutine appends each frame once; any number of cursors
// read it, each at its own place. What is no longer in the buffer is in the
// journal.
//
// A place is a byte offset from the beginning of the buffer, and always at the end
// of a frame. With each place goes the seq of the last log event before it, so that
// a cursor whose place is gone knows where to continue in the journal.
type buffer struct {
	dialect protocol.Dialect

	mu     sync.RWMutex
	chunks []chunk // contiguous; the last one ends at end
	held   int     // bytes of all chunks
	end    int64   // the place after the last frame
	shown  uint64  // the last log event before end that this dialect shows, or where the buffer began
	seq    uint64  // of the last log event before end

	// Of the room's goroutine.
	readers []*Cursor // about as they have come: see notify
	grown   bool      // there are frames that no reader has been told of
	told    int       // so many readers, the first ones, have been told of what was there before
}

// chunk is a piece of the buffer. Frames are appended within the capacity of buf
// and never changed afterwards, so readers can read while it grows.
type chunk struct {
	start int64  // the place of its first byte
	seq   uint64 // of the last log event before it
	buf   []byte
}

const (
	firstChunk = 512       // bytes; small, so that a quiet room costs little…
	lastChunk  = 64 << 10  // …while a busy room uses few, large chunks
	bufferSize = 512 << 10 // bytes; a reader that is further behind reads the journal
)

func (b *buffer) attach(c *Cursor) {
	if b.told == len(b.readers) {
		b.told++ // it begins at the end, and has missed nothing
	}
	c.index = len(b.readers)
	b.readers = append(b.readers, c)
}

func (b *buffer) detach(c *Cursor) {
	gap := c.index
	if gap < b.told { // those that have been told stay the first ones
		b.told--
		b.move(b.told, gap)
		gap = b.told
	}
	last := len(b.readers) - 1
	if gap < last {
		b.move(last, gap)
	}
	b.readers[last] = nil
	b.readers = b.readers[:last]
}

// move puts a reader into another one's place.
func (b *buffer) move(from, to int) {
	moved := b.readers[from]
	b.readers[to], moved.index = moved, to
}

// notify tells readers that there is more, so many at most, and returns how many it has told. It begins with the first
// one again only if all had been told when it was called, so that a round ends. Those who have come
// first are told first: they are most often those who talk, and say the next thing while the others are told.
func (b *buffer) notify(most int) (n int) {
	if b.grown && !b.midway() {
		b.grown, b.told = false, 0
	}
	for ; n < most && b.midway(); n++ {
		b.told++
		b.readers[b.told-1].reader.More()
	}
	return n
}

// midway reports whether there are readers that have not been told of what was there before.
func (b *buffer) midway() bool { return b.told < len(b.readers) }

// pending reports whether there is something that not all readers have been told of.
func (b *buffer) pending() bool { return b.grown && len(b.readers) > 0 || b.midway() }

// append appends one whole frame, or none for a log event that this dialect
// doesn't show. seq is the last log event now in the buffer.
func (b *buffer) append(frame []byte, seq uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	before := b.seq
	b.seq = seq
	if len(frame) == 0 {
		return
	}
	b.grown, b.shown = true, seq
	last := len(b.chunks) - 1
	if last < 0 || cap(b.chunks[last].buf)-len(b.chunks[last].buf) < len(frame) {
		size := firstChunk
		if last >= 0 {
			size = min(2*cap(b.chunks[last].buf), lastChunk)
		}
		b.chunks = append(b.chunks, chunk{start: b.end, seq: before, buf: make([]byte, 0, max(size, len(frame)))})
		last++
	}
	b.chunks[last].buf = append(b.chunks[last].buf, frame...)
	b.end += int64(len(frame))
	b.held += len(frame)
	for b.held > bufferSize && len(b.chunks) > 1 {
		b.held -= len(b.chunks[0].buf)
		b.chunks[0] = chunk{} // the array behind the slice would keep its bytes
		b.chunks = b.chunks[1:]
	}
}

// trim releases all chunks. The next chunk is a small one again.
func (b *buffer) trim() {
	b.mu.Lock()
	b.chunks, b.held = nil, 0
	b.mu.Unlock()
}

// restart continues at seq a buffer that has no readers, and so has missed events.
func (b *buffer) restart(seq uint64) {
	b.trim()
	b.mu.Lock()
	b.seq, b.shown = seq, seq
	b.mu.Unlock()
}

// place returns the end of the buffer and the seq of the last log event before it.
func (b *buffer) place() (end int64, seq uint64) {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.end, b.seq
}

// newest returns the last log event that the readers have been or will be shown.
func (b *buffer) newest() uint64 {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.shown
}

// reading is what a cursor reads from a buffer.
type reading struct {
	frames []byte // whole ones, up to the end of a chunk; empty at the buffer's end
	seq    uint64 // of the last log event up to the end of frames
	held   bool   // false if the buffer no longer has what follows the place
}

// after returns what follows the place at.
func (b *buffer) after(at int64) reading {
	b.mu.RLock()
	defer b.mu.RUnlock()
	return b.next(at)
}

// next is after without the lock. It is for the room's goroutine, which alone
// appends: with many readers, locking would be half of the work.
func (b *buffer) next(at int64) reading {
	r := reading{seq: b.seq, held: true}
	if at == b.end {
		return r
	}
	for i := len(b.chunks) - 1; i >= 0; i-- {
		c := b.chunks[i]
		if at >= c.start {
			r.frames = c.buf[at-c.start : len(c.buf) : len(c.buf)]
			if i+1 < len(b.chunks) {
				r.seq = b.chunks[i+1].seq
			}
			return r
		}
	}
	r.held = false
	return r
}
