package sqlite

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
	Err   error          // nil, or why: journal.ErrConflict, ErrNotRepeat, ErrChanged or ErrGone

	// Erased is a position up to which, and with which, something was said that the
	// log no longer has; 0 if all is there. What else holds drafts shouldn't either.
	Erased uint64
}

// Placed is a draft at its place in the order of all rooms' drafts, and when it
// got there.
type Placed struct {
	Position
	Draft journal.Draft

	// Digest is the draft's, where it was made already (see journal.Draft's DedupBody):
	// with this log's key. It is nil where it is still to be made.
	Digest *journal.Digest

	// Control stands in the place of a draft. It is nil for one.
	Control *Control
}

// digest returns the draft's digest, and makes it if it wasn't made before.
func (p *Placed) digest(dg journal.Digester) *journal.Digest {
	if p.Digest != nil {
		return p.Digest
	}
	return new(dg.Digest(&p.Draft))
}

// Control is what has a position and is no draft. Without more it is only that.
type Control struct {
	// Secret is what the log is to be keyed with from its first position on; nil
	// leaves it.
	Secret *[32]byte
	Cuts   []Cut // that are to be made
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
	id := f.id
	results, after, err := f.commit(ctx, drafts, &id)
	if err != nil {
		return nil, fmt.Errorf("commit to log %s: %w", f.path, f.explain(err))
	}
	f.after = after
	if id != f.id {
		f.know(id)
	}
	return results, nil
}

// commit is Commit in a transaction. It changes id if a control does.
func (f *File) commit(ctx context.Context, drafts []Placed, id *journal.Identity) (_ []Result, after Position, err error) {
	w, dg := f.write, f.dg
	if _, err := w.begin.exec(ctx); err != nil {
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
		if c := drafts[i].Control; c != nil {
			if results[i], err = w.control(ctx, c, after, id); err != nil {
				return nil, after, err
			}
			dg = journal.NewDigester(id)
			continue
		}
		r := touched[d.Room]
		if r == nil {
			if r, err = w.room(ctx, d.Room); err != nil {
				return nil, after, err
			}
			touched[d.Room] = r
		}
		if results[i], err = w.put(ctx, r, &drafts[i], after, dg); err != nil {
			return nil, after, err
		}
	}
	for _, r := range touched {
		if !r.moved {
			continue
		}
		if _, err := w.setHead.exec(ctx, int64(r.head), r.id); err != nil {
			return nil, after, err
		}
		r.moved = false
	}
	// A few more than came in, so that the sweep keeps up and costs what the
	// commit does.
	if _, err := w.dropIDs.exec(ctx, after.At.Add(-protocol.DuplicateTime).UnixMilli(), int64(2*len(drafts)+8)); err != nil {
		return nil, after, err
	}
	if _, err := w.setLog.exec(ctx, int64(after.Position), after.At.UnixMilli()); err != nil {
		return nil, after, err
	}
	if _, err := w.commit.exec(ctx); err != nil {
		return nil, after, err
	}
	return results, after, nil
}

// control takes in what is no draft. It changes id if the log gets its secret.
func (w *writer) control(ctx context.Context, c *Control, p Position, id *journal.Identity) (r Result, err error) {
	if c.Secret != nil && p.Position == 1 {
		id.Secret = *c.Secret
		if _, err := w.conn.ExecContext(ctx, "UPDATE log SET secret = ?", c.Secret[:]); err != nil {
			return r, err
		}
	}
	for _, cut := range c.Cuts {
		gone, err := w.cut(ctx, cut)
		if err != nil {
			return r, err
		}
		r.Erased = max(r.Erased, gone)
	}
	return r, nil
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
func (w *writer) put(ctx context.Context, r *room, placed *Placed, p Position, dg journal.Digester) (Result, error) {
	d := &placed.Draft
	if d.OnlyIfRepeat {
		return w.onlyIfRepeat(ctx, r, placed, p, dg)
	}
	if d.Once {
		digest := placed.digest(dg)
		if first, err := w.remember(ctx, r, d, p, digest); err != nil {
			return Result{}, err
		} else if first != nil {
			return w.repeat(ctx, r, d, p, first, digest)
		}
	}
	if err := w.allows(ctx, r, d); err != nil {
		result := Result{Err: err}
		switch {
		case errors.Is(err, journal.ErrGone): // it may tell of what is erased
			result.Erased = p.Position
		case !errors.Is(err, journal.ErrChanged):
			return Result{}, err
		}
		if d.Once { // not a word of it was taken in
			if _, err := w.forgetID.exec(ctx, int64(p.Position)); err != nil {
				return Result{}, err
			}
		}
		return result, nil
	}
	r.head++
	r.moved = true
	e := &journal.Entry{Event: d.Event, Private: d.Private}
	e.Seq, e.At = r.head, p.At
	body := []byte(e.Body)
	if body == nil {
		body = []byte{} // the driver writes nil as NULL, which the column refuses
	}
	if _, err := w.insertEntry.exec(ctx, int64(p.Position), r.id, int64(e.Seq), p.At.UnixMilli(), string(e.Type), e.ID, e.From.Member, e.From.Nick,
		string(e.From.Role), e.From.Guest, int64(e.Target), body, e.Private); err != nil {
		return Result{}, err
	}
	result := Result{Outcome: journal.Outcome{Seq: e.Seq}, Entry: e}
	if e.Type == protocol.EventDeleted {
		if err := w.eraseMessage(ctx, r, e.Target); err != nil {
			return Result{}, err
		}
		result.Erased = p.Position
	}
	for _, c := range d.State {
		var err error
		if c.Value == nil {
			_, err = w.unsetState.exec(ctx, r.id, c.Key)
		} else {
			_, err = w.setState.exec(ctx, r.id, c.Key, c.Value)
		}
		if err != nil {
			return Result{}, err
		}
	}
	return result, nil
}
