package client

import (
	"context"
	"fmt"
	"iter"

	"snug/protocol"
)

// Events gives what happens in the room, see [Event]: first a [*Connected], then
// every event of the log, each once and in order, from the position that Options
// ask for; what the server no longer keeps is named by a [*protocol.Gap]. Events
// beside the log come where they belong.
//
// The loop may be slow, or not there at all: nothing else waits for it. Up to
// 1,024 events wait in memory; later ones of the log are read from the server
// when their turn comes, and those about members are made good by
// [*protocol.Members] or [*protocol.Crowd].
//
// One loop runs at a time, and another one goes on after the event at which the
// last one stopped; two at once get [ErrBusy]. The loop waits for events until
// ctx ends, and then gets its error; or until the room is closed, by [Room.Close]
// or for good by the server, when it gets what waits in memory and then
// [ErrClosed] or why. After an error it ends.
func (r *Room) Events(ctx context.Context) iter.Seq2[Event, error] {
	return func(yield func(Event, error) bool) {
		if r.consuming.Swap(true) {
			yield(nil, ErrBusy)
			return
		}
		defer r.consuming.Store(false)
		for {
			e, err := r.next(ctx)
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

// page is a part of the log that was read for the consumer.
type page struct {
	log    int // see place
	events []protocol.Event
}

// next waits for the next event.
func (r *Room) next(ctx context.Context) (Event, error) {
	for {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("events: %w", context.Cause(ctx))
		}
		e, missing, err := r.give()
		if e != nil || err != nil {
			return e, err
		}
		if missing {
			if err := r.fetch(ctx); err != nil {
				return nil, err
			}
			continue
		}
		select {
		case <-r.more:
		case <-ctx.Done():
		}
	}
}

// give takes what is there for the consumer, and moves it on. If events of the
// log must be read first, missing is true; if there is nothing yet, e is nil.
func (r *Room) give() (e Event, missing bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.page.events) > 0 && r.page.log == r.received.log && r.page.log == r.at.log {
		first := &r.page.events[0]
		if first.Seq > r.at.Seq+1 {
			return r.gap(first.Seq - 1), false, nil
		}
		r.page.events = r.page.events[1:]
		if first.Seq == r.at.Seq+1 {
			r.at.Seq = first.Seq
			return first, false, nil
		}
		return nil, true, nil // older than what was asked for: no server does that
	}
	r.page = page{}
	for {
		for len(r.queue.events) > 0 {
			first, last := span(r.queue.events[0])
			switch {
			case last == 0: // beside the log
			case r.at.known && last <= r.at.Seq: // a page had it
				r.queue.pop()
				continue
			case r.at.known && first > r.at.Seq+1:
				return nil, true, r.ended
			}
			return r.pass(r.queue.pop()), false, nil
		}
		if r.at.known && r.at.log == r.received.log && r.at.Seq < r.received.Seq {
			return nil, true, r.ended
		}
		r.makeGood()
		if len(r.queue.events) == 0 {
			return nil, false, r.ended
		}
	}
}

// span is which part of the log an event is; 0 for one beside it.
func span(e Event) (first, last uint64) {
	switch e := e.(type) {
	case *protocol.Event:
		return e.Seq, e.Seq
	case *protocol.Gap:
		return e.First, e.Last
	}
	return 0, 0
}

// pass moves the consumer on, past an event from the queue.
func (r *Room) pass(e Event) Event {
	switch e := e.(type) {
	case *Connected:
		if !e.Resumed {
			r.at = e.from
		}
	case *protocol.Event:
		r.at = r.at.at(e.Seq)
	case *protocol.Gap:
		if r.at.known {
			return r.gap(e.Last)
		}
		r.at = r.at.at(e.Last)
	}
	return e
}

// gap moves the consumer on, past what is no longer kept.
func (r *Room) gap(last uint64) *protocol.Gap {
	g := &protocol.Gap{First: r.at.Seq + 1, Last: last}
	r.at.Seq = last
	return g
}

// fetch reads the page after the consumer's position.
func (r *Room) fetch(ctx context.Context) error {
	r.mu.Lock()
	at, upTo := r.at, r.received.Seq
	for _, e := range r.queue.events {
		if first, last := span(e); last > at.Seq {
			upTo = first - 1
			break
		}
	}
	r.mu.Unlock()
	after, limit := at.Seq, protocol.MaxPage
	c := question(protocol.Command{Type: protocol.CommandHistory, After: &after, Limit: &limit})
	if err := r.do(ctx, c); err != nil {
		return fmt.Errorf("read on after event %d: %w", after, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.log != at.log || r.received.log != at.log {
		return nil // the log is another one by now, and the queue begins with that
	}
	r.page = page{c.log, c.history.Events}
	if len(c.history.Events) == 0 && upTo > after {
		// Nothing is kept of what was there.
		r.queue.events = append([]Event{&protocol.Gap{First: after + 1, Last: upTo}}, r.queue.events...)
	}
	return nil
}
