package room

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"

	"snug/internal/journal"
	"snug/protocol"
)

// Draft is a command that the room has checked, on its way to the journal. It is made by
// a method of [Participant], appended by [Participant.Append], and ended by
// [Pending.Settle].
type Draft struct {
	journal journal.Draft
	Pending
}

// Pending is what is remembered of a [Draft] until its outcome is known.
type Pending struct {
	turn    turn            // reserved in slow mode
	refusal *protocol.Error // the command is refused with this, unless it repeats an accepted one
	gone    *protocol.Error // what journal.ErrGone means, if it isn't about a message
	changed *protocol.Error // what journal.ErrChanged means, if the room may be as it was

	// Hook is what the sender is told of the hook that the command makes, if it is
	// accepted and no repeat; nil for other commands. The sender's ref is missing, and the
	// URL is relative to the server's own.
	Hook *protocol.Hook

	// Invite is the same for an invite.
	Invite *protocol.Invite
}

// draft returns the draft of an event of the member's. If the sender gave no id, the
// event gets one, and repeats are not recognised.
func (p *Participant) draft(typ protocol.EventType, id string, body json.RawMessage) journal.Draft {
	d := journal.Draft{
		Room:  string(p.room.code),
		Event: protocol.Event{Type: typ, ID: id, From: p.You(), Body: body},
		Once:  id != "",
	}
	if !d.Once {
		d.Event.ID = strconv.FormatUint(p.given.Add(1), 10)
	}
	return d
}

// decide returns the checked draft d, which is refused if refusal isn't nil. A command
// that was accepted may have changed, or used up, what a repeat of it is judged by. So a
// refused command with an id becomes a draft that adds nothing: it asks the journal
// whether it is a repeat.
func decide(d journal.Draft, refusal *protocol.Error) (Draft, error) {
	if refusal == nil {
		return Draft{journal: d}, nil
	}
	if !d.Once {
		return Draft{}, refusal
	}
	d.OnlyIfRepeat = true
	return Draft{journal: d, Pending: Pending{refusal: refusal}}, nil
}

// maxFeed is how many entries may wait for the room's goroutine before senders wait for
// it too.
const maxFeed = 4096

// Append hands d to the journal. It waits while the journal's queue is full or the room
// can't keep up, until ctx ends. The outcome goes to done, which passes it to
// [Pending.Settle]. If Append returns an error, a [*protocol.Error], done is not called
// and d is settled.
func (p *Participant) Append(ctx context.Context, d Draft, done journal.Done) error {
	traced := p.trace(ctx, &d.journal.Event)
	if traced != nil {
		d.journal.Began, done = traced.commitBegan, traced.ending(done)
	}
	if p.room.feed.Len() >= maxFeed {
		p.Settle(ctx)
	}
	if err := p.room.journal.Append(ctx, d.journal, done); err != nil {
		if traced != nil {
			traced.end(journal.Outcome{}, err)
		}
		return d.Settle(journal.Outcome{}, err)
	}
	return nil
}

// Commit appends d and waits until its outcome is known. The error is a
// [*protocol.Error]: with code unavailable if ctx or the room ended before.
func (p *Participant) Commit(ctx context.Context, d Draft) (journal.Outcome, error) {
	type outcome struct {
		journal.Outcome
		refusal *protocol.Error
	}
	committed := make(chan outcome, 1)
	pending := d.Pending
	if err := p.Append(ctx, d, func(o journal.Outcome, err error) { committed <- outcome{o, pending.Settle(o, err)} }); err != nil {
		return journal.Outcome{}, err
	}
	select {
	case o := <-committed:
		if o.refusal != nil {
			return journal.Outcome{}, o.refusal
		}
		return o.Outcome, nil
	case <-ctx.Done():
		return journal.Outcome{}, Refusal(ctx.Err())
	}
}

// Settle ends a draft with the outcome of its append: it gives back the turn in slow
// mode if nothing was appended. It returns the error that the sender gets; nil for none.
// It doesn't block.
func (d Pending) Settle(o journal.Outcome, err error) *protocol.Error {
	if err != nil || o.Duplicate {
		d.turn.giveBack()
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, journal.ErrNotRepeat):
		return d.refusal
	case errors.Is(err, journal.ErrGone) && d.gone != nil:
		return d.gone
	case errors.Is(err, journal.ErrChanged) && d.changed != nil:
		return d.changed
	}
	return Refusal(err)
}

// Refusal returns what a client is told whose command failed with err, an error of the
// journal or a [*protocol.Error], which is returned as it is.
func Refusal(err error) *protocol.Error {
	var refusal *protocol.Error
	switch {
	case errors.As(err, &refusal):
		return refusal
	case errors.Is(err, journal.ErrConflict):
		return protocol.Errorf(protocol.IDConflict, "the id stands for another command of yours: a new one needs a new id")
	case errors.Is(err, journal.ErrGone):
		return protocol.Errorf(protocol.NotFound, "there is no such message, or it is erased")
	case errors.Is(err, journal.ErrRoomClosed):
		return closedRoom(protocol.ClosedFor)
	case errors.Is(err, journal.ErrChanged):
		return protocol.Errorf(protocol.Forbidden, "the room has just changed: look, and try again with a new id")
	}
	e := protocol.Errorf(protocol.Unavailable, "the server can't store messages now: send it again in a while, with the same id")
	e.RetryAfter = RetryAfter
	return e
}
