// Package search finds messages in the logs of rooms.
//
// An [Index] is a cursor over all logs, whose position is stored with what it has made of
// them: a file of its own that says which messages have which three letters in a row. Run
// reads the journal and writes the file, about a second behind the commits, which never wait
// for it. Everything in the file can be made anew from the journal, so a file that is
// deleted, damaged or of another log is begun again.
//
// [Index.Search] takes candidates from the file, and reads each from the journal before it
// counts as found. So what is found is as it is now, also where the file isn't. The newest
// part of a log that the file doesn't have yet is read instead, if it isn't long; so is a part
// of the log for queries that the file can't help with.
//
// Run is one goroutine; Search may be called by any.
package search

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// Journal is what an Index needs of a journal. All engines have it.
type Journal interface {
	journal.Journal
	journal.Observable
	journal.Catalog
}

// Options are what an Index is made with. A number that is 0 is the default.
type Options struct {
	Journal Journal
	// Path names the index's file. If it is empty, there is none, and nothing is found but in
	// the newest Stretch events of a log and, page by page, in those before: for a journal that
	// keeps no more than that.
	Path string
	Log  *slog.Logger

	Stretch int           // how many events a search reads at most that the file doesn't help with; default 5000
	Look    time.Duration // how long a search looks for more, a tenth of how long it may take; default 500 ms
	Gather  time.Duration // how long commits are collected before they are indexed; default 1 s
	Retry   time.Duration // after a failure; default 5 s
	Rest    int           // how long the index rests after a purge, or a step in overwriting what was removed, as a multiple of the time that it took; default 20
}

// Index is a full-text index of all rooms.
type Index struct {
	options Options
	journal Journal
	slots   chan struct{} // one for each search at work
	metrics metrics

	damaged atomic.Bool // a search couldn't read the file

	mu    sync.RWMutex
	store *store // nil while there is no file; replaced only by Run
}

// New returns an Index. Without Run, it finds nothing by its file.
func New(o Options) *Index {
	o.Stretch = cmp.Or(o.Stretch, 5000)
	o.Look = cmp.Or(o.Look, 500*time.Millisecond)
	o.Gather = cmp.Or(o.Gather, time.Second)
	o.Retry = cmp.Or(o.Retry, 5*time.Second)
	o.Rest = cmp.Or(o.Rest, 20)
	x := &Index{options: o, journal: o.Journal, slots: make(chan struct{}, max(1, min(readers, runtime.GOMAXPROCS(0)-1)))}
	x.metrics = newMetrics(x)
	return x
}

// Log is the log that is searched, as far as the one who searches may see it.
type Log struct {
	Room, Epoch string
	First, Head uint64
}

// Search returns the newest messages that match, before the given seq, at most so many. It
// waits for its turn and for the storage, until ctx ends, and not for long: if not everything
// could be searched, More and Next say where to go on. The error wraps [ErrBusy], or is one of
// the storage or ctx's.
func (x *Index) Search(ctx context.Context, l Log, q Query, before uint64, limit int) (protocol.Search, error) {
	if q.empty() || before <= l.First || l.Head < l.First {
		return protocol.Search{}, nil
	}
	began := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, 10*x.options.Look, ErrBusy)
	defer cancel()
	select {
	case x.slots <- struct{}{}:
		defer func() { <-x.slots }()
	case <-ctx.Done():
		return protocol.Search{}, context.Cause(ctx)
	}
	f := &finder{Index: x, Log: l, Query: q, limit: limit}
	err := f.find(ctx, min(before-1, l.Head))
	if damaged(err) {
		x.damaged.Store(true) // Run begins a new file
		f.unindexed, f.found = true, protocol.Search{}
		err = f.find(ctx, min(before-1, l.Head))
	}
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	x.metrics.searched(time.Since(began), err)
	return f.found, err
}

// ErrBusy says that a search took too long.
var ErrBusy = errors.New("the search took too long")
