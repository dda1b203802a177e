package jetstream

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"snug/internal/journal"
)

const (
	// purgeEvery is the pause between two purges of erased text from the stream.
	purgeEvery = 5 * time.Second
	// ageEvery is the pause between two purges of old messages.
	ageEvery = time.Minute
	// fileMessages is a number of messages that is sure to fill a file of the stream.
	fileMessages = 100_000
)

// keeper announces how far this node's file is, hears how far those of other nodes are,
// watches the stream, and purges from it what all nodes have. It owns its goroutine (run);
// seen and current are safe for concurrent use.
type keeper struct {
	stream     *stream
	projection *projection
	node       string
	retention  time.Duration // how long the stream keeps what all nodes have
	log        *slog.Logger

	nodes     *nodes
	outage    journal.OutageLog
	first     uint64    // the seq of the stream's first message when it was last seen
	scrubbed  uint64    // erased text up to this position is out of the stream
	purged    time.Time // when the last purge began
	aged      time.Time // when old messages were last looked for
	announced time.Time // when the log last said that the file catches up

	seen    atomic.Int64 // when the stream's leader last answered, in UnixNano; 0 before the journal is open
	current atomic.Int64 // when the file last had the whole stream, in UnixNano; 0 before the journal is open
	done    chan struct{}
}

func newKeeper(s *stream, p *projection, node string, retention time.Duration, log *slog.Logger) *keeper {
	return &keeper{
		stream: s, projection: p, node: node, retention: retention, log: log, nodes: newNodes(), done: make(chan struct{}),
		outage: journal.OutageLog{Log: log, Began: "the journal's stream has no leader: no messages are taken", Over: "the journal's stream has a leader again"},
	}
}

// opened says that the file has come to the stream's end for the first time.
func (k *keeper) opened() {
	now := time.Now().UnixNano()
	k.seen.Store(now)
	k.current.Store(now)
}

// run is the keeper's goroutine. It sends nil to subscribed when it hears other nodes, or
// an error, with which it ends. It ends with ctx.
func (k *keeper) run(ctx context.Context, subscribed chan<- error) {
	defer close(k.done)
	s, err := k.stream.conn.Subscribe(k.stream.name+".node.position", func(m *nats.Msg) { k.nodes.hear(m.Data) })
	subscribed <- err
	if err != nil {
		return
	}
	defer func() { _ = s.Unsubscribe() }() // it fails only if the connection is closed
	tick := time.NewTicker(announceEvery)
	defer tick.Stop()
	k.announced = time.Now()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		if !k.projection.opened.Load() {
			continue
		}
		k.announce()
		k.watch(ctx)
		if k.current.Load() == 0 && time.Since(k.announced) > warnEvery {
			k.announced = time.Now()
			k.log.Info("the journal catches up with its stream", "position", k.projection.position.Load(), "behind", k.behind())
		}
		if time.Since(k.purged) >= purgeEvery && k.seen.Load() != 0 {
			k.purged = time.Now()
			k.purge(ctx)
		}
	}
}

func (k *keeper) announce() {
	data, err := json.Marshal(announcement{k.node, k.projection.position.Load()})
	if err == nil {
		err = k.stream.conn.Publish(k.stream.name+".node.position", data)
	}
	if err != nil {
		k.log.Debug("can't announce this node's position", "err", err)
	}
}

// watch asks how far the stream is, and checks that the file can continue from it.
func (k *keeper) watch(ctx context.Context) {
	before := k.stream.last.Load() // what the stream had a second ago should be in the file
	info, err := k.stream.info(ctx)
	if err != nil {
		if ctx.Err() == nil && k.seen.Load() != 0 && since(&k.seen) > unseenAfter {
			k.outage.Fail(err)
		}
		return
	}
	k.outage.Succeed()
	k.outage.CheckOver()
	now := time.Now().UnixNano()
	k.first = info.State.FirstSeq
	k.stream.last.Store(info.State.LastSeq)
	if k.current.Load() == 0 {
		return // the journal isn't open yet
	}
	k.seen.Store(now)
	position := k.projection.position.Load()
	if position >= before {
		k.current.Store(now)
	}
	switch incarnation, err := incarnationOf(info); {
	case err != nil:
		k.projection.lose(err)
	case incarnation != k.projection.file().Incarnation():
		k.projection.lose(ErrOther)
	case position+1 < info.State.FirstSeq:
		k.projection.lose(errHole)
	}
}

// behind returns how many messages of the stream the file doesn't have.
func (k *keeper) behind() uint64 {
	last, position := k.stream.last.Load(), k.projection.position.Load()
	return max(last, position) - position
}

// purge removes from the stream messages that all nodes have: those that are older than
// the retention, and those that hold erased text. The first node by name does it.
//
// JetStream frees space in whole files. So after an erasure purge removes everything that
// all nodes have, again and again, until nothing was left or so much has come in since that
// the stream has moved on to another file.
func (k *keeper) purge(ctx context.Context) {
	floor, purger := k.nodes.floor(k.node, k.projection.position.Load())
	if purger != k.node {
		return
	}
	var to uint64
	if time.Since(k.aged) >= ageEvery {
		k.aged = time.Now()
		old, err := k.projection.file().LastBefore(ctx, time.Now().Add(-k.retention))
		if err != nil {
			k.log.Warn("can't purge the stream; will try again", "err", err)
			return
		}
		to = min(old, floor)
	}
	erased := k.projection.erased.Load()
	if erased > k.scrubbed && floor >= erased {
		to = floor
	}
	if to < max(k.first, 1) {
		return
	}
	left, first, err := k.stream.purge(ctx, to)
	if err != nil {
		k.log.Debug("can't purge the stream; will try again", "err", err)
		return
	}
	k.first = first
	if to >= erased && (left == 0 || to-erased >= fileMessages) {
		k.scrubbed = erased
	}
	k.log.Debug("purged the stream", "to", to, "left", left)
}

// since returns how long ago a time in UnixNano was.
func since(nanos *atomic.Int64) time.Duration { return time.Since(time.Unix(0, nanos.Load())) }
