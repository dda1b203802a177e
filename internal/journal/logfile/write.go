package logfile

import (
	"context"
	"errors"
	"fmt"

	"snug/internal/journal"
	"snug/protocol"
)

// Result is what became of one draft of a commit.
type Result struct {
	journal.Outcome
	Entry *journal.Entry // nil if the draft added nothing
	Err   error          // nil, or why: journal.ErrConflict, ErrChanged or ErrGone
}

// Placed is a draft at its place in the order of all rooms' drafts, and when it
// got there.
type Placed struct {
	Position
	Draft journal.Draft
}

// Commit takes drafts in, in their order, with one transaction and one fsync.
// Their positions go on by one from Position. The log's own clock doesn't run
// backwards: a draft of an earlier time gets that of the one before it.
//
// If it fails, nothing is known of the drafts: what had been before is still
// there, and Reopen says what is.
func (f *File) Commit(ctx context.Context, drafts []Placed) ([]Result, error) {
	if f.write == nil {
		return nil, errors.New("it is not open")
	}
	results, after, err := f.commit(ctx, drafts)
	if err != nil {
		return nil, fmt.Errorf("commit to log %s: %w", f.path, f.explain(err))
	}
	f.after = after
	return results, nil
}

func (f *File) commit(ctx context.Context, drafts []Placed) (_ []Result, after Position, err error) {
	w := f.write
	if _, err := w.conn.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return nil, after, err
	}
	defer func() {
		if err != nil {
			clear(w.rooms)
			_, _ = w.conn.ExecContext(ctx, "ROLLBACK") // there may be no transaction left
		}
	}()
	after = f.after
	results := make([]Result, len(drafts))
	touched := make(map[string]*room)
	for i := range drafts {
		d := &drafts[i].Draft
		if after, err = after.next(drafts[i].Position); err != nil {
			return nil, after, err
		}
		r := touched[d.Room]
		if r == nil {
			if r, err = w.room(ctx, d.Room); err != nil {
				return nil, after, err
			}
			touched[d.Room] = r
		}
		if results[i], err = f.put(ctx, r, d, after); err != nil {
			return nil, after, err
		}
	}
	for _, r := range touched {
		if !r.moved {
			continue
		}
		if _, err := w.setHead.ExecContext(ctx, r.head, r.id); err != nil {
			return nil, after, err
		}
		r.moved = false
	}
	// A few more than came in, so that the sweep keeps up and costs what the
	// commit does.
	if _, err := w.dropIDs.ExecContext(ctx, 2*len(drafts)+8, after.At.Add(-protocol.DuplicateTime).UnixMilli()); err != nil {
		return nil, after, err
	}
	if _, err := w.setLog.ExecContext(ctx, after.Position, after.At.UnixMilli()); err != nil {
		return nil, after, err
	}
	if _, err := w.conn.ExecContext(ctx, "COMMIT"); err != nil {
		return nil, after, err
	}
	return results, after, nil
}

// next returns the position p of what comes after q, by the log's own clock.
func (q Position) next(p Position) (Position, error) {
	if p.Position != q.Position+1 {
		return q, fmt.Errorf("position %d doesn't follow %d", p.Position, q.Position)
	}
	if p.At = journal.Millis(p.At); p.At.Before(q.At) {
		p.At = q.At
	}
	return p, nil
}

// put takes in one draft. Everything it decides it decides from the file and
// the draft's position, so that another file given the same drafts comes to the
// same numbers.
func (f *File) put(ctx context.Context, r *room, d *journal.Draft, p Position) (Result, error) {
	w := f.write
	var digest journal.Digest
	if d.Once {
		digest = f.dg.Digest(d)
		first, known, err := w.lookup(ctx, r, d, p)
		switch {
		case err != nil:
			return Result{}, err
		case known && first.digest != digest:
			return Result{Err: journal.ErrConflict}, nil
		case known:
			return Result{Outcome: journal.Outcome{Seq: first.seq, Duplicate: true}}, nil
		}
	}
	if err := w.allows(ctx, r, d); err != nil {
		if errors.Is(err, journal.ErrChanged) || errors.Is(err, journal.ErrGone) {
			return Result{Err: err}, nil
		}
		return Result{}, err
	}
	r.head++
	r.moved = true
	e := &journal.Entry{Event: d.Event, Private: d.Private}
	e.Seq, e.At = r.head, p.At
	at := p.At.UnixMilli()
	body := []byte(e.Body)
	if body == nil {
		body = []byte{} // the driver writes nil as NULL, which the column refuses
	}
	if _, err := w.insertEntry.ExecContext(ctx, p.Position, r.id, e.Seq, at, e.Type, e.ID, e.From.Member, e.From.Nick, e.From.Role, e.From.Guest, e.Target, body, e.Private); err != nil {
		return Result{}, err
	}
	if d.Once {
		if _, err := w.insertID.ExecContext(ctx, p.Position, r.id, e.From.Member, e.ID, e.Seq, at, digest[:]); err != nil {
			return Result{}, err
		}
	}
	if e.Type == protocol.EventDeleted {
		if err := w.eraseMessage(ctx, r, e.Target); err != nil {
			return Result{}, err
		}
	}
	for _, c := range d.State {
		var err error
		if c.Value == nil {
			_, err = w.unsetState.ExecContext(ctx, r.id, c.Key)
		} else {
			_, err = w.setState.ExecContext(ctx, r.id, c.Key, c.Value)
		}
		if err != nil {
			return Result{}, err
		}
	}
	return Result{Outcome: journal.Outcome{Seq: e.Seq}, Entry: e}, nil
}
