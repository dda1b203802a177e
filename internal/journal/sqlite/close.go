package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"snug/internal/journal"
	"snug/protocol"
)

// closeRoom makes the draft the room's last entry, and ends the room.
//
// Deleting what a room has can take long, and other rooms' drafts would wait for it. So the
// room's code only gets another id, under which there is nothing. From then on nobody finds
// the old rows, except by the table of leftovers, and RemoveLeftovers deletes them step by
// step.
func (w *writer) closeRoom(ctx context.Context, r *room, d *journal.Draft, p Position) (Result, error) {
	result, err := w.insert(ctx, r, &journal.Draft{Event: d.Event, Private: d.Private}, p)
	if err != nil {
		return Result{}, err
	}
	if err := w.savePart(ctx, r, r.head); err != nil {
		return Result{}, err
	}
	if _, err := w.conn.ExecContext(ctx, "INSERT INTO leftovers SELECT id, code, generation FROM rooms WHERE id = ?", r.id); err != nil {
		return Result{}, err
	}
	// No row of rooms is ever deleted, so the largest id is larger than all that were used.
	after := &room{generation: r.generation + 1, closed: p.At.Add(protocol.ClosedFor).UnixMilli()}
	err = w.conn.QueryRowContext(ctx, `UPDATE rooms SET id = (SELECT max(id) + 1 FROM rooms), generation = ?, first = 1, head = 0, closed = ?,
		recent = '[]', messages = 0, bytes = 0, said = 0 WHERE id = ? RETURNING id`, int64(after.generation), after.closed, r.id).Scan(&after.id)
	if err != nil {
		return Result{}, err
	}
	*r = *after
	result.Erased, result.Closed = p.Position, true
	return result, nil
}

// endClosed lets a code be used again that was closed for a while.
func (w *writer) endClosed(ctx context.Context, r *room) error {
	r.closed = 0
	_, err := w.conn.ExecContext(ctx, "UPDATE rooms SET closed = 0 WHERE id = ?", r.id)
	return err
}

// leftoversStep is how many entries, and rows of each other table, one call of RemoveLeftovers
// deletes at most.
const leftoversStep = 256

// RemoveLeftovers deletes some rows that a closed room has left, with one transaction and
// one fsync. It reports whether there may be more. It is for the goroutine that commits.
// After an error the caller must call Reopen, as after Commit.
func (f *File) RemoveLeftovers(ctx context.Context) (more bool, err error) {
	if f.write == nil {
		return false, fmt.Errorf("remove what closed rooms have left in log %s: it is not open", f.path)
	}
	if more, err = f.write.removeLeftovers(ctx); err != nil {
		return false, fmt.Errorf("remove what closed rooms have left in log %s: %w", f.path, f.explainFull(err))
	}
	return more, nil
}

func (w *writer) removeLeftovers(ctx context.Context) (more bool, err error) {
	var room int64
	err = w.conn.QueryRowContext(ctx, "SELECT room FROM leftovers LIMIT 1").Scan(&room)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if _, err := w.begin.exec(ctx); err != nil {
		return false, err
	}
	defer func() {
		if err != nil {
			_, _ = w.conn.ExecContext(ctx, "ROLLBACK") // there may be no transaction left
		}
	}()
	before := len(w.dropped)
	if err := w.dropFiles(ctx, "id IN (SELECT id FROM files WHERE room = ? LIMIT ?)", room, leftoversStep); err != nil {
		return false, err
	}
	left := len(w.dropped)-before == leftoversStep
	const parts = leftoversStep / partSize
	for _, removal := range []struct {
		statement string
		limit     int64
	}{
		{"DELETE FROM entries WHERE position IN (SELECT value FROM (SELECT positions FROM places WHERE room = ?1 ORDER BY part LIMIT ?2), json_each(positions)) AND room = ?1", parts},
		{"DELETE FROM places WHERE (room, part) IN (SELECT room, part FROM places WHERE room = ? ORDER BY part LIMIT ?)", parts},
		{"DELETE FROM ids WHERE position IN (SELECT position FROM ids WHERE room = ? LIMIT ?)", leftoversStep},
		{"DELETE FROM state WHERE (room, key) IN (SELECT room, key FROM state WHERE room = ? LIMIT ?)", leftoversStep},
	} {
		result, err := w.conn.ExecContext(ctx, removal.statement, room, removal.limit)
		if err != nil {
			return false, err
		}
		deleted, err := result.RowsAffected()
		if err != nil {
			return false, err
		}
		left = left || deleted >= removal.limit
	}
	if !left {
		if _, err := w.conn.ExecContext(ctx, "DELETE FROM leftovers WHERE room = ?", room); err != nil {
			return false, err
		}
	}
	_, err = w.commit.exec(ctx)
	return true, err // of this room or another one
}
