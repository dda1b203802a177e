// Package local is the journal of one machine: a log in one SQLite file, and
// one goroutine, the committer, that orders drafts and writes them.
package local

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"snug/internal/journal"
	"snug/internal/journal/sqlite"
)

const (
	// queued bounds the drafts that wait for the committer; Append waits when
	// there are more.
	queued = 4096
	// batchMax bounds the drafts of one transaction, so that the first of them
	// doesn't wait long for the last.
	batchMax = 512
)

// Journal is a [journal.Journal] in a SQLite file. Its one goroutine runs from
// Open to Close.
type Journal struct {
	mender    *sqlite.Mender
	followers journal.Followers
	queue     *journal.Queue[request]
	prunings  chan pruning
	pruner    *sqlite.Pruner
	done      chan struct{} // the committer has ended
	once      sync.Once     // Close
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
// of [sqlite.Open].
func Open(ctx context.Context, path string, o Options) (*Journal, error) {
	file, err := sqlite.Open(ctx, path)
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
		queue:    journal.NewQueue[request](queued),
		prunings: make(chan pruning),
		pruner:   sqlite.NewPruner(),
		done:     make(chan struct{}),
	}
	j.mender = sqlite.NewMender(file, &j.followers, log)
	go j.run()
	return j, nil
}

// Append is [journal.Journal]'s.
func (j *Journal) Append(ctx context.Context, d journal.Draft, done journal.Done) error {
	return j.queue.Put(ctx, request{d, done})
}

// ReadAfter is [journal.Journal]'s.
func (j *Journal) ReadAfter(ctx context.Context, room string, after uint64, limit int) ([]journal.Entry, error) {
	return j.mender.File.ReadAfter(ctx, room, after, limit)
}

// ReadBefore is [journal.Journal]'s.
func (j *Journal) ReadBefore(ctx context.Context, room string, before uint64, limit int) ([]journal.Entry, error) {
	return j.mender.File.ReadBefore(ctx, room, before, limit)
}

// Follow is [journal.Journal]'s.
func (j *Journal) Follow(ctx context.Context, room string) (journal.Snapshot, *journal.Feed, error) {
	return j.followers.Follow(ctx, room, j.mender.File.Snapshot)
}

// Key is [journal.Journal]'s.
func (j *Journal) Key(purpose string) []byte { return j.mender.File.Key(purpose) }

// Close is [journal.Journal]'s.
func (j *Journal) Close() error {
	err := journal.ErrClosed
	j.once.Do(func() {
		j.queue.Close()
		<-j.done
		err = j.mender.Close()
	})
	return err
}
