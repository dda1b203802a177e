// Package jetstream is the journal of several machines. A stream of NATS JetStream orders
// the drafts and keeps copies of them. Each node projects the stream into a log of its own
// in one SQLite file (package sqlite). The projection alone decides the outcome of a
// draft, and decides the same on every node.
//
// A [Journal] has four goroutines, from Open to Close. Each is a type that owns its
// fields:
//
//   - the publisher puts the drafts of this node into the stream, and reports an unknown
//     outcome for those that don't come back in time,
//   - the projector commits what comes out of the stream to the file, passes the entries to
//     the followers, and reports outcomes to the senders on this node,
//   - the keeper tells the other nodes how far this one is, watches the stream, and purges
//     from it what all nodes have,
//   - the keeper of the files (package files) removes the bytes of those that are gone from
//     the log, and fetches those that are missing.
//
// Files are fetched for other nodes in up to maxFetching more.
//
// They share the stream, the projection and the pending drafts. nats.go has goroutines of
// its own, which end with the subscriptions.
//
// An outcome is reported only when this node's file has the draft. A hole in the stream is
// never passed over: the journal ends (see Ended), and fetches another node's file when it
// is opened again.
package jetstream

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"snug/internal/journal"
	"snug/internal/journal/sqlite"
)

// Options configure a journal.
type Options struct {
	Log *slog.Logger
	// Stream is the stream's name, and the beginning of all subjects: letters and
	// digits.
	Stream string
	// Node is this node's name. Every node has its own.
	Node string
	// Replicas is how many copies of the stream there are, if this node creates it.
	Replicas int
	// Keep is how long the stream keeps messages that all nodes have. A node that was
	// away for longer fetches a snapshot from another one.
	Keep time.Duration
	// MaxBytes is the largest size of the log's file in bytes; 0 for no limit.
	MaxBytes int64
	// MaxFiles is the largest size of all files on this node in bytes; 0 for no limit. Files
	// that come from other nodes are accepted beyond it.
	MaxFiles int64
	// Copies is on how many nodes a file must be, at least, before it is recorded.
	Copies int
	// Grace is how long a node whose log is empty waits before it creates the stream, so
	// that a node with a log can do it.
	Grace time.Duration
}

// Journal is a [journal.Journal] over a stream, projected into a file.
type Journal struct {
	journal.Files // the store of the files on all nodes

	stream     *stream
	projection *projection
	publisher  *publisher
	projector  *projector
	keeper     *keeper
	lender     *lender
	files      *fileKeeping
	pruner     *sqlite.Pruner

	followers     journal.Followers
	subscriptions []*nats.Subscription
	stop          context.CancelFunc // ends the projector and the keeper
	once          sync.Once          // for Close
}

var (
	_ journal.Journal    = (*Journal)(nil)
	_ journal.Observable = (*Journal)(nil)
	_ journal.Catalog    = (*Journal)(nil)
)

// Open opens the stream, and creates it if there is none, and opens its projection in the
// file at path. It blocks until the file has everything that the stream had when Open
// began, however long that takes, or until ctx ends.
//
// The caller keeps conn, and closes it after the journal. conn must fail to publish while
// it is disconnected, and not buffer (nats.ReconnectBufSize(-1)).
func Open(ctx context.Context, conn *nats.Conn, path string, o Options) (*Journal, error) {
	return open(ctx, conn, path, o, unknownAfter)
}

// open is Open with another time after which the outcome of a draft counts as unknown.
func open(ctx context.Context, conn *nats.Conn, path string, o Options, timeout time.Duration) (*Journal, error) {
	j, err := newJournal(conn, path, &o, timeout)
	if err == nil {
		err = j.start(ctx, &o)
	}
	if err != nil {
		return nil, fmt.Errorf("open the stream %s with %s: %w", o.Stream, path, err)
	}
	return j, nil
}

func newJournal(conn *nats.Conn, path string, o *Options, timeout time.Duration) (*Journal, error) {
	js, err := jetstream.New(conn, jetstream.WithDefaultTimeout(apiTimeout))
	if err != nil {
		return nil, err
	}
	id := make([]byte, 8)
	rand.Read(id) // never fails: crypto/rand's contract
	process := hex.EncodeToString(id)

	j := &Journal{pruner: sqlite.NewPruner()}
	j.stream = &stream{conn: conn, js: js, name: o.Stream, replicas: max(o.Replicas, 1)}
	j.projection = newProjection(path, o.MaxBytes, &j.followers, o.Log)
	pending := newPending()
	j.publisher = newPublisher(j.stream, j.projection, pending, process, timeout, o.Log)
	j.projector = newProjector(j.stream, j.projection, pending, process, o.Log)
	j.keeper = newKeeper(j.stream, j.projection, o.Node, o.Keep, o.Log)
	shared := &sharer{
		stream: j.stream, nodes: j.keeper.nodes, node: o.Node, subject: o.Stream + ".node.file.piece." + process, copies: o.Copies, log: o.Log,
		slots: make(chan struct{}, maxFetching), fetching: map[string]*fetching{},
	}
	j.files = &fileKeeping{sharer: shared, maxBytes: o.MaxFiles, log: o.Log}
	j.projection.onOpen = func() error { return j.files.open(j) }
	j.lender = &lender{stream: j.stream, projection: j.projection, log: o.Log}
	return j, nil
}

