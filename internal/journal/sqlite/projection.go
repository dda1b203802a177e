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
)

// OpenProjection opens a log that is a projection of a stream. The stream has the order
// and the incarnation, so the file keeps its incarnation wherever it comes from. If Open
// opens the file later, it gets a new one.
func OpenProjection(ctx context.Context, path string) (*File, error) {
	return openAs(ctx, path, true)
}

// Incarnation returns the log's incarnation, from which all epochs are derived.
func (f *File) Incarnation() [16]byte { return f.id.Incarnation }

// SetIncarnation sets the log's incarnation, and so changes every room's epoch. It is for
// the goroutine that commits, before anyone reads.
func (f *File) SetIncarnation(ctx context.Context, incarnation [16]byte) error {
	if _, err := f.write.conn.ExecContext(ctx, "UPDATE log SET incarnation = ?", incarnation[:]); err != nil {
		return fmt.Errorf("log %s: set its incarnation: %w", f.path, err)
	}
	id := f.id
	id.Incarnation = incarnation
	f.setIdentity(id)
	return nil
}

// Digest returns the digest that distinguishes a repeat of d from another command with
// its ID.
func (f *File) Digest(d *journal.Draft) journal.Digest { return f.digester.Digest(d) }

// LastBefore returns the position of the last entry that is older than t, or 0 if there
// is none.
func (f *File) LastBefore(ctx context.Context, t time.Time) (position uint64, err error) {
	f.reading.RLock()
	defer f.reading.RUnlock()
	var low, high uint64 // the position is between them
	if err := f.reads.QueryRowContext(ctx, "SELECT ifnull(max(position), 0) FROM entries").Scan(&high); err != nil {
		return 0, fmt.Errorf("find old entries: %w", err)
	}
	// The log's clock doesn't run backwards, so entries are in the order of their time.
	for low < high {
		middle := low + (high-low+1)/2
		var at int64
		var found uint64
		if err := f.reads.QueryRowContext(ctx, "SELECT position, at FROM entries WHERE position <= ? ORDER BY position DESC LIMIT 1", middle).Scan(&found, &at); errors.Is(err, sql.ErrNoRows) {
			low = middle // no entry up to there is left
			continue
		} else if err != nil {
			return 0, fmt.Errorf("find old entries: %w", err)
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

// LastErasure returns the largest position that Result.Erased has had, or 0.
func (f *File) LastErasure(ctx context.Context) (position uint64, err error) {
	f.reading.RLock()
	defer f.reading.RUnlock()
	err = f.reads.QueryRowContext(ctx, "SELECT erased FROM log").Scan(&position)
	return position, err
}

// Replace removes the log at path, which nobody may have open, and renames the complete
// file fresh to path. A kill in between leaves the old log, the new one, or none.
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
	// Before the rename, because SQLite would apply the old -wal to the new file.
	if err := RemoveLog(path); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// RemoveLog removes the log at path, which nobody may have open. It removes the file
// before its -wal, because the file without its -wal would be an older log.
func RemoveLog(path string) (err error) {
	for _, left := range []string{path, path + "-wal", path + "-shm"} {
		if e := os.Remove(left); !errors.Is(e, os.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}
