package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// create makes an empty log beside path and moves it there when it is whole and
// durable. So a file under path is never half made, and one that is empty was
// emptied by somebody.
func create(ctx context.Context, path string) error {
	if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
		return fmt.Errorf("%w: the file is missing but %s-wal is there: put the file back, or move the -wal away to begin an empty log", ErrDamaged, path)
	}
	fresh := path + ".new"
	for _, left := range []string{fresh, fresh + "-journal", fresh + "-wal", fresh + "-shm"} { // by a start that was cut short
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
		// Already here, or a kill while the mode changes leaves a -journal under
		// path, which a check that writes nothing can't read past.
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
