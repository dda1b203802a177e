// Package sqlite stores the logs of all rooms in one SQLite file. It has the schema, and
// everything that reads and writes the file.
//
// A [File] is an open log. Its Commit writes drafts, whose order the caller decides, with
// one transaction and one fsync; other methods read entries back, prune, and copy the
// file. A [Committer] adds what an engine needs around Commit: it passes committed entries
// to the followers, and recovers by itself after a failure of the disk. A [Pruner] removes
// old entries in small steps.
//
// The package starts no goroutine. One goroutine of the engine commits; reads may come
// from any goroutine. One process has a file open at a time, which a lock file ensures.
//
// What Commit has returned is durable: it survives a crash and a loss of power. A file
// that Open refuses stays as it was. After a failed commit, Reopen finds out what is
// durable before anything else is written.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"snug/internal/journal"
	filestore "snug/internal/journal/files"
)

// Errors of Open. They are wrapped with the file's name and what to do.
var (
	ErrInUse   = errors.New("another process has it open")
	ErrNewer   = errors.New("it was written by a newer version of Snug")
	ErrForeign = errors.New("it is a database, but no log of Snug's")
	ErrDamaged = errors.New("it is damaged")
)

// File is an open log. Commit, Prune, WriteBack, Limit, Reopen, Position and Close are
// for one goroutine at a time; everything else is safe for concurrent use.
type File struct {
	path     string
	lock     *lock
	id       journal.Identity
	digester journal.Digester

	reads   *sql.DB
	kept    *sql.Stmt    // selectKept, prepared in reads
	up      *sql.Stmt    // selectUp
	down    *sql.Stmt    // selectDown
	reading sync.RWMutex // held for reading by reads, for writing by writeBack

	copying    sync.Mutex                              // held from Copy to the copy's Close
	cancelCopy atomic.Pointer[context.CancelCauseFunc] // nil unless a copy is being made
	renewed    bool                                    // see Renewed
	projection bool                                    // see OpenProjection
	maxBytes   int64                                   // see Limit

	// For the goroutine that commits.
	write   *writer   // nil while the file can't be reopened
	after   Position  // of the last commit
	session []byte    // see session.go
	idTime  time.Time // see SetIDTime
}

// Position is how far a log has come: the number of the last draft that was processed,
// and its time by the log's clock.
type Position struct {
	Position uint64
	At       time.Time
}

// Open opens the log at path, and creates it if there is no file. If there is a backup that
// has files (see files.Unpack), Open first puts the log and the files in its place. It leaves
// a file that it refuses as it was.
func Open(ctx context.Context, path string) (*File, error) { return openAs(ctx, path, false) }

func openAs(ctx context.Context, path string, projection bool) (*File, error) {
	resolved, err := resolve(path)
	if err != nil {
		return nil, fmt.Errorf("log %s: %w", path, err)
	}
	f, err := open(ctx, resolved, projection)
	if err != nil {
		return nil, fmt.Errorf("log %s: %w", path, explainOpen(resolved, err))
	}
	return f, nil
}

// open opens the log at a resolved path.
func open(ctx context.Context, path string, projection bool) (_ *File, err error) {
	held, err := acquire(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			held.release()
		}
	}()
	switch _, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		if !projection && filestore.Any(path+filestore.Suffix) {
			// They would be removed, though their log may come back.
			return nil, fmt.Errorf("%w: the file is missing but files of a log are in %s: put the file back, or move that directory away to begin an empty log", ErrDamaged, path+filestore.Suffix)
		}
		if err := held.write(noSession); err != nil { // the sessions it had were of another log
			return nil, fmt.Errorf("lock it: %w", err)
		}
		if err := create(ctx, path); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	}
	if err := filestore.Unpack(path, path+SnapshotSuffix); err != nil {
		return nil, err
	}
	if err := check(ctx, path, held.sessions()); err != nil {
		return nil, err
	}
	if err := removeCopy(path + copySuffix); err != nil { // left by a kill
		return nil, err
	}
	if err := beginWAL(ctx, path); err != nil {
		return nil, asDamage(err)
	}
	f := &File{path: path, lock: held, projection: projection}
	if f.id, f.after, err = f.openWriter(ctx); err != nil {
		return nil, asDamage(err)
	}
	if err := f.openSession(ctx); err != nil {
		return nil, errors.Join(err, f.closeWriter())
	}
	if f.reads, err = openReaders(ctx, path); err != nil {
		return nil, errors.Join(err, f.closeWriter())
	}
	if err := f.prepareReads(ctx); err != nil {
		return nil, errors.Join(err, f.reads.Close(), f.closeWriter())
	}
	f.setIdentity(f.id)
	return f, nil
}

// Path returns the file's absolute name, without symbolic links.
func (f *File) Path() string { return f.path }

// Key returns 32 secret bytes of this log for a purpose.
func (f *File) Key(purpose string) []byte { return f.id.Key(purpose) }

func (f *File) setIdentity(id journal.Identity) { f.id, f.digester = id, journal.NewDigester(&id) }

// Position returns how far the log has come. It is for the goroutine that commits.
func (f *File) Position() Position { return f.after }

// Close writes the -wal back into the file, and releases the file and its lock.
func (f *File) Close() error {
	var err error
	if f.write != nil {
		err = f.beginSession(context.Background())
	}
	err = errors.Join(err, f.reads.Close(), f.closeWriter())
	f.lock.release()
	if err != nil {
		return fmt.Errorf("close log %s: %w", f.path, err)
	}
	return nil
}
