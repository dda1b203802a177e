// Package sqlite is a log of rooms in one SQLite file: its schema, and all
// that reads and writes it. It puts drafts, whose order others decide, into the
// file with one transaction and one fsync (Commit), and reads entries back. It
// starts no goroutine.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"snug/internal/journal"
)

// Errors of Open. They are wrapped with the file's name and what to do.
var (
	ErrHeld    = errors.New("another process has it open")
	ErrNewer   = errors.New("it was written by a newer version of Snug")
	ErrForeign = errors.New("it is a database, but no log of Snug's")
	ErrDamaged = errors.New("it is damaged")
)

// busyTimeout is how long a statement waits for another process (a backup, a
// shell) that locks the file.
const busyTimeout = 5 * time.Second

// readers is how many reads may go on at once, beside the one writer.
const readers = 4

// File is an open log. Commit is for one goroutine at a time; everything else
// is safe for concurrent use.
type File struct {
	path string
	lock *lock
	id   journal.Identity
	dg   journal.Digester

	reads   *sql.DB
	reading sync.RWMutex // held for reading by whoever reads: see openWriter

	copying    sync.Mutex // held from Copy to its Close
	renewed    bool       // see Renewed
	projection bool       // see OpenProjection
	maxBytes   int64      // see Limit

	// For the goroutine that commits.
	write   *writer
	after   Position // of the last commit
	session []byte   // see session.go
}

// Position is how far a log has come: what was taken in last, and when by the
// log's own clock.
type Position struct {
	Position uint64
	At       time.Time
}

// Open opens the log at path, and makes one there if there is no file. A file
// that it refuses it leaves as it was.
func Open(ctx context.Context, path string) (*File, error) { return openAs(ctx, path, false) }

func openAs(ctx context.Context, path string, projection bool) (*File, error) {
	f, err := open(ctx, path, projection)
	if err != nil {
		return nil, fmt.Errorf("log %s: %w", path, err)
	}
	return f, nil
}

func open(ctx context.Context, path string, projection bool) (_ *File, err error) {
	path, err = resolve(path)
	if err != nil {
		return nil, err
	}
	held, err := acquire(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			held.release()
		}
	}()
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		if err := held.write(noSession); err != nil { // those it knew were another log's
			return nil, fmt.Errorf("lock it: %w", err)
		}
		if err := create(ctx, path); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is no regular file: name one, or one that there isn't yet")
	}
	if err := check(ctx, path, held.sessions()); err != nil {
		return nil, err
	}
	if err := removeCopy(path + copySuffix); err != nil { // left by a kill
		return nil, err
	}
	f := &File{path: path, lock: held, projection: projection}
	if f.id, f.after, err = f.openWriter(ctx); err != nil {
		return nil, blame(err)
	}
	if err := f.adopt(ctx); err != nil {
		return nil, errors.Join(err, f.closeWriter())
	}
	if f.reads, err = openReaders(ctx, path); err != nil {
		return nil, errors.Join(err, f.closeWriter())
	}
	f.know(f.id)
	return f, nil
}

// openReaders opens all there will be, with the files that they read: when the
// process has no descriptors left, those who are in a room go on reading.
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
		defer conn.Close() // which leaves it open for whoever reads next
		var position int64
		if err := conn.QueryRowContext(ctx, "SELECT position FROM log").Scan(&position); err != nil {
			return nil, err
		}
	}
	return db, nil
}

// resolve returns the one name of the file, so that two ways to it meet at the
// same lock.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real, nil
	}
	if _, err := os.Lstat(path); err == nil {
		// To begin a log here would hide the one on a disk that isn't mounted.
		return "", errors.New("it is a link to a file that isn't there: put the file back, or remove the link")
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", fmt.Errorf("its directory: %w", err)
	}
	return filepath.Join(dir, filepath.Base(path)), nil
}

// connect opens the database with one connection. It is in WAL mode exactly if
// the file is.
func connect(ctx context.Context, path string, pragmas ...string) (*sql.DB, *sql.Conn, error) {
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

// Two of what connect and dsn take mean more than a pragma.
const (
	queryOnly = "query_only(1)" // opens the file for reading alone
	immutable = "immutable"     // takes no lock and makes no file beside it
)

// dsn names the file as a URI (SQLite, "Uniform Resource Identifiers").
func dsn(path string, pragmas ...string) string {
	query := url.Values{"mode": {"rw"}} // never "rwc": create is what makes files
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

// Key returns 32 secret bytes of the log's own for a purpose.
func (f *File) Key(purpose string) []byte { return f.id.Key(purpose) }

// know makes id the log's identity.
func (f *File) know(id journal.Identity) { f.id, f.dg = id, journal.NewDigester(&id) }

// Position returns how far the log has come. It is for the goroutine that commits.
func (f *File) Position() Position { return f.after }

// Close writes the -wal back into the file and lets go of it.
func (f *File) Close() error {
	var err error
	if f.write != nil { // it is, unless it couldn't be reopened
		err = f.beginSession(context.Background())
	}
	err = errors.Join(err, f.reads.Close(), f.closeWriter())
	f.lock.release()
	if err != nil {
		return fmt.Errorf("close log %s: %w", f.path, err)
	}
	return nil
}
