package room

import "sync"

// wire is the run of ready WebSocket frames that everyone of one dialect in a
// room gets: written once, by the room's goroutine, read by any number of
// cursors, each at its own place. It holds only the newest stretch; what came
// before is in the journal.
//
// Places are byte offsets from the wire's beginning, and only ever at the end of
// a frame. With each goes the seq of the last log event before it, so that a
// cursor whose place is gone knows where in the journal to go on.
type wire struct {
	mu     sync.RWMutex
	chunks []chunk // contiguous, the last one at end
	held   int     // bytes of all chunks
	end    int64   // the place after the last frame
	shown  uint64  // the last log event before end that this dialect shows, or where the wire began
	seq    uint64  // of the last log event before end

	// The room's goroutine's.
	readers []*Participant // in no order
	fresh   bool           // there is more than they have been told of
}

// chunk is a piece of the wire. Frames are appended within the capacity of buf
// and never changed after, so readers go on reading while it grows.
type chunk struct {
	start int64  // the place of its first byte
	seq   uint64 // of the last log event before it
	buf   []byte
}

const (
	firstChunk = 512       // a quiet room costs little…
	lastChunk  = 64 << 10  // …and a busy one writes big pieces
	wireHolds  = 512 << 10 // a reader further behind than this reads from the journal
)

// seat adds a reader, and unseat takes it out.
func (w *wire) seat(p *Participant) {
	p.place = len(w.readers)
	w.readers = append(w.readers, p)
}

func (w *wire) unseat(p *Participant) {
	last := len(w.readers) - 1
	moved := w.readers[last]
	w.readers[p.place], moved.place = moved, p.place
	w.readers[last] = nil
	w.readers = w.readers[:last]
}

// tell tells the readers that there is more.
func (w *wire) tell() {
	for _, p := range w.readers {
		p.client.More()
	}
}

// append adds one whole frame, or none for a log event that this dialect
// doesn't show. seq is that of the last log event now on the wire.
func (w *wire) append(frame []byte, seq uint64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	before := w.seq
	w.seq = seq
	if len(frame) == 0 {
		return
	}
	w.fresh, w.shown = true, seq
	last := len(w.chunks) - 1
	if last < 0 || cap(w.chunks[last].buf)-len(w.chunks[last].buf) < len(frame) {
		size := firstChunk
		if last >= 0 {
			size = min(2*cap(w.chunks[last].buf), lastChunk)
		}
		w.chunks = append(w.chunks, chunk{start: w.end, seq: before, buf: make([]byte, 0, max(size, len(frame)))})
		last++
	}
	w.chunks[last].buf = append(w.chunks[last].buf, frame...)
	w.end += int64(len(frame))
	w.held += len(frame)
	for w.held > wireHolds && len(w.chunks) > 1 {
		w.held -= len(w.chunks[0].buf)
		w.chunks[0] = chunk{} // the array behind the slice would keep it
		w.chunks = w.chunks[1:]
	}
}

// trim lets go of all that is held; the next chunk is a small one again.
func (w *wire) trim() {
	w.mu.Lock()
	w.chunks, w.held = nil, 0
	w.mu.Unlock()
}

// begin puts a wire that nobody has read yet, or any more, at seq.
func (w *wire) begin(seq uint64) {
	w.trim()
	w.mu.Lock()
	w.seq, w.shown = seq, seq
	w.mu.Unlock()
}

// place returns the end of the wire and the seq of the last log event before it.
func (w *wire) place() (end int64, seq uint64) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.end, w.seq
}

// newest returns the last log event that its readers have been, or are to be, shown.
func (w *wire) newest() uint64 {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.shown
}

// reading is what a cursor gets from a wire.
type reading struct {
	frames []byte // whole ones, to the end of a chunk; empty at the wire's end
	seq    uint64 // of the last log event up to the end of frames
	held   bool   // false if the wire no longer has what follows the place
}

// after returns what follows the place at.
func (w *wire) after(at int64) reading {
	w.mu.RLock()
	defer w.mu.RUnlock()
	return w.next(at)
}

// next is after for the room's goroutine, which alone writes the wire: for each of many
// readers a lock would be half the work.
func (w *wire) next(at int64) reading {
	r := reading{seq: w.seq, held: true}
	if at == w.end {
		return r
	}
	for i := len(w.chunks) - 1; i >= 0; i-- {
		c := w.chunks[i]
		if at >= c.start {
			r.frames = c.buf[at-c.start : len(c.buf) : len(c.buf)]
			if i+1 < len(w.chunks) {
				r.seq = w.chunks[i+1].seq
			}
			return r
		}
	}
	r.held = false
	return r
}