// start opens the file, brings it to the stream's end, and starts the goroutines. The
// keeper starts first, so that the others wait with their purges for this node.
func (j *Journal) start(ctx context.Context, o *Options) error {
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	j.stop = stop
	subscribed := make(chan error, 1)
	go j.keeper.run(running, subscribed)
	err := <-subscribed
	if err == nil {
		err = j.openAndServe(ctx, running, o)
	}
	if err != nil {
		stop()
		<-j.keeper.done
		return errors.Join(err, j.release())
	}
	j.files.start()
	go j.publisher.run()
	go j.projector.run(running)
	return nil
}

// openAndServe opens the journal, and subscribes to what others send to an open one.
// Making a copy for another node ends with running.
func (j *Journal) openAndServe(ctx, running context.Context, o *Options) error {
	opening := opener{stream: j.stream, projection: j.projection, projector: j.projector, log: o.Log, grace: o.Grace}
	first, err := opening.open(ctx)
	if err != nil {
		return err
	}
	if err := j.projection.findErasures(ctx, first); err != nil {
		return err
	}
	j.keeper.opened()
	if err := j.subscribe(j.publisher.inbox+".*", j.publisher.onAck); err != nil {
		return err
	}
	if err := j.lender.serve(running, j, o.Node); err != nil {
		return err
	}
	if err := j.files.sharer.serve(running, j); err != nil {
		return err
	}
	return j.stream.conn.Flush()
}

// subscribe handles the messages of a subject until the journal is closed.
func (j *Journal) subscribe(subject string, handle nats.MsgHandler) error {
	s, err := j.stream.conn.Subscribe(subject, handle)
	if err == nil {
		j.subscriptions = append(j.subscriptions, s)
	}
	return err
}

// Append implements [journal.Journal].
func (j *Journal) Append(ctx context.Context, d journal.Draft, done journal.Done) error {
	return j.publisher.queue.Put(ctx, request{draft: d, done: done})
}

// ReadAfter implements [journal.Journal].
func (j *Journal) ReadAfter(ctx context.Context, room string, after uint64, limit int) ([]journal.Entry, error) {
	return j.projection.file().ReadAfter(ctx, room, after, limit)
}

// ReadBefore implements [journal.Journal].
func (j *Journal) ReadBefore(ctx context.Context, room string, before uint64, limit int) ([]journal.Entry, error) {
	return j.projection.file().ReadBefore(ctx, room, before, limit)
}

// ReadMessages implements [journal.Journal].
func (j *Journal) ReadMessages(ctx context.Context, room string, first, last uint64) ([]journal.Entry, error) {
	return j.projection.file().ReadMessages(ctx, room, first, last)
}

// Follow implements [journal.Journal].
func (j *Journal) Follow(ctx context.Context, room string) (journal.Snapshot, *journal.Feed, error) {
	return j.followers.Follow(ctx, room, j.projection.file().Snapshot)
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
	return j.projection.file().Rooms(ctx, prefix)
}

// List implements [journal.Catalog].
func (j *Journal) List(ctx context.Context, q journal.ListQuery) ([]journal.RoomInfo, error) {
	return j.projection.file().List(ctx, q)
}

// Path returns the name of the log's file.
func (j *Journal) Path() string { return j.projection.file().Path() }

// Key implements [journal.Journal].
func (j *Journal) Key(purpose string) []byte { return j.projection.file().Key(purpose) }

// Ended returns a channel that receives an error if the journal can't continue from its
// file. From then on it accepts no drafts, and must be closed and opened again.
func (j *Journal) Ended() <-chan error { return j.projection.ended }

// Close implements [journal.Journal].
func (j *Journal) Close() error {
	err := journal.ErrClosed
	j.once.Do(func() {
		j.publisher.queue.Close()
		<-j.publisher.done
		j.stop()
		<-j.projector.done
		<-j.keeper.done
		err = j.release()
	})
	return err
}

// release ends the subscriptions and closes the file.
func (j *Journal) release() (err error) {
	for _, s := range j.subscriptions {
		if e := s.Unsubscribe(); !errors.Is(e, nats.ErrConnectionClosed) {
			err = errors.Join(err, e)
		}
	}
	j.lender.close()
	j.files.close()
	return errors.Join(err, j.projection.close())
}
