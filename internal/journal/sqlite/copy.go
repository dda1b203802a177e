package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"snug/internal/journal"
)

// Copy is a copy of a log in a file of its own. Closing it removes the file.
type Copy struct {
	*os.File
	Size    int64 // in bytes
	release func()
}

// Close closes and removes the copy.
func (c *Copy) Close() error {
	defer c.release()
	return errors.Join(c.File.Close(), removeCopy(c.Name()))
}

// Copy makes a copy of the log as it is at one moment during the call. The copy is a file
// next to the log that only its owner can read. There is one copy at a time, so that no
// forgotten copy keeps what is erased from the log. The copy has a session that no lock
// file knows, so a log that is opened on it gets a new incarnation.
//
// Copy blocks for the disk. While it runs, the -wal can't be emptied. So it ends with an
// error when Reopen needs to empty it.
func (f *File) Copy(ctx context.Context) (*Copy, error) {
	if !f.copying.TryLock() {
		return nil, fmt.Errorf("copy log %s: %w", f.path, journal.ErrCopying)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	f.cancelCopy.Store(&cancel)
	file, size, err := f.copy(ctx, f.path+copySuffix)
	f.cancelCopy.Store(nil)
	if err != nil {
		f.copying.Unlock()
		if errors.Is(context.Cause(ctx), errCopyCancelled) {
			err = errCopyCancelled
		}
		return nil, fmt.Errorf("copy log %s: %w", f.path, f.explainFull(err))
	}
	return &Copy{file, size, f.copying.Unlock}, nil
}

// errCopyCancelled says that Reopen has ended a copy.
var errCopyCancelled = errors.New("writing to the log has failed meanwhile, and it had to be reopened: try again")

// endCopy ends a copy that is being made.
func (f *File) endCopy() {
	if cancel := f.cancelCopy.Load(); cancel != nil {
		(*cancel)(errCopyCancelled)
	}
}

// removeCopy removes a copy, and the file that SQLite keeps next to it while it is made.
func removeCopy(path string) (err error) {
	for _, left := range []string{path, path + "-journal"} {
		if e := os.Remove(left); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

// FileIDs returns the IDs of the files that the copied log has.
func (c *Copy) FileIDs(ctx context.Context) (ids []string, err error) {
	db, conn, err := connect(ctx, c.Name(), immutable, queryOnly)
	if err != nil {
		return nil, fmt.Errorf("read a copy of the log: %w", err)
	}
	defer db.Close()
	defer conn.Close()
	if ids, err = texts(ctx, conn, "SELECT id FROM files ORDER BY id"); err != nil {
		return nil, fmt.Errorf("read a copy of the log: %w", err)
	}
	return ids, nil
}

func (f *File) copy(ctx context.Context, path string) (_ *os.File, size int64, err error) {
	// SQLite accepts an existing file that is empty. A file that it created itself
	// would be readable by everyone.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, file.Close(), removeCopy(path))
		}
	}()
	// This takes long, so it uses none of the few connections for reading.
	if err := execAt(ctx, f.path, "VACUUM INTO ?", path); err != nil {
		return nil, 0, err
	}
	if err := execAt(ctx, path, removeAllLeftovers); err != nil {
		return nil, 0, err
	}
	if err := execAt(ctx, path, "UPDATE log SET session = randomblob(?)", sessionBytes); err != nil {
		return nil, 0, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, 0, err
	}
	return file, info.Size(), nil
}

// removeAllLeftovers has no text of a closed room in a copy that is made before the log's
// own leftovers are removed.
const removeAllLeftovers = `BEGIN;
	DELETE FROM entries WHERE room IN (SELECT room FROM leftovers);
	DELETE FROM places WHERE room IN (SELECT room FROM leftovers);
	DELETE FROM ids WHERE room IN (SELECT room FROM leftovers);
	DELETE FROM state WHERE room IN (SELECT room FROM leftovers);
	DELETE FROM files WHERE room IN (SELECT room FROM leftovers);
	DELETE FROM leftovers;
	COMMIT`

// execAt executes a statement on a connection of its own.
func execAt(ctx context.Context, path, statement string, args ...any) error {
	db, conn, err := connect(ctx, path, "secure_delete(1)")
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, statement, args...)
	return errors.Join(err, conn.Close(), db.Close())
}
