package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"errors"

	"snug/internal/journal"
	"snug/protocol"
)

// allows checks what the draft asks of the room: ErrChanged or ErrGone if it isn't
// so.
func (w *writer) allows(ctx context.Context, r *room, d *journal.Draft) error {
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
	if d.Event.Target == 0 {
		return nil
	}
	var typ protocol.EventType
	var body []byte
	err := w.selectAbout.QueryRowContext(ctx, r.id, d.Event.Target).Scan(&typ, &body)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return journal.ErrGone
	case err != nil:
		return err
	case !journal.Stands(typ, body):
		return journal.ErrGone
	}
	return nil
}

// says reports whether the entry seq still says what it said: it is neither erased
// nor pruned.
func (w *writer) says(ctx context.Context, r *room, seq uint64) (bool, error) {
	var typ protocol.EventType
	var body []byte
	err := w.selectAbout.QueryRowContext(ctx, r.id, seq).Scan(&typ, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil && !bytes.Equal(body, protocol.ErasedBody(typ)), err
}

// eraseMessage erases a message and its edits. Other connections may still read
// the old text until the transaction commits, and the -wal has it until WriteBack.
func (w *writer) eraseMessage(ctx context.Context, r *room, seq uint64) error {
	if _, err := w.erase.exec(ctx, []byte(protocol.ErasedBody(protocol.EventMessage)), r.id, int64(seq)); err != nil {
		return err
	}
	_, err := w.eraseEdits.exec(ctx, []byte(protocol.ErasedBody(protocol.EventEdited)), r.id, int64(seq))
	return err
}
