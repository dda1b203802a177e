package sqlite

import (
	"context"
	"math"
	"time"

	"snug/internal/journal"
)

// expire removes the room's entries that are older than age by the log's clock, or all if
// age is negative, but at most journal.ExpireMax of them.
func (w *writer) expire(ctx context.Context, r *room, age time.Duration, p Position) (result Result, err error) {
	before := int64(math.MaxInt64)
	if age >= 0 {
		before = p.At.Add(-age).UnixMilli()
	}
	if err := w.saveRoom(ctx, r); err != nil { // the entries are found by the file's places
		return result, err
	}
	var first, old uint64
	if err := w.conn.QueryRowContext(ctx, "SELECT first FROM rooms WHERE id = ?", r.id).Scan(&first); err != nil {
		return result, err
	}
	err = w.conn.QueryRowContext(ctx, "SELECT count(*)"+ofRoom+" AND at < ?4", r.id, first, first+journal.ExpireMax, before).Scan(&old)
	if err != nil || old == 0 {
		return result, err
	}
	result.More = old > journal.ExpireMax
	// The room's clock doesn't run backwards, and its seqs have no gaps.
	result.First = first + min(old, journal.ExpireMax)
	result.Erased, err = w.cutRoom(ctx, r, result.First)
	return result, err
}
