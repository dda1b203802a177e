package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"snug/internal/journal"
)

const (
	entryColumns = `seq, entries.at, type, entries.id, member, nick, role, guest, bot, ifnull(target, 0), body, private`
	selectKept   = `SELECT id, first, head FROM rooms WHERE code = ?`
	selectUp     = `SELECT ` + entryColumns + ofRoom + ` ORDER BY position`
	selectDown   = selectUp + ` DESC`
)

// kept is which entries of a room there are: those from first to head.
type kept struct {
	room        int64
	first, head uint64
}

// prepareReads prepares the queries of each join and of the projections. To parse one takes
// longer than to read a few entries by it.
func (f *File) prepareReads(ctx context.Context) (err error) {
	for _, s := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&f.kept, selectKept},
		{&f.up, selectUp},
		{&f.down, selectDown},
	} {
		if *s.stmt, err = f.reads.PrepareContext(ctx, s.text); err != nil {
			return err
		}
	}
	return nil
}

// ReadAfter implements [journal.Journal].
func (f *File) ReadAfter(ctx context.Context, room string, after uint64, limit int) (entries []journal.Entry, err error) {
	err = f.read(ctx, room, func(tx *sql.Tx, k kept) error {
		if limit <= 0 || after >= k.head {
			return nil
		}
		first := max(after+1, k.first)
		entries, err = f.page(ctx, tx, k.room, first, first+min(k.head-first, uint64(limit)-1), false)
		return err
	})
	return entries, err
}

// ReadBefore implements [journal.Journal].
func (f *File) ReadBefore(ctx context.Context, room string, before uint64, limit int) (entries []journal.Entry, err error) {
	err = f.read(ctx, room, func(tx *sql.Tx, k kept) error {
		if limit <= 0 || before <= k.first {
			return nil
		}
		last := min(before-1, k.head)
		entries, err = f.page(ctx, tx, k.room, last-min(last-k.first, uint64(limit)-1), last, true)
		slices.Reverse(entries)
		return err
	})
	return entries, err
}

// read calls do with a transaction that reads, and with which entries of a room there are, unless
// there are none.
func (f *File) read(ctx context.Context, room string, do func(*sql.Tx, kept) error) (err error) {
	defer func() {
		if err != nil {
			err = fmt.Errorf("read room %q: %w", room, err)
		}
	}()
	f.reading.RLock()
	defer f.reading.RUnlock()
	tx, err := f.reads.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }() // it only read
	var k kept
	err = tx.StmtContext(ctx, f.kept).QueryRowContext(ctx, room).Scan(&k.room, &k.first, &k.head)
	if errors.Is(err, sql.ErrNoRows) || err == nil && k.first > k.head {
		return nil
	}
	if err != nil {
		return err
	}
	return do(tx, k)
}

// page reads the entries of a room from first to last, all of which must be there, until they have
// journal.PageBytes. If down is true, it begins with the last one.
func (f *File) page(ctx context.Context, tx *sql.Tx, room int64, first, last uint64, down bool) ([]journal.Entry, error) {
	query := f.up
	if down {
		query = f.down
	}
	rows, err := tx.StmtContext(ctx, query).QueryContext(ctx, room, int64(first), int64(last))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var entries []journal.Entry
	size := 0
	for i := uint64(0); i <= last-first && size < journal.PageBytes; i++ {
		want := first + i
		if down {
			want = last - i
		}
		if !rows.Next() {
			if err := rows.Err(); err != nil {
				return nil, err
			}
			return nil, fmt.Errorf("%w: %d is missing", ErrDamaged, want)
		}
		var e journal.Entry
		if err := scanEntry(rows, &e); err != nil {
			return nil, err
		}
		if e.Seq != want {
			return nil, fmt.Errorf("%w: %d is missing, there is %d", ErrDamaged, want, e.Seq)
		}
		entries = append(entries, e)
		size += e.Size()
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
