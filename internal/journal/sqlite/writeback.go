package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// WriteBack moves all of the -wal into the file and leaves it empty, so that what
// was erased is in neither. It is for the goroutine that commits, and waits for
// our own reads. For another process that uses the log it doesn't wait: try again
// in a while.
func (f *File) WriteBack(ctx context.Context) error {
	if f.write == nil {
		return fmt.Errorf("write back log %s: it is not open", f.path)
	}
	if err := f.writeBack(ctx, f.write.conn); err != nil {
		return fmt.Errorf("write back log %s: %w", f.path, err)
	}
	return nil
}

func (f *File) writeBack(ctx context.Context, conn *sql.Conn) error {
	f.reading.Lock()
	defer f.reading.Unlock()
	if _, err := conn.ExecContext(ctx, "PRAGMA busy_timeout = 0"); err != nil {
		return err
	}
	var busy, inWAL, moved int
	checkpoint := conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &inWAL, &moved)
	if _, err := conn.ExecContext(ctx, fmt.Sprintf("PRAGMA busy_timeout = %d", busyTimeout.Milliseconds())); err != nil || checkpoint != nil {
		return errors.Join(checkpoint, err)
	}
	if busy != 0 {
		return errors.New("another process is using it and keeps its -wal from being written back")
	}
	return nil
}
