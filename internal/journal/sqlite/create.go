package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// create makes an empty log under another name, and renames it to path when it is
// complete and durable. So a file at path is never incomplete, and an empty file there
// is damage.
func create(ctx context.Context, path string) error {
	if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
		return fmt.Errorf("%w: the file is missing but %s-wal is there: put the file back, or move the -wal away to begin an empty log", ErrDamaged, path)
	}
	fresh := path + newSuffix
	for _, left := range []string{fresh, fresh + "-journal", fresh + "-wal", fresh + "-shm"} { // by an interrupted start
		if err := os.Remove(left); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	file, err := os.OpenFile(fresh, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	db, conn, err := connect(ctx, fresh, "synchronous(EXTRA)", "fullfsync(1)")
	if err != nil {
		return err
	}
	err = migrate(ctx, conn, 0)
	if err == nil {
		// Set here and not when the log is opened: a kill while the mode changes would
		// leave a -journal next to path, and the check, which doesn't write, can't
		// roll that back.
		_, err = conn.ExecContext(ctx, "PRAGMA journal_mode = WAL")
	}
	if err := errors.Join(err, conn.Close(), db.Close()); err != nil {
		return err
	}
	if err := os.Rename(fresh, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}
