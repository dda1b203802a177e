package sqlite

import (
	"context"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"snug/internal/journal"
)

// Cut is what a room lets go of: its entries before First, Entries of them.
type Cut struct {
	Room    string
	First   uint64
	Entries int
}

const (
	// The log's own clock doesn't run backwards, so what is too old is the
	// beginning of the table.
	selectOld = `SELECT code, max(seq) + 1, count(*) FROM (SELECT room, seq, at FROM entries ORDER BY position LIMIT ?2) AS oldest
		JOIN rooms ON rooms.id = oldest.room WHERE oldest.at < ?1 GROUP BY rooms.id`
	selectMany = `SELECT code, first + min(head + 1 - first - ?1, ?2), min(head + 1 - first - ?1, ?2) FROM rooms
		WHERE head + 1 - first > ?1 LIMIT ?2`
)

// Excess returns cuts on the way to what k keeps, which together take some limit
// entries: at most twice as many. There are none only if k keeps all that is there.
func (f *File) Excess(ctx context.Context, k journal.Keep, limit int) (cuts []Cut, err error) {
	if !k.Since.IsZero() {
		cuts, err = f.cuts(ctx, selectOld, k.Since.UnixMilli(), limit)
	}
	if err == nil && len(cuts) == 0 && k.Last > 0 {
		cuts, err = f.cuts(ctx, selectMany, int64(min(k.Last, math.MaxInt64)), limit)
	}
	if err != nil {
		return nil, fmt.Errorf("look for what is to be pruned: %w", err)
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
		if err := rows.Scan(&c.Room, &c.First, &c.Entries); err != nil {
			return nil, err
		}
		cuts = append(cuts, c)
		total += c.Entries
	}
	return cuts, rows.Err()
}

// Prune makes cuts, with one transaction and one fsync. It is for the goroutine
// that commits. If it fails, Reopen says what is there, as after a Commit.
func (f *File) Prune(ctx context.Context, cuts []Cut) error {
	if f.write == nil {
		return fmt.Errorf("prune log %s: it is not open", f.path)
	}
	if err := f.write.prune(ctx, cuts); err != nil {
		return fmt.Errorf("prune log %s: %w", f.path, f.explain(err))
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

// cut makes a cut in a transaction, and returns the position of the last entry that
// went; 0 if none did.
func (w *writer) cut(ctx context.Context, c Cut) (last uint64, err error) {
	const room = "(SELECT id FROM rooms WHERE code = ?)"
	if err := w.conn.QueryRowContext(ctx, "SELECT ifnull(max(position), 0) FROM entries WHERE room = "+room+" AND seq < ?", c.Room, c.First).Scan(&last); err != nil {
		return 0, err
	}
	if _, err := w.conn.ExecContext(ctx, "DELETE FROM entries WHERE room = "+room+" AND seq < ?", c.Room, c.First); err != nil {
		return 0, err
	}
	_, err = w.conn.ExecContext(ctx, "UPDATE rooms SET first = max(first, ?) WHERE code = ?", c.First, c.Room)
	return last, err
}

// Pruner prunes a log in small steps, for an engine.
type Pruner struct {
	turn   chan struct{} // full while somebody prunes
	pruned atomic.Uint64 // entries
}

// NewPruner returns one that has pruned nothing yet.
func NewPruner() *Pruner { return &Pruner{turn: make(chan struct{}, 1)} }

const (
	// pruneStep is about how many entries go in one step.
	pruneStep = 250
	// pruneRest is how many times as long as a step took the next one waits: so
	// much of the disk's time is the commits'.
	pruneRest = 2
)

// Prune is [journal.Pruner]'s. step has cuts made where the log's commits are, and
// returns when they are; when closing is closed it returns journal.ErrClosed.
func (p *Pruner) Prune(ctx context.Context, f *File, k journal.Keep, closing <-chan struct{}, step func(context.Context, []Cut) error) (pruned int, err error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	// One bound after the other: what comes meanwhile is the next pruning's, or
	// this might never end.
	for _, bound := range []journal.Keep{{Since: k.Since}, {Last: k.Last}} {
		for went := pruneStep; went >= pruneStep; { // fewer are the last
			select {
			case <-closing:
				return pruned, journal.ErrClosed
			default:
			}
			cuts, err := f.Excess(ctx, bound, pruneStep)
			if err != nil {
				return pruned, err
			}
			if len(cuts) == 0 {
				break
			}
			began := time.Now()
			if err := step(ctx, cuts); err != nil {
				return pruned, err
			}
			went = 0
			for _, c := range cuts {
				went += c.Entries
			}
			pruned += went
			p.pruned.Add(uint64(went))
			rest(ctx, pruneRest*time.Since(began), closing)
		}
	}
	return pruned, nil
}

func rest(ctx context.Context, d time.Duration, closing <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-closing:
	case <-ctx.Done():
	}
}
