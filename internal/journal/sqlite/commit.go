package sqlite

import (
	"context"
	"errors"
	"fmt"

	"snug/internal/journal"
	"snug/protocol"
)

// Result is the outcome of one draft of a commit.
type Result struct {
	journal.Outcome
	Generation uint64           // of the draft's room
	Entry      *journal.Entry   // nil if the draft added none
	Changes    []journal.Change // to the room's state, if the draft was of state alone
	First      uint64           // the oldest entry that is kept, if the draft has removed entries; otherwise 0
	Err        error            // nil, or journal.ErrConflict, ErrNotRepeat, ErrChanged, ErrGone, ErrNoSpace or ErrRoomClosed

	// Closed says that the draft has closed its room. The rows that the room has left are
	// to be removed by RemoveLeftovers.
	Closed bool

	// Erased is a position. Drafts up to and including it may contain text that the log
	// no longer has, so other copies of those drafts should be removed too. 0 means
	// that nothing was erased.
	Erased uint64
}

// Placed is a draft, or a control, at its position in the order of all rooms' drafts.
type Placed struct {
	Position
	Draft journal.Draft

	// Digest is the draft's digest if it was computed before, with this log's key (see
	// journal.Draft's DedupBody). If it is nil, the commit computes it.
	Digest *journal.Digest

	// Control, if it isn't nil, stands in the place of a draft.
	Control *Control
}

// digest returns the draft's digest, and computes it if it wasn't before.
func (p *Placed) digest(dg journal.Digester) *journal.Digest {
	if p.Digest != nil {
		return p.Digest
	}
	return new(dg.Digest(&p.Draft))
}

// Control has a position like a draft, but adds no entry. The zero Control only uses up
// its position.
type Control struct {
	// Secret becomes the log's secret, if this is the log's first position.
	Secret *[32]byte
	Cuts   []Cut // the cuts to make
}

// Commit writes drafts to the log, in their order, with one transaction and one fsync.
// Their positions must continue the log's Position, each by one. The log's clock never
// runs backwards: a draft with an earlier time gets the time of the draft before it.
//
// After an error the outcome of the drafts is unknown, but earlier commits are still
// there. The caller must then call Reopen, which returns what was committed.
func (f *File) Commit(ctx context.Context, drafts []Placed) ([]Result, error) {
	if f.write == nil {
		return nil, errors.New("it is not open")
	}
	id := f.id
	results, after, err := f.commit(ctx, drafts, &id)
	if err != nil {
		return nil, fmt.Errorf("commit to log %s: %w", f.path, f.explainFull(err))
	}
	f.after = after
	if id != f.id {
		f.setIdentity(id)
	}
	return results, nil
}

// commit does Commit in a transaction. It changes id if a control sets the secret.
func (f *File) commit(ctx context.Context, drafts []Placed, id *journal.Identity) (_ []Result, after Position, err error) {
	w, dg := f.write, f.digester
	w.idTime = f.idTime
	if _, err := w.begin.exec(ctx); err != nil {
		return nil, after, err
	}
	defer func() {
		if err != nil {
			clear(w.rooms)
			w.dropped = nil
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
			if err := w.saveRooms(ctx, touched); err != nil {
				return nil, after, err
			}
			clear(touched) // w.rooms, by which a cut finds them, may have been cleared since
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
		generation := r.generation
		if results[i], err = w.put(ctx, r, &drafts[i], after, dg); err != nil {
			return nil, after, err
		}
		results[i].Generation = generation
	}
	if err := w.saveRooms(ctx, touched); err != nil {
		return nil, after, err
	}
	var erased uint64
	for i := range results {
		erased = max(erased, results[i].Erased)
	}
	// A few more than this commit added, so that the sweep keeps up and its cost stays
	// in proportion to the commit.
	if _, err := w.dropIDs.exec(ctx, w.idClock(after).Add(-protocol.DuplicateTime).UnixMilli(), int64(2*len(drafts)+8)); err != nil {
		return nil, after, err
	}
	if _, err := w.setLog.exec(ctx, int64(after.Position), after.At.UnixMilli(), int64(erased)); err != nil {
		return nil, after, err
	}
	if _, err := w.commit.exec(ctx); err != nil {
		return nil, after, err
	}
	return results, after, nil
}

// saveRooms brings the rows of rooms in the file up to date.
func (w *writer) saveRooms(ctx context.Context, rooms map[string]*room) error {
	for _, r := range rooms {
		if err := w.saveRoom(ctx, r); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) saveRoom(ctx context.Context, r *room) error {
	if !r.moved {
		return nil
	}
	_, err := w.setRoom.exec(ctx, int64(r.head), arrayOf(r.recent), r.added.messages, r.added.bytes, r.added.said, r.id)
	r.moved, r.added = false, statistics{}
	return err
}

// control carries out c. It changes id if c sets the log's secret.
func (w *writer) control(ctx context.Context, c *Control, p Position, id *journal.Identity) (r Result, err error) {
	if c.Secret != nil && p.Position == 1 {
		id.Secret = *c.Secret
		if _, err := w.conn.ExecContext(ctx, "UPDATE log SET secret = ?", c.Secret[:]); err != nil {
			return r, err
		}
	}
	for _, cut := range c.Cuts {
		last, err := w.cut(ctx, cut)
		if err != nil {
			return r, err
		}
		r.Erased = max(r.Erased, last)
	}
	return r, nil
}

// next checks that position p follows q, and returns p with its time on the log's
// clock.
func (q Position) next(p Position) (Position, error) {
	if p.Position != q.Position+1 {
		return q, fmt.Errorf("position %d doesn't follow %d", p.Position, q.Position)
	}
	if p.At = journal.Millis(p.At); p.At.Before(q.At) {
		p.At = q.At
	}
	return p, nil
}
