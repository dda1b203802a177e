package sqlite

import (
	"context"
	"errors"
	"fmt"

	"snug/internal/journal"
)

// Found is an entry that Reopen found.
type Found struct {
	Room  string
	Entry journal.Entry
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

func (f *File) entriesAfter(ctx context.Context, position uint64) ([]Found, error) {
	rows, err := f.write.conn.QueryContext(ctx, "SELECT code, seq FROM entries JOIN rooms ON rooms.id = entries.room WHERE position > ? ORDER BY position", position)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var found []Found
	for rows.Next() {
		var at Found
		if err := rows.Scan(&at.Room, &at.Entry.Seq); err != nil {
			return nil, err
		}
		found = append(found, at)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	for i := range found {
		page, err := f.ReadAfter(ctx, found[i].Room, found[i].Entry.Seq-1, 1)
		if err != nil {
			return nil, err
		}
		if len(page) == 0 {
			return nil, fmt.Errorf("%w: room %q has no entry %d", ErrDamaged, found[i].Room, found[i].Entry.Seq)
		}
		found[i].Entry = page[0]
	}
	return found, nil
}
