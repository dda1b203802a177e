package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"modernc.org/sqlite" // and the driver "sqlite"
)

// busyTimeout is how long a statement waits for another process (a backup, a shell) that
// locks the file.
const busyTimeout = 5 * time.Second

// readers is how many reads can run at once, in addition to the one writer.
const readers = 4

// openReaders opens all connections for reading, and with them the files that they need:
// a process that has no descriptors left can still read for the clients it has.
func openReaders(ctx context.Context, path string) (_ *sql.DB, err error) {
	db, err := sql.Open("sqlite", dsn(path, queryOnly))
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers)
	for range readers {
		conn, err := db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		defer conn.Close() // returns it to the pool, open
		var position int64
		if err := conn.QueryRowContext(ctx, "SELECT position FROM log").Scan(&position); err != nil {
			return nil, err
		}
	}
	return db, nil
}

// connect opens the database with one connection. It is in WAL mode if and only if the
// file is.
//
// From then on, SQLite calls fdatasync instead of fsync in this process, where the system
// has it: commits are as durable, and don't wait for the file's times to be written.
func connect(ctx context.Context, path string, pragmas ...string) (*sql.DB, *sql.Conn, error) {
	_, _ = sqlite.Fdatasync(true) // the error says that this system has none: fsync remains
	db, err := sql.Open("sqlite", dsn(path, pragmas...))
	if err != nil {
		return nil, nil, err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return nil, nil, errors.Join(err, db.Close())
	}
	return db, conn, nil
}

// connect and dsn accept these in place of a pragma; they change the URI as well.
const (
	queryOnly = "query_only(1)" // opens the file for reading only
	immutable = "immutable"     // takes no lock, and creates no file next to the log
)

// dsn returns the file's name as a URI (SQLite, "Uniform Resource Identifiers").
func dsn(path string, pragmas ...string) string {
	query := url.Values{"mode": {"rw"}} // never "rwc": only create creates files
	query["_pragma"] = []string{fmt.Sprintf("busy_timeout(%d)", busyTimeout.Milliseconds()), "trusted_schema(0)"}
	for _, p := range pragmas {
		switch p {
		case immutable:
			query.Set("immutable", "1")
			continue
		case queryOnly:
			query.Set("mode", "ro")
		}
		query.Add("_pragma", p)
	}
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: query.Encode()}
	return u.String()
}

// The modes of a database, as its header has them.
const rollbackMode, walMode = 1, 2

// inWALMode reports whether a database is in WAL mode. A log is, but for one that Copy has made and that
// wasn't opened since. (SQLite, "Database File Format", section 1.3.3.)
func inWALMode(path string) (bool, error) {
	file, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer file.Close() // it is only read
	const offset = 19
	version := make([]byte, 1)
	_, err = file.ReadAt(version, offset)
	return version[0] == walMode, err
}

// beginWAL puts a database into WAL mode. SQLite would write a -journal meanwhile, and the check, which doesn't
// write, couldn't roll that back after a kill. It isn't needed: what changes is a part of the header, which is
// written as a whole or not at all.
func beginWAL(ctx context.Context, path string) error {
	switch inWAL, err := inWALMode(path); {
	case err != nil:
		return err
	case inWAL:
		return nil
	}
	db, conn, err := connect(ctx, path, "synchronous(EXTRA)", "fullfsync(1)", "journal_mode(MEMORY)")
	if err != nil {
		return err
	}
	_, err = conn.ExecContext(ctx, "PRAGMA journal_mode = WAL")
	return errors.Join(err, conn.Close(), db.Close())
}
