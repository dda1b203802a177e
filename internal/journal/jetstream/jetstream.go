// Package jetstream is the journal of many machines: a stream of NATS JetStream
// orders the drafts and keeps copies of them, and each node projects it into a log
// of its own, in one SQLite file. What becomes of a draft is decided by that
// projection alone, alike on all nodes.
package jetstream

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"snug/internal/journal"
	"snug/internal/journal/sqlite"
)

// queued bounds the drafts that wait for the publisher; Append waits when there are
// more.
const queued = 4096

// Options are how a journal is opened.
type Options struct {
	Log *slog.Logger
	// Stream is the stream's name, and the beginning of all subjects: letters and
	// digits.
	Stream string
	// Node is this node's name, which no other has.
	Node string
	// Replicas is how many copies of the stream there are to be, if it is made here.
	Replicas int
	// Keep is how long the stream keeps what all nodes have: a node that was away
	// for longer takes a snapshot.
	Keep time.Duration
	// MaxBytes is how many the file may have; 0 for no limit.
	MaxBytes int64
	// Within is how long a draft is waited for until its outcome counts as unknown; 0
	// for five seconds.
	Within time.Duration
	// Grace is how long a node that has nothing leaves the making of the stream to
	// one that brings a log.
	Grace time.Duration
}

// Journal is a [journal.Journal] over a stream, projected into a file. Its goroutines
// run from Open to Close: the publisher, the projector and the keeper; beside them
// are those of nats.go.
type Journal struct {
	conn      *nats.Conn // another's
	js        jetstream.JetStream
	name      string
	node      string
	replicas  int
	keep      time.Duration
	within    time.Duration
	path      string
	maxBytes  int64
	log       *slog.Logger
	mender    *sqlite.Mender
	followers journal.Followers
	pruner    *sqlite.Pruner
	latency   prometheus.Histogram
	nodes     *nodes
	lender    lender
	subs      []*nats.Subscription
	once      sync.Once // Close

	queue     *journal.Queue[request]
	waiting   *waiting
	process   string          // names this use of the journal
	inbox     string          // where acks come to
	number    uint64          // of what was published last; the publisher's alone
	published chan struct{}   // the publisher has ended
	until     context.Context // ends the projector and the keeper
	stop      context.CancelFunc
	projected chan struct{} // the projector has ended
	kept      chan struct{} // the keeper has ended
	end       chan error    // takes one: see Ended

	position atomic.Uint64 // what is in the file
	erased   atomic.Uint64 // up to where the stream should be purged
	last     atomic.Uint64 // the stream's, as it was seen last
	seen     atomic.Int64  // when that was, of UnixNano
	current  atomic.Int64  // when the file last had all of it
	stuck    atomic.Int64  // when a draft of here last wasn't taken
	lost     atomic.Bool   // see Ended

	announcing atomic.Bool // there is a file whose position counts

	told time.Time // when open last said what it waits for

	// The keeper's alone.
	outage   journal.Trouble
	first    uint64    // the stream's, as it was seen last
	scrubbed uint64    // up to here what was erased is out of the stream
	aged     time.Time // when what is old was last looked for
}

var _ journal.Journal = (*Journal)(nil)

// Open opens the stream, which is made if there is none, and its projection in the
// file at path. It returns when the file has come to where the stream's end was when
// it began, which takes as long as it takes: until ctx ends. The connection stays
// the caller's; it should fail rather than hold what is published while it is cut
// (nats.ReconnectBufSize(-1)).
func Open(ctx context.Context, conn *nats.Conn, path string, o Options) (_ *Journal, err error) {
	name := make([]byte, 8)
	rand.Read(name) // never fails: crypto/rand's contract
	j := &Journal{
		conn: conn, name: o.Stream, node: o.Node, replicas: max(o.Replicas, 1), keep: o.Keep, within: cmp.Or(o.Within, unknownAfter), path: path, maxBytes: o.MaxBytes, log: o.Log,
		pruner: sqlite.NewPruner(), latency: newLatency(), nodes: newNodes(),
		queue: journal.NewQueue[request](queued), waiting: newWaiting(),
		process: hex.EncodeToString(name), inbox: conn.NewInbox(),
		published: make(chan struct{}), projected: make(chan struct{}), kept: make(chan struct{}), end: make(chan error, 1),
	}
	if j.js, err = jetstream.New(conn, jetstream.WithDefaultTimeout(apiTimeout)); err != nil {
		return nil, fmt.Errorf("open the stream %s: %w", j.name, err)
	}
	j.until, j.stop = context.WithCancel(context.WithoutCancel(ctx))
	j.outage = journal.Trouble{Log: o.Log, Began: "the journal's stream has no leader: no messages are taken", Over: "the journal's stream has a leader again"}
	hears := make(chan error, 1)
	go j.watch(hears)
	err = <-hears
	if err == nil {
		err = j.open(ctx, o.Grace)
	}
	if err != nil {
		j.stop()
		<-j.kept
		return nil, fmt.Errorf("open the stream %s with %s: %w", j.name, path, errors.Join(err, j.release()))
	}
	go j.publish()
	go j.project()
	return j, nil
}

// Append is [journal.Journal]'s.
func (j *Journal) Append(ctx context.Context, d journal.Draft, done journal.Done) error {
	return j.queue.Put(ctx, request{draft: d, done: done})
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

// Ended yields an error if the journal can't go on from its file. It takes nothing
// any more then, and is to be closed and opened again.
func (j *Journal) Ended() <-chan error { return j.end }

// Close is [journal.Journal]'s.
func (j *Journal) Close() error {
	err := journal.ErrClosed
	j.once.Do(func() {
		j.queue.Close()
		<-j.published
		j.stop()
		<-j.projected
		<-j.kept
		err = j.release()
	})
	return err
}

// release lets go of the subscriptions and the file.
func (j *Journal) release() (err error) {
	for _, s := range j.subs {
		if e := s.Unsubscribe(); !errors.Is(e, nats.ErrConnectionClosed) {
			err = errors.Join(err, e)
		}
	}
	j.lender.close()
	if j.mender != nil {
		err = errors.Join(err, j.mender.Close())
	}
	return err
}
