package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// seen is a row of ids.
type seen struct {
	position int64
	seq      uint64
	digest   journal.Digest
}

// remember puts down what a repeat of the draft is recognised by, at the seq that it
// is about to get. If it is a repeat itself, it returns what it repeats and changes
// nothing.
//
// Nearly no draft is one, so it isn't asked first.
func (w *writer) remember(ctx context.Context, r *room, d *journal.Draft, p Position, digest *journal.Digest) (*seen, error) {
	for { // twice at the most
		added, err := w.insertID.exec(ctx, int64(p.Position), r.id, d.Event.From.Member, d.Event.ID, int64(r.head+1), p.At.UnixMilli(), digest[:])
		if err != nil || added > 0 {
			return nil, err
		}
		first, known, err := w.lookup(ctx, r, d, p)
		if err != nil || known {
			return &first, err
		}
		if _, err := w.forgetID.exec(ctx, first.position); err != nil {
			return nil, err
		}
	}
}

// lookup finds what has the draft's id; the error is sql.ErrNoRows if nothing has. One that has outlived its time is as good as
// none: whether it is still in the file doesn't matter.
func (w *writer) lookup(ctx context.Context, r *room, d *journal.Draft, p Position) (s seen, known bool, err error) {
	var at int64
	var digest []byte
	err = w.selectID.QueryRowContext(ctx, r.id, d.Event.From.Member, d.Event.ID).Scan(&s.position, &s.seq, &at, &digest)
	if err != nil {
		return s, false, err
	}
	copy(s.digest[:], digest)
	return s, journal.StillKnown(s.seq, r.head, time.UnixMilli(at), p.At), nil
}

// onlyIfRepeat answers a draft that only asks whether it is a repeat.
func (w *writer) onlyIfRepeat(ctx context.Context, r *room, placed *Placed, p Position, dg journal.Digester) (Result, error) {
	d := &placed.Draft
	if !d.Once {
		return Result{Err: journal.ErrNotRepeat}, nil
	}
	first, known, err := w.lookup(ctx, r, d, p)
	switch {
	case errors.Is(err, sql.ErrNoRows), err == nil && !known:
		return Result{Err: journal.ErrNotRepeat}, nil
	case err != nil:
		return Result{}, err
	}
	return w.repeat(ctx, r, d, p, &first, placed.digest(dg))
}

// repeat is what becomes of a draft that repeats first, or only has its id.
func (w *writer) repeat(ctx context.Context, r *room, d *journal.Draft, p Position, first *seen, digest *journal.Digest) (Result, error) {
	if first.digest != *digest {
		return Result{Err: journal.ErrConflict}, nil
	}
	result := Result{Outcome: journal.Outcome{Seq: first.seq, Duplicate: true}}
	if d.Event.Type == protocol.EventMessage || d.Event.Type == protocol.EventEdited {
		stands, err := w.says(ctx, r, first.seq)
		if err != nil {
			return Result{}, err
		}
		if !stands {
			result.Erased = p.Position
		}
	}
	return result, nil
}
