package room

import (
	"context"
	"iter"
	"slices"

	"snug/internal/journal"
	"snug/protocol"
)

// MakeCurrent gives the messages of a page, and their edits, the content that the messages have
// now. All edits of one message become equal, so it makes no difference which of them a client
// applies last. If this makes the page too large, it loses its newest events, or, if it was read
// backwards, its oldest ones. It reads the journal.
func (p *Participant) MakeCurrent(ctx context.Context, page *protocol.History, backwards bool) error {
	events := page.Events
	if len(events) == 0 {
		return nil
	}
	first := events[0].Seq
	now, err := p.messages(ctx, first, events[len(events)-1].Seq)
	if err != nil {
		return err
	}
	for i := range events {
		switch e := &events[i]; e.Type {
		case protocol.EventMessage:
			if m, there := now[e.Seq]; there {
				*e = m.Event
			}
		case protocol.EventEdited:
			if err := p.makeEditCurrent(ctx, e, now, first); err != nil {
				return err
			}
		}
	}
	if backwards {
		page.Events = events[len(events)-fitting(slices.Backward(events)):]
	} else {
		page.Events = events[:fitting(slices.All(events))]
	}
	page.More = page.More || len(page.Events) < len(events)
	return nil
}

// makeEditCurrent gives an edit the content that its message has now. It adds to now a message
// that is before first, which isn't there yet.
func (p *Participant) makeEditCurrent(ctx context.Context, e *protocol.Event, now map[uint64]journal.Entry, first uint64) error {
	m, there := now[e.Target]
	if !there && e.Target < first {
		one, err := p.messages(ctx, e.Target, e.Target)
		if err != nil {
			return err
		}
		if m, there = one[e.Target]; there {
			now[e.Target] = m
		}
	}
	if !there { // erased, or no longer kept
		return nil
	}
	body, err := m.Message()
	if err != nil {
		return err
	}
	e.Body = protocol.EditedBody{Content: body.Content}.Encode()
	return nil
}

// messages returns the messages from first to last as they are now, by their seqs.
func (p *Participant) messages(ctx context.Context, first, last uint64) (map[uint64]journal.Entry, error) {
	now := make(map[uint64]journal.Entry)
	for first <= last {
		messages, err := p.room.journal.ReadMessages(ctx, string(p.room.code), first, last)
		if err != nil || len(messages) == 0 {
			return now, err
		}
		for _, m := range messages {
			now[m.Seq] = m
		}
		last = messages[len(messages)-1].Seq - 1
	}
	return now, nil
}

// fitting returns how many events, in the given order, make a page of journal.PageBytes.
func fitting(events iter.Seq2[int, protocol.Event]) int {
	n, size := 0, 0
	for _, e := range events {
		if size >= journal.PageBytes {
			break
		}
		one := journal.Entry{Event: e}
		size += one.Size()
		n++
	}
	return n
}
