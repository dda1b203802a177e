package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const wantWritable = "the server's user must be able to write the file and its directory"

// explainFile adds to an error of the system what the operator can do.
func explainFile(err error) error {
	switch {
	case errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		var file *fs.PathError
		if errors.As(err, &file) {
			err = file.Err // which file it was doesn't matter
		}
		return fmt.Errorf("%w: raise the limit of open files (ulimit -n, or LimitNOFILE= of systemd)", err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fmt.Errorf("%w: %s", err, wantWritable)
	}
	return err
}

// explainOpen says why SQLite couldn't open the log at path. SQLite's own message,
// "unable to open database file", doesn't.
func explainOpen(path string, err error) error {
	var failed *sqlite.Error
	if !errors.As(err, &failed) {
		return explainFile(err)
	}
	switch failed.Code() & 0xff { // without the extended code
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM:
		return fmt.Errorf("%w: %s", err, wantWritable)
	case sqlite3.SQLITE_CANTOPEN:
	default:
		return err
	}
	if kind := checkFiles(path); kind != nil {
		return kind
	}
	// By now SQLite has closed its files. An open log has this many, at most.
	const files = 4 + 3*(1+readers)
	var open []*os.File
	defer func() {
		for _, f := range open {
			_ = f.Close()
		}
	}()
	for range files {
		f, openErr := os.Open(os.DevNull)
		if openErr != nil {
			return explainFile(openErr)
		}
		open = append(open, f)
	}
	if _, openErr := os.Stat(path); openErr != nil {
		return explainFile(openErr)
	}
	return fmt.Errorf("SQLite can't open it or a file next to it: %w", err)
}
