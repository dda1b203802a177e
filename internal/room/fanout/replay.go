package fanout

import (
	"context"
	"fmt"
	"slices"

	"snug/internal/journal"
	"snug/protocol"
)

// replay reads a room's log for cursors that are behind their buffer, and encodes it
// as the buffers do. It is safe for concurrent use.
type replay struct {
	room    string // its canonical code
	link    string // to it
	epoch   string // of its log
	journal journal.Journal
	pages   sharedReads[stretch, page]
	starts  sharedReads[tail, uint64]
}

// stretch is the log events after one seq, up to and including another.
type stretch struct {
	dialect     protocol.Dialect
	after, upto uint64
}

// page is the first part of a stretch, as frames.
type page struct {
	frames []byte
	last   uint64 // the seq up to which the page covers the stretch
}

// pageEntries bounds the entries of a page. Their size bounds it too.
const pageEntries = 500

// page returns the first part of s, which must not be empty. A gap event stands for
// what is no longer kept.
func (r *replay) page(ctx context.Context, s stretch) (page, error) {
	ctx = context.WithoutCancel(ctx) // others may wait for the same page
	return r.pages.do(s, func() (page, error) { return r.read(ctx, s) })
}

func (r *replay) read(ctx context.Context, s stretch) (page, error) {
	entries, err := r.journal.ReadAfter(ctx, r.room, s.after, int(min(pageEntries, s.upto-s.after)))
	if err != nil {
		return page{}, fmt.Errorf("replay: %w", err)
	}
	enc := encoder{link: r.link, epoch: r.epoch}
	p := page{last: s.after}
	for i := range entries {
		e := &entries[i]
		if e.Seq > s.upto {
			break
		}
		p.frames = appendGap(&enc, p.frames, s.dialect, p.last, e.Seq)
		p.frames = enc.entry(p.frames, s.dialect, e)
		p.last = e.Seq
	}
	if len(entries) == 0 || entries[0].Seq > s.upto { // nothing of the stretch is kept
		p.frames = appendGap(&enc, p.frames, s.dialect, p.last, s.upto+1)
		p.last = s.upto
	}
	return p, nil
}

// appendGap appends a gap event if log events are missing between after and next.
// The plain dialect has no such event.
func appendGap(enc *encoder, dst []byte, d protocol.Dialect, after, next uint64) []byte {
	if after+1 == next || d == protocol.Plain {
		return dst
	}
	return enc.gap(dst, d, protocol.Gap{First: after + 1, Last: next - 1})
}

// tail is the last messages up to head.
type tail struct {
	head     uint64
	messages int
}

// start returns the seq after which the replay of t begins: the one before its first
// message, but at most protocol.MaxReplay events before head.
func (r *replay) start(ctx context.Context, t tail) (uint64, error) {
	if t.messages <= 0 || t.head == 0 {
		return t.head, nil
	}
	ctx = context.WithoutCancel(ctx)
	return r.starts.do(t, func() (uint64, error) { return r.find(ctx, t) })
}

func (r *replay) find(ctx context.Context, t tail) (uint64, error) {
	first := t.head + 1 // the oldest event looked at so far
	for messages, events := 0, 0; ; {
		// At least some at once: there may be few messages among the events.
		limit := min(max(t.messages-messages, minRead), protocol.MaxReplay-events)
		entries, err := r.journal.ReadBefore(ctx, r.room, first, limit)
		if err != nil {
			return 0, fmt.Errorf("find the start of a replay: %w", err)
		}
		for _, e := range slices.Backward(entries) {
			first = e.Seq
			events++
			if e.Type == protocol.EventMessage {
				messages++
			}
			if messages == t.messages {
				return first - 1, nil
			}
		}
		if len(entries) == 0 || events == protocol.MaxReplay {
			return first - 1, nil
		}
	}
}

// minRead is how many events find reads at once at least.
const minRead = 50

// forget forgets the pages and starts that were read for several readers.
func (r *replay) forget() {
	r.pages.forget()
	r.starts.forget()
}
