package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// OpenProjection is Open for a log that is a projection of something else, which
// has the order and says which log it is: wherever the file comes from, it keeps its
// incarnation. Open gives it another afterwards.
func OpenProjection(ctx context.Context, path string) (*File, error) {
	return openAs(ctx, path, true)
}

// Incarnation returns the log's, which each room's epoch is made of.
func (f *File) Incarnation() [16]byte { return f.id.Incarnation }

// Adopt gives the log an incarnation, and so each room another epoch. It is for the
// goroutine that commits, before anyone reads.
func (f *File) Adopt(ctx context.Context, incarnation [16]byte) error {
	if _, err := f.write.conn.ExecContext(ctx, "UPDATE log SET incarnation = ?", incarnation[:]); err != nil {
		return fmt.Errorf("log %s: take on an incarnation: %w", f.path, err)
	}
	id := f.id
	id.Incarnation = incarnation
	f.know(id)
	return nil
}

// Digest returns what tells a repeat of d from another command under its id.
func (f *File) Digest(d *journal.Draft) journal.Digest { return f.dg.Digest(d) }

// LastBefore returns the position of the last entry that is older than t; 0 if none
// is.
func (f *File) LastBefore(ctx context.Context, t time.Time) (position uint64, err error) {
	f.reading.RLock()
	defer f.reading.RUnlock()
	var low, high uint64 // what is looked for is in low to high
	if err := f.reads.QueryRowContext(ctx, "SELECT ifnull(max(position), 0) FROM entries").Scan(&high); err != nil {
		return 0, fmt.Errorf("look for what is old: %w", err)
	}
	// The log's own clock doesn't run backwards, so position and time are one order.
	for low < high {
		middle := low + (high-low+1)/2
		var at int64
		var found uint64
		if err := f.reads.QueryRowContext(ctx, "SELECT position, at FROM entries WHERE position <= ? ORDER BY position DESC LIMIT 1", middle).Scan(&found, &at); errors.Is(err, sql.ErrNoRows) {
			low = middle // nothing is left up to there
			continue
		} else if err != nil {
			return 0, fmt.Errorf("look for what is old: %w", err)
		}
		if at < t.UnixMilli() {
			low = middle
		} else {
			high = found - 1
		}
	}
	err = f.reads.QueryRowContext(ctx, "SELECT ifnull(max(position), 0) FROM entries WHERE position <= ?", low).Scan(&position)
	return position, err
}

// LastErasure returns the position of the last entry that erased another; 0 if none
// did. It reads all entries.
func (f *File) LastErasure(ctx context.Context) (position uint64, err error) {
	f.reading.RLock()
	defer f.reading.RUnlock()
	err = f.reads.QueryRowContext(ctx, "SELECT ifnull(max(position), 0) FROM entries WHERE type = ?", protocol.EventDeleted).Scan(&position)
	return position, err
}

// Replace puts the file fresh, which is whole, in the place of the log at path, which
// nobody has open, and removes that. A kill meanwhile leaves the one, the other or
// none.
func Replace(path, fresh string) error {
	path, err := resolve(path)
	if err != nil {
		return err
	}
	held, err := acquire(path)
	if err != nil {
		return err
	}
	defer held.release()
	// Before the rename: what is in the old -wal would be taken for the new file's.
	if err := RemoveLog(path); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// RemoveLog removes the log at path, which nobody has open: the file first, or
// without its -wal it would be another.
func RemoveLog(path string) (err error) {
	for _, left := range []string{path, path + "-wal", path + "-shm"} {
		if e := os.Remove(left); !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}
