package sqlite

import (
	"context"
	"errors"
	"fmt"

	"snug/internal/journal"
)

// Found is an entry that Reopen found.
type Found struct {
	Room       string
	Generation uint64
	Entry      journal.Entry
}

// Reopen opens the file for writing again, after a Commit that failed. If it returns no
// error, everything in the file is durable. found are then the entries after the last
// successful Commit, in order: either all entries of the failed one or none. After an
// error the caller may call it again.
func (f *File) Reopen(ctx context.Context) (found []Found, err error) {
	f.endCopy() // it would keep the -wal from being written back
	var at Position
	err = f.closeWriter()
	if err == nil {
		var id journal.Identity
		id, at, err = f.openWriter(ctx)
		if err == nil && id != f.id {
			err = errors.New("another log has taken its place")
		}
	}
	if err == nil {
		found, err = f.entriesAfter(ctx, f.after.Position)
	}
	if err != nil {
		return nil, fmt.Errorf("reopen log %s: %w", f.path, errors.Join(err, f.closeWriter()))
	}
	f.after = at // only now: the attempt after a failed one must find these entries again
	return found, nil
}

// selectFound also finds the entries of rooms that were closed after them.
const selectFound = `SELECT coalesce(rooms.code, leftovers.code), coalesce(rooms.generation, leftovers.generation), ` + entryColumns + `
	FROM entries LEFT JOIN rooms ON rooms.id = entries.room LEFT JOIN leftovers ON leftovers.room = entries.room
	WHERE position > ? ORDER BY position`

func (f *File) entriesAfter(ctx context.Context, position uint64) ([]Found, error) {
	rows, err := f.write.conn.QueryContext(ctx, selectFound, position)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Found
	for rows.Next() {
		var one Found
		if err := scanEntry(rows, &one.Entry, &one.Room, &one.Generation); err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, rows.Err()
}
