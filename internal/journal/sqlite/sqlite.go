// Package sqlite is the journal of one machine: a log in one SQLite file, and
// one goroutine, the committer, that orders drafts and writes them.
package sqlite

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"snug/internal/journal"
	"snug/internal/journal/logfile"
)

const (
	// queued bounds the drafts that wait for the committer; Append waits when
	// there are more.
	queued = 4096
	// batchMax bounds the drafts of one transaction, so that the first of them
	// doesn't wait long for the last.
	batchMax = 512
	// mendEvery is the pause between attempts to reopen a file that failed…
	mendEvery = time.Second
	// …and between two times that the -wal is emptied of what was erased.
	scrubEvery = time.Second
	// wellAfter is how long all must have gone well before a failure is said to be
	// over. It doubles, up to wellAtMost, with each that comes within wellAtMost of
	// the last: who reads the log is told of a disk that fails now and then, but
	// not each time.
	wellAfter  = 4 * time.Second
	wellAtMost = 10 * time.Minute
)

// Journal is a [journal.Journal] in a SQLite file. Its one goroutine runs from
// Open to Close.
type Journal struct {
	file      *logfile.File
	followers journal.Followers
	log       *slog.Logger

	mu      sync.RWMutex // held for reading by whoever puts into queue
	closed  bool
	closing chan struct{}
	queue   chan request
	done    chan struct{} // the committer has ended
	once    sync.Once     // Close

	prunings chan pruning
	pruner   chan struct{} // full while there is one
	pruned   atomic.Uint64 // entries
	commits  prometheus.Histogram
	broken   atomic.Bool // the committer's to set: the file has to be reopened

	// The committer's alone.
	failing  bool          // a failure was told, and not yet that it is over
	failed   time.Time     // when a commit last did
	taking   bool          // one has succeeded since
	well     time.Duration // see wellAfter
	tried    time.Time     // when the file was last reopened, or that was tried
	erased   bool          // text that was erased is still in the -wal
	scrubbed time.Time     // when the -wal was last emptied of it, or that was tried
	again    *time.Timer   // runs when there is something to try again
}

var _ journal.Journal = (*Journal)(nil)

// request is a draft on its way to the committer.
type request struct {
	draft journal.Draft
	done  journal.Done
}

// Options are how a journal is opened.
type Options struct {
	Log      *slog.Logger
	MaxBytes int64 // that the file may have; 0 for no limit
}

// Open opens the log at path, which is made if there is none. Errors are those
// of [logfile.Open].
func Open(ctx context.Context, path string, o Options) (*Journal, error) {
	file, err := logfile.Open(ctx, path)
	if err != nil {
		return nil, err
	}
	if err := file.Limit(ctx, o.MaxBytes); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	log := o.Log
	if file.Renewed() {
		log.Warn("the journal is not the one last used here: its rooms have new epochs. If no backup was put in its place, its -wal is gone: stop the server and restore one", "file", path)
	}
	j := &Journal{
		file:    file,
		log:     log,
		closing: make(chan struct{}),
		queue:   make(chan request, queued),
		done:    make(chan struct{}),
		again:   time.NewTimer(mendEvery),

		prunings: make(chan pruning),
		pruner:   make(chan struct{}, 1),
		commits:  newCommits(),
	}
	go j.run()
	return j, nil
}

// Append is [journal.Journal]'s.
func (j *Journal) Append(ctx context.Context, d journal.Draft, done journal.Done) error {
	j.mu.RLock()
	defer j.mu.RUnlock()
	if j.closed {
		return journal.ErrClosed
	}
	select {
	case j.queue <- request{d, done}:
		return nil
	case <-j.closing:
		return journal.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ReadAfter is [journal.Journal]'s.
func (j *Journal) ReadAfter(ctx context.Context, room string, after uint64, limit int) ([]journal.Entry, error) {
	return j.file.ReadAfter(ctx, room, after, limit)
}

// ReadBefore is [journal.Journal]'s.
func (j *Journal) ReadBefore(ctx context.Context, room string, before uint64, limit int) ([]journal.Entry, error) {
	return j.file.ReadBefore(ctx, room, before, limit)
}

// Follow is [journal.Journal]'s.
func (j *Journal) Follow(ctx context.Context, room string) (journal.Snapshot, *journal.Feed, error) {
	feed := j.followers.Add(room, nil)
	s, err := j.file.Snapshot(ctx, room)
	if err != nil {
		feed.Close()
		return s, nil, err
	}
	feed.Begin(s)
	return s, feed, nil
}

// Key is [journal.Journal]'s.
func (j *Journal) Key(purpose string) []byte { return j.file.Key(purpose) }

// Close is [journal.Journal]'s.
func (j *Journal) Close() error {
	err := journal.ErrClosed
	j.once.Do(func() {
		close(j.closing) // those who wait in Append give up…
		j.mu.Lock()      // …and when they have, nobody sends any more
		j.closed = true
		close(j.queue)
		j.mu.Unlock()
		<-j.done
		j.again.Stop()
		err = j.file.Close()
	})
	return err
}
