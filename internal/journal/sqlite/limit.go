package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrFull says that the log has reached its size limit, or that its disk is full.
var ErrFull = errors.New("it is full")

// Limit sets the largest size of the file in bytes, rounded down to SQLite's pages; 0 is
// no limit. A Commit that needs more fails with ErrFull, and so do later ones until there
// is room. A file that is larger already keeps its size. Limit is for the goroutine that
// commits.
func (f *File) Limit(ctx context.Context, bytes int64) error {
	f.maxBytes = bytes
	if err := f.limit(ctx, f.write.conn); err != nil {
		return fmt.Errorf("limit log %s: %w", f.path, err)
	}
	return nil
}

func (f *File) limit(ctx context.Context, conn *sql.Conn) error {
	const unlimited = 0xfffffffe // the largest that SQLite allows, see "Limits In SQLite"
	var pageSize, set int64
	if err := conn.QueryRowContext(ctx, "PRAGMA page_size").Scan(&pageSize); err != nil {
		return err
	}
	pages := int64(unlimited)
	if f.maxBytes > 0 {
		pages = max(f.maxBytes/pageSize, 1)
	}
	return conn.QueryRowContext(ctx, fmt.Sprintf("PRAGMA max_page_count = %d", pages)).Scan(&set)
}

// explainFull adds to SQLite's error for a full file what it means.
func (f *File) explainFull(err error) error {
	var failed *sqlite.Error
	if !errors.As(err, &failed) || failed.Code()&0xff != sqlite3.SQLITE_FULL {
		return err
	}
	if f.maxBytes > 0 {
		return fmt.Errorf("%w: it has reached its limit of %d bytes, or its disk is full: raise the limit, prune, or free space (%w)", ErrFull, f.maxBytes, err)
	}
	return fmt.Errorf("%w: its disk is full: free space (%w)", ErrFull, err)
}
