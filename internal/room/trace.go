package room

import (
	"context"
	"errors"
	"sync"
	"time"

	"snug/internal/journal"
	"snug/internal/tracing"
	"snug/protocol"
)

// tracedDraft traces a draft: its way to the journal and the commit. It is over when the outcome is
// known. A context can't go through the journal, which is shared between nodes, so the room finds the
// draft's entry by its sender and ID.
type tracedDraft struct {
	room  *Room
	key   draftKey
	ctx   context.Context // with span
	span  tracing.Span
	began time.Time // of the commit; zero if it has not begun
}

// draftKey is by whom an event is, and the ID that they gave it.
type draftKey struct{ member, id string }

func keyOf(e *protocol.Event) draftKey { return draftKey{e.From.Member, e.ID} }

// trace begins to trace the draft of an event; nil if it isn't traced.
func (p *Participant) trace(ctx context.Context, e *protocol.Event) *tracedDraft {
	tracer := p.room.registry.options.Tracer
	if tracer == nil {
		return nil
	}
	ctx, span := tracer.Start(ctx, "journal append")
	if !span.Recording() {
		return nil
	}
	t := &tracedDraft{room: p.room, key: keyOf(e), ctx: ctx, span: span}
	p.room.traced.add(t)
	return t
}

// commitBegan is [journal.Draft.Began].
func (t *tracedDraft) commitBegan() { t.began = time.Now() }

// ending returns a function that ends t and calls done.
func (t *tracedDraft) ending(done journal.Done) journal.Done {
	return func(o journal.Outcome, err error) {
		t.end(o, err)
		done(o, err)
	}
}

func (t *tracedDraft) end(o journal.Outcome, err error) {
	if err != nil || o.Duplicate || o.Seq == 0 { // there is no entry to deliver
		t.room.traced.take(t.key)
	}
	switch {
	case errors.Is(err, journal.ErrNotRepeat):
		err = nil // it was refused before, which the span of the command says
	case err != nil:
		err = Refusal(err)
	}
	if !t.began.IsZero() {
		t.room.registry.options.Tracer.StartAt(t.ctx, "journal commit", t.began).End(err)
	}
	t.span.End(err)
}

// tracedDrafts are the drafts of a room that are traced and not delivered yet. The zero value is ready
// for use, and safe for concurrent use.
type tracedDrafts struct {
	mu  sync.Mutex
	all map[draftKey]*tracedDraft
}

func (d *tracedDrafts) add(t *tracedDraft) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.all == nil {
		d.all = make(map[draftKey]*tracedDraft)
	}
	d.all[t.key] = t
}

// take removes the draft with a key, and returns it; nil if there is none.
func (d *tracedDrafts) take(key draftKey) *tracedDraft {
	d.mu.Lock()
	defer d.mu.Unlock()
	t := d.all[key]
	delete(d.all, key)
	return t
}

// traceDeliveries begins the spans of the delivery of those entries that are traced.
func (r *Room) traceDeliveries(entries []*journal.Entry) {
	tracer := r.registry.options.Tracer
	if tracer == nil {
		return
	}
	for _, e := range entries {
		if t := r.traced.take(keyOf(&e.Event)); t != nil {
			_, span := tracer.Start(t.ctx, "room deliver")
			span.SetCount("snug.entries", len(entries))
			r.delivering = append(r.delivering, span)
		}
	}
}

// endDeliveries ends the spans of deliveries.
func (r *Room) endDeliveries() {
	for _, span := range r.delivering {
		span.SetCount("snug.readers", r.fanout.Readers())
		span.End(nil)
	}
	r.delivering = nil
}
