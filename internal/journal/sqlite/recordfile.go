package sqlite

import (
	"context"
	"slices"

	"snug/internal/journal"
)

// record records a file, whose bytes are durable.
func (w *writer) record(ctx context.Context, r *room, rec *journal.Recording, p Position) error {
	info := rec.Info
	if info == nil {
		info = []byte{} // the driver writes nil as NULL, which the column refuses
	}
	_, err := w.conn.ExecContext(ctx, "INSERT INTO files VALUES (?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT (id) DO NOTHING",
		rec.ID, r.id, rec.Uploader, rec.Size, rec.Digest[:], info, p.At.UnixMilli())
	return err
}

// checkFiles checks that the room has space for the file that a draft records, and that
// the draft's files can be used. The error is ErrNoSpace or ErrGone if not.
func (w *writer) checkFiles(ctx context.Context, r *room, d *journal.Draft) error {
	if d.StateOnly {
		if d.Record == nil || d.Record.MaxRoom == 0 {
			return nil
		}
		var others int64
		err := w.conn.QueryRowContext(ctx, "SELECT ifnull(sum(size), 0) FROM files WHERE room = ? AND id != ?", r.id, d.Record.ID).Scan(&others)
		if err == nil && d.Record.Size > d.Record.MaxRoom-others {
			err = journal.ErrNoSpace
		}
		return err
	}
	for i, id := range d.Files {
		var free int
		if err := w.conn.QueryRowContext(ctx, "SELECT count(*) FROM files WHERE id = ? AND room = ? AND member = ? AND seq = 0",
			id, r.id, d.Event.From.Member).Scan(&free); err != nil {
			return err
		}
		if free == 0 || slices.Contains(d.Files[:i], id) {
			return journal.ErrGone
		}
	}
	return nil
}

// useFiles gives the draft's files to its entry.
func (w *writer) useFiles(ctx context.Context, ids []string, seq uint64) error {
	for _, id := range ids {
		if _, err := w.conn.ExecContext(ctx, "UPDATE files SET seq = ? WHERE id = ?", int64(seq), id); err != nil {
			return err
		}
	}
	return nil
}

// dropUnused removes the room's files that have belonged to no entry for long.
func (w *writer) dropUnused(ctx context.Context, r *room, p Position) error {
	return w.dropFiles(ctx, "room = ? AND seq = 0 AND at < ?", r.id, p.At.Add(-journal.UnusedFor).UnixMilli())
}

// dropFiles removes files in a transaction. Their bytes are removed once it is committed.
func (w *writer) dropFiles(ctx context.Context, where string, args ...any) error {
	rows, err := w.conn.QueryContext(ctx, "DELETE FROM files WHERE "+where+" RETURNING id", args...) //nolint:gosec // where is a constant
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return err
		}
		w.dropped = append(w.dropped, id)
	}
	return rows.Err()
}

// takeDropped returns the files that were removed from the log since the last call, whose
// bytes can be removed. It is for the goroutine that commits.
func (f *File) takeDropped() []string {
	if f.write == nil {
		return nil
	}
	dropped := f.write.dropped
	f.write.dropped = nil
	return dropped
}
