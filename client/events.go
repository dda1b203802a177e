package client

import (
	"context"
	"fmt"
	"iter"

	"snug/protocol"
)

// Events returns what happens in the room, as [Event] values: first a [*Connected],
// then every event of the log, each once and in order, from the position of the
// Options. A [*protocol.Gap] stands for events that the server no longer keeps.
// Presence events come between those of the log.
//
// The loop may be slow, or not run at all: nothing else waits for it. Up to 1,024
// events wait in memory. Later log events are read from the server when the loop
// gets there; in place of presence events that didn't fit comes a
// [*protocol.Members] or [*protocol.Crowd].
//
// One loop runs at a time. The next one continues after the event at which the last
// one stopped; two at the same time get [ErrBusy]. The loop waits for events until
// ctx ends, and then gets its error, or until the room is closed. If the program
// closes it with [Room.Close], or the server does so for good, the loop gets the
// events in memory and then [ErrClosed] or the reason. It ends after an error.
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

// page is a part of the log that was read from the server for the consumer.
type page struct {
	log    int // as in place
	events []protocol.Event
}

// next waits for the next event.
func (r *Room) next(ctx context.Context) (Event, error) {
	for {
		if ctx.Err() != nil {
			return nil, fmt.Errorf("events: %w", context.Cause(ctx))
		}
		e, missing, err := r.nextBuffered()
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

// nextBuffered removes the consumer's next event from memory. If events of the log
// must be read from the server first, missing is true; if there is no event yet, e
// is nil.
func (r *Room) nextBuffered() (e Event, missing bool, err error) {
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
		return nil, true, nil // an older event than requested, which no server sends
	}
	r.page = page{}
	for {
		for len(r.queue.events) > 0 {
			first, last := span(r.queue.events[0])
			switch {
			case last == 0: // no log event
			case r.at.known && last <= r.at.Seq: // it was in a page
				r.queue.pop()
				continue
			case r.at.known && first > r.at.Seq+1:
				return nil, true, r.ended
			}
			return r.advance(r.queue.pop()), false, nil
		}
		if r.at.known && r.at.log == r.received.log && r.at.Seq < r.received.Seq {
			return nil, true, r.ended
		}
		r.substituteMissed()
		if len(r.queue.events) == 0 {
			return nil, false, r.ended
		}
	}
}

// span returns the part of the log that an event stands for; 0 if it isn't in the
// log.
func span(e Event) (first, last uint64) {
	switch e := e.(type) {
	case *protocol.Event:
		return e.Seq, e.Seq
	case *protocol.Gap:
		return e.First, e.Last
	}
	return 0, 0
}

// advance moves the consumer's place past an event from the queue.
func (r *Room) advance(e Event) Event {
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

// gap moves the consumer's place past events that are no longer kept.
func (r *Room) gap(last uint64) *protocol.Gap {
	g := &protocol.Gap{First: r.at.Seq + 1, Last: last}
	r.at.Seq = last
	return g
}

// fetch reads the page after the consumer's place from the server.
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
	c := newQuery(protocol.Command{Type: protocol.CommandHistory, After: &after, Limit: &limit})
	if err := r.do(ctx, c); err != nil {
		return fmt.Errorf("read on after event %d: %w", after, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.log != at.log || r.received.log != at.log {
		return nil // there is another log by now, and the queue begins with it
	}
	r.page = page{c.log, c.history.Events}
	if len(c.history.Events) == 0 && upTo > after {
		// None of these events is kept.
		r.queue.events = append([]Event{&protocol.Gap{First: after + 1, Last: upTo}}, r.queue.events...)
	}
	return nil
}
