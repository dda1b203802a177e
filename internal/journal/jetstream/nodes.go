package jetstream

import (
	"context"
	"encoding/json"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

const (
	// announceEvery is how often a node says how far it is.
	announceEvery = time.Second
	// aliveFor is for how long after that it counts as alive…
	aliveFor = 3 * announceEvery
	// …and for how long the stream is kept for it: who is away for longer may need a
	// snapshot, if something was erased meanwhile.
	awaitedFor = 10 * time.Minute
	// purgeEvery is the pause between two purges of the stream, for what was erased…
	purgeEvery = 5 * time.Second
	// …and ageEvery for what is old.
	ageEvery = time.Minute
)

// nodes is who has said how far its file is.
type nodes struct {
	mu  sync.Mutex
	all map[string]heard // by name
}

type heard struct {
	position uint64
	at       time.Time
}

func newNodes() *nodes { return &nodes{all: make(map[string]heard)} }

func (n *nodes) hear(node string, position uint64) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all[node] = heard{position, time.Now()}
}

// floor returns the position that all nodes have come to that were heard of lately,
// and the first by name of those that are alive. The caller is one.
func (n *nodes) floor(position uint64, first string) (uint64, string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for node, h := range n.all {
		age := time.Since(h.at)
		if age > awaitedFor {
			delete(n.all, node)
			continue
		}
		position = min(position, h.position)
		if age < aliveFor && node < first {
			first = node
		}
	}
	return position, first
}

// announcement is what a node says once a second to all, on SNUG.node.position.
type announcement struct {
	Node     string `json:"node"`
	Position uint64 `json:"position"`
}

// subscribe has what comes on a subject handled until the journal is closed.
func (j *Journal) subscribe(subject string, handle nats.MsgHandler) error {
	s, err := j.conn.Subscribe(subject, handle)
	if err == nil {
		j.subs = append(j.subs, s)
	}
	return err
}

// watch is the keeper: it says how far this node is, hears how far the others are,
// looks how far the stream is, and purges it of what all have. It ends with the
// journal.
func (j *Journal) watch(hears chan<- error) {
	defer close(j.kept)
	s, err := j.conn.Subscribe(j.name+".node.position", func(m *nats.Msg) {
		var a announcement
		if json.Unmarshal(m.Data, &a) == nil {
			j.nodes.hear(a.Node, a.Position)
		}
	})
	hears <- err
	if err != nil {
		return
	}
	defer func() { _ = s.Unsubscribe() }() // it fails only if the connection is closed
	tick := time.NewTicker(announceEvery)
	defer tick.Stop()
	var purged time.Time
	told := time.Now()
	for {
		select {
		case <-tick.C:
		case <-j.until.Done():
			return
		}
		if !j.announcing.Load() {
			continue
		}
		j.announce()
		j.look(j.until)
		if j.current.Load() == 0 && time.Since(told) > stillEvery {
			told = time.Now()
			j.log.Info("the journal catches up with its stream", "position", j.position.Load(), "behind", j.behind())
		}
		if time.Since(purged) >= purgeEvery && j.seen.Load() != 0 {
			purged = time.Now()
			j.purge(j.until)
		}
	}
}

func (j *Journal) announce() {
	data, err := json.Marshal(announcement{j.node, j.position.Load()})
	if err == nil {
		err = j.conn.Publish(j.name+".node.position", data)
	}
	if err != nil {
		j.log.Debug("this node can't say how far it is", "err", err)
	}
}

// look asks how far the stream is.
func (j *Journal) look(ctx context.Context) {
	before := j.last.Load() // what there was a second ago should be in the file
	info, err := j.info(ctx)
	if err != nil {
		if ctx.Err() == nil && j.seen.Load() != 0 && time.Since(time.Unix(0, j.seen.Load())) > unseenAfter {
			j.outage.Fail(err)
		}
		return
	}
	j.outage.Succeed()
	j.outage.Look()
	now := time.Now().UnixNano()
	j.first = info.State.FirstSeq
	j.last.Store(info.State.LastSeq)
	if j.current.Load() == 0 {
		return // it isn't open yet
	}
	j.seen.Store(now)
	position := j.position.Load()
	if position >= before {
		j.current.Store(now)
	}
	switch incarnation, err := incarnationOf(info); {
	case err != nil:
		j.lose(err)
	case incarnation != j.mender.File.Incarnation():
		j.lose(ErrOther)
	case position+1 < info.State.FirstSeq:
		j.lose(errHole)
	}
}

// lose notes that the journal can't go on from its file.
func (j *Journal) lose(err error) {
	if !j.lost.CompareAndSwap(false, true) {
		return
	}
	j.log.Error("the journal can't go on from its file: start the server again", "err", err)
	j.end <- err
}

// purge removes from the stream what all nodes have, up to what is older than it is
// to keep, or was erased. A purge ends within a file of the stream's, which goes when
// all in it has; so after an erasure as much goes as may, again and again until that
// was all there was, or so much has come that the file is another.
func (j *Journal) purge(ctx context.Context) {
	floor, purger := j.nodes.floor(j.position.Load(), j.node)
	if purger != j.node {
		return
	}
	var to uint64
	if time.Since(j.aged) >= ageEvery {
		j.aged = time.Now()
		old, err := j.mender.File.LastBefore(ctx, time.Now().Add(-j.keep))
		if err != nil {
			j.log.Warn("the stream can't be purged, and will be tried again", "err", err)
			return
		}
		to = min(old, floor)
	}
	erased := j.erased.Load()
	if erased > j.scrubbed && floor >= erased {
		to = floor
	}
	if to < max(j.first, 1) {
		return
	}
	left, err := j.purgeTo(ctx, to)
	if err != nil {
		j.log.Debug("the stream can't be purged, and will be tried again", "err", err)
		return
	}
	if to >= erased && (left == 0 || to-erased >= fileMessages) {
		j.scrubbed = erased
	}
	j.log.Debug("the stream was purged", "to", to, "left", left)
}

// fileMessages is how many messages surely fill a file of the stream's.
const fileMessages = 100_000

// purgeTo returns how many messages are left.
func (j *Journal) purgeTo(ctx context.Context, to uint64) (left uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*apiTimeout)
	defer cancel()
	s, err := j.js.Stream(ctx, j.name)
	if err != nil {
		return 0, err
	}
	if err := s.Purge(ctx, jetstream.WithPurgeSequence(to+1)); err != nil {
		return 0, err
	}
	info, err := s.Info(ctx)
	if err != nil {
		return 0, err
	}
	j.first = info.State.FirstSeq
	return info.State.Msgs, nil
}
