package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"slices"
	"time"

	"snug/internal/journal"
)

const (
	entryColumns = `seq, entries.at, type, entries.id, member, nick, role, guest, bot, ifnull(target, 0), body, private`
	selectEntry  = `SELECT ` + entryColumns + ` FROM entries
		WHERE room = (SELECT id FROM rooms WHERE code = ?) AND `
	selectAfter  = selectEntry + `seq > ? ORDER BY seq LIMIT ?`
	selectBefore = selectEntry + `seq < ? ORDER BY seq DESC LIMIT ?`
)

// prepareReads prepares the queries of each join and of the projections. To parse one takes
// longer than to read a few entries by it.
func (f *File) prepareReads(ctx context.Context) (err error) {
	if f.forward, err = f.reads.PrepareContext(ctx, selectAfter); err != nil {
		return err
	}
	f.back, err = f.reads.PrepareContext(ctx, selectBefore)
	return err
}

// ReadAfter implements [journal.Journal].
func (f *File) ReadAfter(ctx context.Context, room string, after uint64, limit int) ([]journal.Entry, error) {
	return f.page(ctx, f.forward, room, after, limit, 1)
}

// ReadBefore implements [journal.Journal].
func (f *File) ReadBefore(ctx context.Context, room string, before uint64, limit int) ([]journal.Entry, error) {
	entries, err := f.page(ctx, f.back, room, before, limit, ^uint64(0))
	slices.Reverse(entries)
	return entries, err
}

// page reads entries whose seqs differ by step, which is 1 or, modulo 2^64, -1.
func (f *File) page(ctx context.Context, query *sql.Stmt, room string, seq uint64, limit int, step uint64) ([]journal.Entry, error) {
	f.reading.RLock()
	defer f.reading.RUnlock()
	// SQLite's integers are signed, and a negative LIMIT means no limit.
	rows, err := query.QueryContext(ctx, room, int64(min(seq, math.MaxInt64)), max(limit, 0))
	if err != nil {
		return nil, fmt.Errorf("read room %q: %w", room, err)
	}
	defer rows.Close()
	var entries []journal.Entry
	for size := 0; size < journal.PageBytes && rows.Next(); {
		var e journal.Entry
		if err := scanEntry(rows, &e); err != nil {
			return nil, fmt.Errorf("read room %q: %w", room, err)
		}
		if n := len(entries); n > 0 && e.Seq != entries[n-1].Seq+step {
			return nil, fmt.Errorf("read room %q: %w: %d follows %d", room, ErrDamaged, e.Seq, entries[n-1].Seq)
		}
		entries = append(entries, e)
		size += e.Size()
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read room %q: %w", room, err)
	}
	return entries, nil
}

// scanEntry reads a row that has the columns entryColumns, after those that before gets.
func scanEntry(rows *sql.Rows, e *journal.Entry, before ...any) error {
	var at int64
	err := rows.Scan(append(before, &e.Seq, &at, &e.Type, &e.ID, &e.From.Member, &e.From.Nick, &e.From.Role, &e.From.Guest, &e.From.Bot, &e.Target, (*[]byte)(&e.Body), &e.Private)...)
	e.At = time.UnixMilli(at)
	return err
}

// Snapshot returns the room as it is in the file now, and the position of the last draft
// that the file has. It blocks for the disk, until ctx ends.
func (f *File) Snapshot(ctx context.Context, room string) (journal.Snapshot, uint64, error) {
	s, position, err := f.snapshot(ctx, room)
	if err != nil {
		return journal.Snapshot{}, 0, fmt.Errorf("open room %q: %w", room, err)
	}
	return s, position, nil
}

const selectSnapshot = `SELECT position, at, ifnull(id, 0), ifnull(generation, 0), ifnull(first, 1), ifnull(head, 0), ifnull(closed, 0)
	FROM log LEFT JOIN rooms ON code = ?`

func (f *File) snapshot(ctx context.Context, room string) (s journal.Snapshot, position uint64, err error) {
	s.State = map[string][]byte{}
	f.reading.RLock()
	defer f.reading.RUnlock()
	tx, err := f.reads.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s, 0, err
	}
	defer func() { _ = tx.Rollback() }() // it only read

	var id, at, closed int64
	if err := tx.QueryRowContext(ctx, selectSnapshot, room).Scan(&position, &at, &id, &s.Generation, &s.First, &s.Head, &closed); err != nil {
		return s, 0, err
	}
	s.Epoch = f.id.Epoch(room, s.Generation)
	if closed > max(at, time.Now().UnixMilli()) {
		s.Closed = time.UnixMilli(closed)
	}
	rows, err := tx.QueryContext(ctx, "SELECT key, value FROM state WHERE room = ?", id)
	if err != nil {
		return s, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var value []byte
		if err := rows.Scan(&key, &value); err != nil {
			return s, 0, err
		}
		s.State[key] = value
	}
	return s, position, rows.Err()
}
