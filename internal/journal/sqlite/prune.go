package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"snug/internal/journal"
)

// Cut removes the entries of a room that are before First.
type Cut struct {
	Room       string
	Generation uint64 // of the room; if it has another one, nothing is removed
	First      uint64
	Entries    int // how many those are
}

const (
	// The log's clock doesn't run backwards, so entries that are too old are at the
	// beginning of the table.
	selectOld = `SELECT code, generation, max(seq) + 1, count(*)
		FROM (SELECT room, seq, at FROM entries WHERE room NOT IN (SELECT room FROM leftovers) ORDER BY position LIMIT ?2) AS oldest
		JOIN rooms ON rooms.id = oldest.room WHERE oldest.at < ?1 GROUP BY rooms.id`
	selectMany = `SELECT code, generation, first + min(head + 1 - first - ?1, ?2), min(head + 1 - first - ?1, ?2) FROM rooms
		WHERE head + 1 - first > ?1 LIMIT ?2`
)

const selectPreview = `SELECT ifnull(sum(max(ifnull(old, 0), iif(?2 > 0, max(head + 1 - first - ?2, 0), 0))), 0), ifnull(sum(head + 1 - first), 0), (SELECT at FROM log)
	FROM rooms LEFT JOIN (SELECT room, count(*) AS old FROM entries WHERE position <= ?1 GROUP BY room) ON room = rooms.id`

// Preview returns what pruning by r would remove. It reads all entries that it would
// remove for their age.
func (f *File) Preview(ctx context.Context, r journal.Retention) (p journal.Preview, err error) {
	var old uint64 // the position of the last entry that is too old
	if !r.Since.IsZero() {
		if old, err = f.LastBefore(ctx, r.Since); err != nil {
			return p, err
		}
	}
	f.reading.RLock()
	defer f.reading.RUnlock()
	var at int64
	if err := f.reads.QueryRowContext(ctx, selectPreview, int64(old), int64(min(r.Last, math.MaxInt64))).Scan(&p.Excess, &p.Total, &at); err != nil {
		return p, fmt.Errorf("count entries to prune: %w", err)
	}
	if at != 0 {
		p.Newest = time.UnixMilli(at)
	}
	return p, nil
}

// Excess returns the next cuts that r requires. Together they remove about limit entries,
// at most twice as many. There are none only if r keeps everything that is left.
func (f *File) Excess(ctx context.Context, r journal.Retention, limit int) (cuts []Cut, err error) {
	if !r.Since.IsZero() {
		cuts, err = f.cuts(ctx, selectOld, r.Since.UnixMilli(), limit)
	}
	if err == nil && len(cuts) == 0 && r.Last > 0 {
		cuts, err = f.cuts(ctx, selectMany, int64(min(r.Last, math.MaxInt64)), limit)
	}
	if err != nil {
		return nil, fmt.Errorf("find entries to prune: %w", err)
	}
	return cuts, nil
}

func (f *File) cuts(ctx context.Context, query string, bound int64, limit int) ([]Cut, error) {
	f.reading.RLock()
	defer f.reading.RUnlock()
	rows, err := f.reads.QueryContext(ctx, query, bound, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var cuts []Cut
	for total := 0; total < limit && rows.Next(); {
		var c Cut
		if err := rows.Scan(&c.Room, &c.Generation, &c.First, &c.Entries); err != nil {
			return nil, err
		}
		cuts = append(cuts, c)
		total += c.Entries
	}
	return cuts, rows.Err()
}

// Prune makes cuts, with one transaction and one fsync. It is for the goroutine that
// commits. After an error the caller must call Reopen, as after Commit.
func (f *File) Prune(ctx context.Context, cuts []Cut) error {
	if f.write == nil {
		return fmt.Errorf("prune log %s: it is not open", f.path)
	}
	if err := f.write.prune(ctx, cuts); err != nil {
		return fmt.Errorf("prune log %s: %w", f.path, f.explainFull(err))
	}
	return nil
}

func (w *writer) prune(ctx context.Context, cuts []Cut) (err error) {
	if _, err := w.begin.exec(ctx); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = w.conn.ExecContext(ctx, "ROLLBACK") // there may be no transaction left
		}
	}()
	for _, c := range cuts {
		if _, err := w.cut(ctx, c); err != nil {
			return err
		}
	}
	_, err = w.commit.exec(ctx)
	return err
}

// cut makes a cut in a transaction. It returns the position of the last entry that it
// removed, or 0 if it removed none.
func (w *writer) cut(ctx context.Context, c Cut) (last uint64, err error) {
	r, err := w.findRoom(ctx, c.Room)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	if r.generation != c.Generation {
		return 0, nil // the room was closed meanwhile
	}
	return w.cutRoom(ctx, r, c.First)
}

// cutRoom removes the entries of a room that are before first, with their files and places, in a
// transaction. It returns the position of the last one, or 0 if it removed none.
func (w *writer) cutRoom(ctx context.Context, r *room, first uint64) (last uint64, err error) {
	if first < 2 {
		return 0, nil // there is nothing before it
	}
	if err := w.saveRoom(ctx, r); err != nil { // the entries are found by the file's places
		return 0, err
	}
	var removed statistics
	if err := w.conn.QueryRowContext(ctx, `SELECT ifnull(max(position), 0), count(*) FILTER (WHERE type = 'message' AND body != ?4),
		ifnull(sum(length(body) + ifnull(length(private), 0)), 0)`+ofRoom, r.id, 0, first-1, []byte(w.erased)).Scan(&last, &removed.messages, &removed.bytes); err != nil {
		return 0, err
	}
	if _, err := w.conn.ExecContext(ctx, "DELETE"+ofRoom, r.id, 0, first-1); err != nil {
		return 0, err
	}
	if err := w.dropFiles(ctx, "room = ? AND seq > 0 AND seq < ?", r.id, int64(first)); err != nil {
		return 0, err
	}
	if err := w.cutPlaces(ctx, r, first); err != nil {
		return 0, err
	}
	_, err = w.conn.ExecContext(ctx, "UPDATE rooms SET first = max(first, ?), recent = ?, messages = messages - ?, bytes = bytes - ? WHERE id = ?",
		first, arrayOf(r.recent), removed.messages, removed.bytes, r.id)
	return last, err
}
