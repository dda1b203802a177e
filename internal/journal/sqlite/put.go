package sqlite

import (
	"context"
	"errors"

	"snug/internal/journal"
	"snug/protocol"
)

// put processes one draft. All of its decisions follow from the file and the draft's
// position, so that another file that is given the same drafts assigns the same numbers.
func (w *writer) put(ctx context.Context, r *room, placed *Placed, p Position, dg journal.Digester) (Result, error) {
	d := &placed.Draft
	if r.closed != 0 && p.At.UnixMilli() < r.closed {
		// The draft may repeat what was erased when the room was closed.
		return Result{Err: journal.ErrRoomClosed, Erased: p.Position}, nil
	}
	if d.OnlyIfRepeat {
		return w.onlyIfRepeat(ctx, r, placed, p, dg)
	}
	if d.Once {
		digest := placed.digest(dg)
		if first, err := w.claimID(ctx, r, d, p, digest); err != nil {
			return Result{}, err
		} else if first != nil {
			return w.repeat(ctx, r, d, p, first, digest)
		}
	}
	if err := w.checkConditions(ctx, r, d, p); err != nil {
		return w.refuse(ctx, d, p, err)
	}
	if r.closed != 0 {
		if err := w.endClosed(ctx, r); err != nil {
			return Result{}, err
		}
	}
	switch {
	case d.StateOnly:
		return w.changeOnly(ctx, r, d, p)
	case d.Close:
		return w.closeRoom(ctx, r, d, p)
	}
	return w.insert(ctx, r, d, p)
}

// changeOnly makes the changes of a draft of state alone.
func (w *writer) changeOnly(ctx context.Context, r *room, d *journal.Draft, p Position) (result Result, err error) {
	if d.Expire != 0 {
		if result, err = w.expire(ctx, r, d.Expire, p); err != nil {
			return Result{}, err
		}
	}
	if d.Record != nil {
		if err := w.record(ctx, r, d.Record, p); err != nil {
			return Result{}, err
		}
	}
	if d.DropFiles {
		if err := w.dropUnused(ctx, r, p); err != nil {
			return Result{}, err
		}
		result.Erased = p.Position // their names
	}
	result.Changes = d.State
	return result, w.changeState(ctx, r, d.State)
}

// refuse returns the result of a draft whose conditions don't hold, because of err.
// Nothing of the draft stays in the file.
func (w *writer) refuse(ctx context.Context, d *journal.Draft, p Position, err error) (Result, error) {
	result := Result{Err: err}
	switch {
	case errors.Is(err, journal.ErrGone): // the draft may quote what is erased
		result.Erased = p.Position
	case !errors.Is(err, journal.ErrChanged) && !errors.Is(err, journal.ErrNoSpace):
		return Result{}, err
	}
	if d.Once {
		if _, err := w.forgetID.exec(ctx, int64(p.Position)); err != nil {
			return Result{}, err
		}
	}
	return result, nil
}

// insert makes the draft the room's next entry.
func (w *writer) insert(ctx context.Context, r *room, d *journal.Draft, p Position) (Result, error) {
	r.head++
	r.moved = true
	e := &journal.Entry{Event: d.Event, Private: d.Private}
	e.Seq, e.At = r.head, p.At
	body := []byte(e.Body)
	if body == nil {
		body = []byte{} // the driver writes nil as NULL, which the column refuses
	}
	if _, err := w.insertEntry.exec(ctx, int64(p.Position), r.id, int64(e.Seq), p.At.UnixMilli(), string(e.Type), e.ID, e.From.Member, e.From.Nick,
		string(e.From.Role), e.From.Guest, int64(e.Target), body, e.Private, e.From.Bot); err != nil {
		return Result{}, err
	}
	if err := w.addPlace(ctx, r, p); err != nil {
		return Result{}, err
	}
	r.added.bytes += int64(len(body) + len(e.Private))
	if e.Type == protocol.EventMessage {
		r.added.said = p.At.UnixMilli()
		if string(body) != w.erased {
			r.added.messages++
		}
	}
	if err := w.useFiles(ctx, d.Files, e.Seq); err != nil {
		return Result{}, err
	}
	result := Result{Outcome: journal.Outcome{Seq: e.Seq}, Entry: e}
	if e.Type == protocol.EventDeleted {
		if err := w.eraseMessage(ctx, r, e.Target); err != nil {
			return Result{}, err
		}
		result.Erased = p.Position
	}
	return result, w.changeState(ctx, r, d.State)
}

// changeState makes changes to the room's state.
func (w *writer) changeState(ctx context.Context, r *room, changes []journal.Change) error {
	for _, c := range changes {
		var err error
		if c.Value == nil {
			_, err = w.unsetState.exec(ctx, r.id, c.Key)
		} else {
			_, err = w.setState.exec(ctx, r.id, c.Key, c.Value)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
