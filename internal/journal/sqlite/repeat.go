package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// SetIDTime limits the clock by which the IDs of commands expire, so that a system's clock
// that jumps forward doesn't make the log forget recent ones. Logs on several nodes must decide
// the same, so they don't use it. It is for the goroutine that commits.
func (f *File) SetIDTime(t time.Time) { f.idTime = t }

// idClock returns the time by which IDs expire, at a position.
func (w *writer) idClock(p Position) time.Time {
	if !w.idTime.IsZero() && w.idTime.Before(p.At) {
		return w.idTime
	}
	return p.At
}

// idRow is a row of ids: an earlier command, by which a repeat is recognised.
type idRow struct {
	position int64
	seq      uint64
	digest   journal.Digest
}

// claimID inserts the row by which repeats of the draft will be recognised, with the
// seq that the draft is about to get. If the draft is a repeat itself, or has the ID of
// another command, claimID returns the earlier command and changes nothing.
//
// It inserts first and looks up only on a conflict, because hardly any draft is a
// repeat.
func (w *writer) claimID(ctx context.Context, r *room, d *journal.Draft, p Position, digest *journal.Digest) (*idRow, error) {
	for { // at most twice
		added, err := w.insertID.exec(ctx, int64(p.Position), r.id, d.Event.From.Member, d.Event.ID, int64(r.head+1), p.At.UnixMilli(), digest[:])
		if err != nil || added > 0 {
			return nil, err
		}
		first, known, err := w.lookUpID(ctx, r, d, p)
		if err != nil || known {
			return &first, err
		}
		if _, err := w.forgetID.exec(ctx, first.position); err != nil {
			return nil, err
		}
	}
}

// lookUpID finds the row with the draft's ID. known is false for a row that has expired:
// it counts as if it had been swept already. The error is sql.ErrNoRows if there is no
// row.
func (w *writer) lookUpID(ctx context.Context, r *room, d *journal.Draft, p Position) (row idRow, known bool, err error) {
	var at int64
	var digest []byte
	err = w.selectID.QueryRowContext(ctx, r.id, d.Event.From.Member, d.Event.ID).Scan(&row.position, &row.seq, &at, &digest)
	if err != nil {
		return row, false, err
	}
	copy(row.digest[:], digest)
	return row, journal.StillKnown(row.seq, r.head, time.UnixMilli(at), w.idClock(p)), nil
}

// onlyIfRepeat returns the result of a draft with OnlyIfRepeat. It changes nothing.
func (w *writer) onlyIfRepeat(ctx context.Context, r *room, placed *Placed, p Position, dg journal.Digester) (Result, error) {
	d := &placed.Draft
	if !d.Once {
		return Result{Err: journal.ErrNotRepeat}, nil
	}
	first, known, err := w.lookUpID(ctx, r, d, p)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && !known:
		return Result{Err: journal.ErrNotRepeat}, nil
	case err != nil:
		return Result{}, err
	}
	return w.repeat(ctx, r, d, p, &first, placed.digest(dg))
}

// repeat returns the result of a draft that has the ID of the earlier command first.
func (w *writer) repeat(ctx context.Context, r *room, d *journal.Draft, p Position, first *idRow, digest *journal.Digest) (Result, error) {
	if first.digest != *digest {
		return Result{Err: journal.ErrConflict}, nil
	}
	result := Result{Outcome: journal.Outcome{Seq: first.seq, Duplicate: true}}
	if d.Event.Type == protocol.EventMessage || d.Event.Type == protocol.EventEdited {
		there, err := w.hasContent(ctx, r, first.seq)
		if err != nil {
			return Result{}, err
		}
		if !there {
			result.Erased = p.Position
		}
	}
	return result, nil
}
