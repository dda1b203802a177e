// Package local is the journal of a single machine: a log in one SQLite file.
//
// Two goroutines run from Open to Close. The committer commits the waiting drafts of all
// rooms in one transaction, and so decides their order. The keeper of the files removes their
// bytes when they are gone from the log. Every method may be called from any goroutine.
// Packages sqlite and files, which store the log and the files, say what is durable.
package local

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/files"
	"snug/internal/journal/sqlite"
)

const (
	// queueSize bounds the drafts that wait for the committer; Append waits when there
	// are more.
	queueSize = 4096
	// batchMax bounds the drafts of one transaction, so that the first of them doesn't
	// wait long for the last.
	batchMax = 512
)

// Journal is a [journal.Journal] in a SQLite file, with the files in a directory next to it.
type Journal struct {
	journal.Files // the store of the files in the directory

	committer *sqlite.Committer // for the committer goroutine
	file      *sqlite.File      // for reads
	clock     *clock            // for the committer goroutine
	followers journal.Followers
	queue     *journal.Queue[request]
	prunings  chan pruning
	pruner    *sqlite.Pruner
	done      chan struct{} // closed when the committer has ended
	once      sync.Once     // for Close

	store     *files.Store
	stopFiles context.CancelFunc // ends the keeper of the files
	keeping   sync.WaitGroup
}

var (
	_ journal.Journal    = (*Journal)(nil)
	_ journal.Observable = (*Journal)(nil)
	_ journal.Catalog    = (*Journal)(nil)
)

// request is a draft on its way to the committer.
type request struct {
	draft journal.Draft
	done  journal.Done
}

// Options configure a journal.
type Options struct {
	Log      *slog.Logger
	MaxBytes int64 // the largest size of the log's file in bytes; 0 for no limit
	MaxFiles int64 // the largest size of all files in bytes; 0 for no limit
}

// Open opens the log at path, and creates it if there is none. It blocks while the file
// is checked, which takes time in proportion to its size, until ctx ends. Errors are
// those of [sqlite.Open].
func Open(ctx context.Context, path string, o Options) (*Journal, error) {
	return open(ctx, path, o, time.Now)
}

// open is Open with another system's clock.
func open(ctx context.Context, path string, o Options, wall func() time.Time) (*Journal, error) {
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
		file:     file,
		clock:    newClock(wall, lastDraft(file)),
		queue:    journal.NewQueue[request](queueSize),
		prunings: make(chan pruning),
		pruner:   sqlite.NewPruner(),
		done:     make(chan struct{}),
	}
	j.committer = sqlite.NewCommitter(file, &j.followers, log)
	if err := j.openFiles(o.MaxFiles, log); err != nil {
		return nil, errors.Join(err, j.committer.Close())
	}
	go j.run()
	return j, nil
}

// lastDraft returns the time of the log's last draft, or the zero Time if there is none.
func lastDraft(file *sqlite.File) time.Time {
	p := file.Position()
	if p.Position == 0 {
		return time.Time{}
	}
	return p.At
}

// Append implements [journal.Journal].
func (j *Journal) Append(ctx context.Context, d journal.Draft, done journal.Done) error {
	return j.queue.Put(ctx, request{d, done})
}

// ReadAfter implements [journal.Journal].
func (j *Journal) ReadAfter(ctx context.Context, room string, after uint64, limit int) ([]journal.Entry, error) {
	return j.file.ReadAfter(ctx, room, after, limit)
}

// ReadBefore implements [journal.Journal].
func (j *Journal) ReadBefore(ctx context.Context, room string, before uint64, limit int) ([]journal.Entry, error) {
	return j.file.ReadBefore(ctx, room, before, limit)
}

// ReadMessages implements [journal.Journal].
func (j *Journal) ReadMessages(ctx context.Context, room string, first, last uint64) ([]journal.Entry, error) {
	return j.file.ReadMessages(ctx, room, first, last)
}

// Follow implements [journal.Journal].
func (j *Journal) Follow(ctx context.Context, room string) (journal.Snapshot, *journal.Feed, error) {
	return j.followers.Follow(ctx, room, j.file.Snapshot)
}

// Observe implements [journal.Observable].
func (j *Journal) Observe(f func(room string, entries []*journal.Entry)) (stop func()) {
	return j.followers.Observe(f)
}

// ObserveFirst implements [journal.Observable].
func (j *Journal) ObserveFirst(f func(room string, first uint64)) (stop func()) {
	return j.followers.ObserveFirst(f)
}

// ObserveChanges implements [journal.Observable].
func (j *Journal) ObserveChanges(f func(room string, changes []journal.Change)) (stop func()) {
	return j.followers.ObserveChanges(f)
}

// Rooms implements [journal.Observable].
func (j *Journal) Rooms(ctx context.Context, prefix string) (map[string]journal.Snapshot, error) {
	return j.file.Rooms(ctx, prefix)
}

// List implements [journal.Catalog].
func (j *Journal) List(ctx context.Context, q journal.ListQuery) ([]journal.RoomInfo, error) {
	return j.file.List(ctx, q)
}

// Path returns the name of the log's file.
func (j *Journal) Path() string { return j.file.Path() }

// Key implements [journal.Journal].
func (j *Journal) Key(purpose string) []byte { return j.file.Key(purpose) }

// Close implements [journal.Journal].
func (j *Journal) Close() error {
	err := journal.ErrClosed
	j.once.Do(func() {
		j.queue.Close()
		<-j.done
		j.stopFiles()
		j.keeping.Wait()
		err = j.committer.Close()
	})
	return err
}
