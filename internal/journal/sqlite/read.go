package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"snug/internal/journal"
)

const (
	selectEntry = `SELECT seq, at, type, id, member, nick, role, guest, bot, ifnull(target, 0), body, private FROM entries
		WHERE room = (SELECT id FROM rooms WHERE code = ?) AND `
	selectAfter  = selectEntry + `seq > ? ORDER BY seq LIMIT ?`
	selectBefore = selectEntry + `seq < ? ORDER BY seq DESC LIMIT ?`
)

// ReadAfter implements [journal.Journal].
func (f *File) ReadAfter(ctx context.Context, room string, after uint64, limit int) ([]journal.Entry, error) {
	return f.page(ctx, selectAfter, room, after, limit, 1)
}

// ReadBefore implements [journal.Journal].
func (f *File) ReadBefore(ctx context.Context, room string, before uint64, limit int) ([]journal.Entry, error) {
	entries, err := f.page(ctx, selectBefore, room, before, limit, ^uint64(0))
	slices.Reverse(entries)
	return entries, err
}

// page reads entries whose seqs differ by step, which is 1 or, modulo 2^64, -1.
func (f *File) page(ctx context.Context, query, room string, seq uint64, limit int, step uint64) ([]journal.Entry, error) {
	f.reading.RLock()
	defer f.reading.RUnlock()
	// SQLite's integers are signed, and a negative LIMIT means no limit.
	rows, err := f.reads.QueryContext(ctx, query, room, int64(min(seq, math.MaxInt64)), max(limit, 0))
	if err != nil {
		return nil, fmt.Errorf("read room %q: %w", room, err)
	}
	defer rows.Close()
	var entries []journal.Entry
	for size := 0; size < journal.PageBytes && rows.Next(); {
		var e journal.Entry
		var at int64
		err := rows.Scan(&e.Seq, &at, &e.Type, &e.ID, &e.From.Member, &e.From.Nick, &e.From.Role, &e.From.Guest, &e.From.Bot, &e.Target, (*[]byte)(&e.Body), &e.Private)
		if err != nil {
			return nil, fmt.Errorf("read room %q: %w", room, err)
		}
		if n := len(entries); n > 0 && e.Seq != entries[n-1].Seq+step {
			return nil, fmt.Errorf("read room %q: %w: %d follows %d", room, ErrDamaged, e.Seq, entries[n-1].Seq)
		}
		e.At = time.UnixMilli(at)
		entries = append(entries, e)
		size += e.Size()
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read room %q: %w", room, err)
	}
	return entries, nil
}

// Snapshot returns the room as it is in the file now. It blocks for the disk, until ctx
// ends.
func (f *File) Snapshot(ctx context.Context, room string) (journal.Snapshot, error) {
	s, err := f.snapshot(ctx, room)
	if err != nil {
		return journal.Snapshot{}, fmt.Errorf("open room %q: %w", room, err)
	}
	return s, nil
}

func (f *File) snapshot(ctx context.Context, room string) (journal.Snapshot, error) {
	s := journal.Snapshot{First: 1, State: map[string][]byte{}}
	f.reading.RLock()
	defer f.reading.RUnlock()
	tx, err := f.reads.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return s, err
	}
	defer func() { _ = tx.Rollback() }() // it only read

	var id, generation uint64
	err = tx.QueryRowContext(ctx, "SELECT id, generation, first, head FROM rooms WHERE code = ?", room).Scan(&id, &generation, &s.First, &s.Head)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return s, err
	}
	s.Epoch = f.id.Epoch(room, generation)
	rows, err := tx.QueryContext(ctx, "SELECT key, value FROM state WHERE room = ?", id)
	if err != nil {
		return s, err
	}
	defer rows.Close()
	for rows.Next() {
		var key string
		var value []byte
		if err := rows.Scan(&key, &value); err != nil {
			return s, err
		}
		s.State[key] = value
	}
	return s, rows.Err()
}
