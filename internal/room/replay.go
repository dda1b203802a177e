package room

import (
	"context"
	"fmt"
	"slices"

	"snug/internal/journal"
	"snug/protocol"
)

// replay reads a room's log for cursors that are behind its wires, and writes it
// as the wires do. It is safe for concurrent use.
type replay struct {
	code    Code
	journal journal.Journal
	pages   herd[stretch, page]
	starts  herd[tail, uint64]
}

// stretch is the log events after one seq, up to and including another.
type stretch struct {
	dialect     protocol.Dialect
	after, upto uint64
}

// page is the first part of a stretch, as frames.
type page struct {
	frames []byte
	last   uint64 // the seq that the frames reach; up to it the stretch is done
}

// pageEntries bounds the entries of a page; their size bounds it too.
const pageEntries = 500

// page returns the first part of s, which must not be empty. What is no longer
// kept is named by a gap.
func (r *replay) page(ctx context.Context, s stretch) (page, error) {
	ctx = context.WithoutCancel(ctx) // others may be waiting for it
	return r.pages.do(s, func() (page, error) { return r.read(ctx, s) })
}

func (r *replay) read(ctx context.Context, s stretch) (page, error) {
	entries, err := r.journal.ReadAfter(ctx, string(r.code), s.after, int(min(pageEntries, s.upto-s.after)))
	if err != nil {
		return page{}, fmt.Errorf("replay: %w", err)
	}
	var enc encoder
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

// appendGap names what is missing between the log events after and next. Plain
// has no word for it.
func appendGap(enc *encoder, dst []byte, d protocol.Dialect, after, next uint64) []byte {
	if after+1 == next || d != protocol.V1 {
		return dst
	}
	return enc.event(dst, protocol.EventGap, protocol.Gap{First: after + 1, Last: next - 1})
}

// tail is the last messages up to head.
type tail struct {
	head     uint64
	messages int
}

// start returns the seq after which the replay of t begins: with its first
// message, but at most protocol.MaxReplay events before head.
func (r *replay) start(ctx context.Context, t tail) (uint64, error) {
	if t.messages <= 0 || t.head == 0 {
		return t.head, nil
	}
	ctx = context.WithoutCancel(ctx)
	return r.starts.do(t, func() (uint64, error) { return r.find(ctx, t) })
}

func (r *replay) find(ctx context.Context, t tail) (uint64, error) {
	first := t.head + 1 // the oldest event looked at
	for messages, events := 0, 0; ; {
		// Not one by one where there are few messages among the events.
		want := min(max(t.messages-messages, atLeast), protocol.MaxReplay-events)
		entries, err := r.journal.ReadBefore(ctx, string(r.code), first, want)
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

// atLeast is how many events are read at once.
const atLeast = 50

// forget lets go of the pages of late.
func (r *replay) forget() {
	r.pages.forget()
	r.starts.forget()
}
