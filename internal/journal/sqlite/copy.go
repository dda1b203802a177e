package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"snug/internal/journal"
)

// Copy is a log in a file of its own, made to be read once.
type Copy struct {
	*os.File
	Size int64
	done func()
}

// Close removes the copy.
func (c *Copy) Close() error {
	defer c.done()
	return errors.Join(c.File.Close(), removeCopy(c.Name()))
}

// Copy makes a copy of the log as it is at one moment during the call, beside it,
// for its owner alone: one at a time, or what is erased in the log would stay in
// those that nobody remembers. The copy is of a session that no log knows, so a log
// that is opened on it has a new incarnation. While it is made the -wal isn't
// emptied.
func (f *File) Copy(ctx context.Context) (*Copy, error) {
	if !f.copying.TryLock() {
		return nil, fmt.Errorf("copy log %s: %w", f.path, journal.ErrCopying)
	}
	file, size, err := f.copy(ctx, f.path+copySuffix)
	if err != nil {
		f.copying.Unlock()
		return nil, fmt.Errorf("copy log %s: %w", f.path, f.explain(err))
	}
	return &Copy{file, size, f.copying.Unlock}, nil
}

// copySuffix is what a copy's name adds to the log's.
const copySuffix = ".copy"

// removeCopy removes a copy and what SQLite keeps beside it while it is made.
func removeCopy(path string) (err error) {
	for _, left := range []string{path, path + "-journal"} {
		if e := os.Remove(left); !errors.Is(e, fs.ErrNotExist) {
			err = errors.Join(err, e)
		}
	}
	return err
}

func (f *File) copy(ctx context.Context, path string) (_ *os.File, size int64, err error) {
	// SQLite fills a file that is there and empty; one that it made all could read.
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, file.Close(), removeCopy(path))
		}
	}()
	// Not one of reads: this takes its time, and those are few.
	if err := execAt(ctx, f.path, "VACUUM INTO ?", path); err != nil {
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

// execAt executes a statement on a connection of its own.
func execAt(ctx context.Context, path, statement string, args ...any) error {
	db, conn, err := connect(ctx, path)
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, statement, args...)
	return errors.Join(err, conn.Close(), db.Close())
}
