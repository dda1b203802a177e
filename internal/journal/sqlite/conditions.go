package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"

	"snug/internal/journal"
	"snug/protocol"
)

// checkConditions checks the draft's conditions, its target and its files. The error is
// ErrChanged, ErrGone or ErrNoSpace if they don't hold.
func (w *writer) checkConditions(ctx context.Context, r *room, d *journal.Draft, p Position) error {
	if err := d.InTime(p.At); err != nil {
		return err
	}
	for _, c := range d.If {
		var value []byte
		err := w.selectState.QueryRowContext(ctx, r.id, c.Key).Scan(&value)
		none := errors.Is(err, sql.ErrNoRows)
		if err != nil && !none {
			return err
		}
		if none != (c.Value == nil) || !bytes.Equal(value, c.Value) {
			return journal.ErrChanged
		}
	}
	if err := w.checkFiles(ctx, r, d); err != nil {
		return err
	}
	if d.Event.Target == 0 || d.StateOnly {
		return nil
	}
	var typ protocol.EventType
	var body []byte
	err := w.entry(ctx, r, d.Event.Target, &typ, &body)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return journal.ErrGone
	case err != nil:
		return err
	case !journal.IsMessage(typ, body):
		return journal.ErrGone
	}
	return nil
}

// entry reads an entry of the room. The error is sql.ErrNoRows if there is none.
func (w *writer) entry(ctx context.Context, r *room, seq uint64, typ *protocol.EventType, body *[]byte) error {
	position, err := w.position(ctx, r, seq)
	if err != nil {
		return err
	}
	return w.selectEntry.QueryRowContext(ctx, position, r.id, int64(seq)).Scan(typ, body)
}

// hasContent reports whether entry seq still has its content: whether it is neither
// erased nor pruned.
func (w *writer) hasContent(ctx context.Context, r *room, seq uint64) (bool, error) {
	var typ protocol.EventType
	var body []byte
	err := w.entry(ctx, r, seq, &typ, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil && !bytes.Equal(body, protocol.ErasedBody(typ)), err
}
