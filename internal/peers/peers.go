// Package peers shares presence and nicks between the nodes of a cluster. It
// implements [room.Peers] over NATS.
//
// Presence (who is in which room) travels over core NATS and is stored nowhere. Each
// node sends a heartbeat every second. It publishes changes of a room's members on the
// room's subject, which a node subscribes to only while it has that room open. Changes
// are numbered, and a heartbeat contains the numbers of the rooms that changed since the
// last heartbeat. A node that missed a change therefore notices within about a second,
// and asks for the full list of members. A node that has been silent for 3 s counts as
// gone, and so do its members.
//
// Nicks are leased from a [nickStore] that all nodes share: a JetStream stream in memory
// with one message per nick, which is written by compare-and-swap. A node that can't
// reach a majority of the stream's servers gets no nicks.
//
// A Network owns two goroutines. [New] starts them and [Network.Close] waits for them:
// run talks to the other nodes, and the nick keeper renews and returns leases. Of the
// methods that a room calls, only Claim waits for either. Lead decides which node does what
// one alone does, in its caller's goroutine and one more. Who sees a room (visible.go) is asked when it
// matters, and not shared before.
package peers

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"regexp"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"snug/internal/room"
)

const (
	heartbeatEvery = time.Second
	// goneAfter is how long a node may be silent before it counts as gone.
	goneAfter = 3 * time.Second
	// checkEvery is how often silent nodes and missing answers are looked for.
	checkEvery = 250 * time.Millisecond
	// settleAfter is how long a node that has just started waits to hear from the
	// others, which answer its first heartbeat at once.
	settleAfter = 500 * time.Millisecond
	// answerTimeout bounds how long a room that is being opened waits for the other nodes.
	answerTimeout = time.Second
	// maxQueuedMessages is how many messages of other nodes may wait to be read. NATS
	// drops any more; the numbers in later messages show what was missed.
	maxQueuedMessages = 4096
)

// Options are the options of a Network.
type Options struct {
	// Replicas is how many servers keep the nicks: 1 if it is 0.
	Replicas int
	Log      *slog.Logger
}

// Network is this node's view of the nodes that share a NATS. It is safe for
// concurrent use.
type Network struct {
	nc     *nats.Conn
	name   string
	self   string // the ID of this process: the name and when it started
	log    *slog.Logger
	quorum *quorum
	nicks  *nickLeases
	stream *nickStream // of the leases, and of Lead

	messages chan *nats.Msg
	subs     []*nats.Subscription // except those of rooms
	kick     chan struct{}        // has a value when unsent isn't empty
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup
	logOnce  sync.Once // logs the first message that can't be decoded

	mu      sync.Mutex
	links   map[room.Code]*link
	unsent  []*link          // links with something to publish, or to start or end
	nodes   map[string]*node // the other nodes that are alive, by ID
	ended   map[string]bool  // IDs of nodes that have said goodbye
	settled bool             // the other nodes have had time to answer

	// The fields below belong to run.

	heartbeats uint64               // sent
	version    uint64               // of the change that was published last, in any room
	changed    map[room.Code]uint64 // versions of rooms since the last heartbeat
	asking     map[*link]bool       // links that may be waiting for an answer
	checked    time.Time            // when check last ran
}

// node is another node.
type node struct {
	id         string
	name       string
	heartbeats uint64    // the number of its last heartbeat
	heard      time.Time // when that arrived
}

var names = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

// New joins the other nodes over nc under a name that no other node has. It doesn't
// wait for them. The caller closes the Network before it closes nc.
func New(nc *nats.Conn, name string, o Options) (*Network, error) {
	if !names.MatchString(name) {
		return nil, fmt.Errorf("peers: invalid node name %q: use 1 to 64 letters, digits, _ . and -, starting with a letter or digit", name)
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("peers: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	n := &Network{
		nc: nc, name: name, log: o.Log.With("node", name),
		// A later process of the same node has a higher ID.
		self:   name + "." + fmt.Sprintf("%013d", time.Now().UnixMilli()) + rand.Text()[:4],
		quorum: new(quorum), messages: make(chan *nats.Msg, maxQueuedMessages), kick: make(chan struct{}, 1), ctx: ctx, cancel: cancel,
		links: make(map[room.Code]*link), nodes: make(map[string]*node), ended: make(map[string]bool),
		changed: make(map[room.Code]uint64), asking: make(map[*link]bool), checked: time.Now(),
	}
	n.stream = newNickStream(js, n.self, max(o.Replicas, 1), n.quorum, n.mayBeAlive)
	n.nicks = newNickLeases(n.stream, n.log)
	for _, subject := range []string{heartbeatSubject, nodeSubject(n.self)} {
		sub, err := nc.ChanSubscribe(subject, n.messages)
		if err != nil {
			cancel()
			n.unsubscribe()
			return nil, fmt.Errorf("peers: subscribe to %s: %w", subject, err)
		}
		n.subs = append(n.subs, sub)
	}
	n.doubtQuorum()
	n.running.Go(n.run)
	n.running.Go(n.nicks.keep)
	return n, nil
}

// Close says goodbye to the other nodes and ends the Network's goroutines. It waits up
// to a second for leases to be returned.
func (n *Network) Close() {
	close(n.nicks.done)
	timeout := time.AfterFunc(returnTimeout, n.nicks.cancel)
	defer timeout.Stop()
	n.cancel()
	n.running.Wait()
	n.unsubscribe()
}

// Ready returns why new members can't join rooms on this node, or nil if they can as
// far as is known. It doesn't wait.
func (n *Network) Ready() error {
	if err := n.nicks.err(); err != nil {
		return fmt.Errorf("nicks can't be given out: %w", err)
	}
	return nil
}

func (n *Network) unsubscribe() {
	for _, sub := range n.subs {
		_ = sub.Unsubscribe() // fails only if the connection is closed
	}
}

// doubtQuorum forgets that a majority of the nick store's servers could be reached,
// and has the nick keeper find out anew.
func (n *Network) doubtQuorum() {
	n.quorum.reset()
	n.nicks.requestProbe()
}

// Open implements [room.Peers].
func (n *Network) Open(code room.Code) room.Link {
	l := newLink(n, code)
	n.mu.Lock()
	n.links[code] = l
	n.mu.Unlock()
	n.schedule(l)
	return l
}

// schedule has run publish what l has to publish.
func (n *Network) schedule(l *link) {
	n.mu.Lock()
	n.unsent = append(n.unsent, l)
	n.mu.Unlock()
	select {
	case n.kick <- struct{}{}:
	default: // one value is enough for all links
	}
}

// publishUnsent publishes what links have to publish.
func (n *Network) publishUnsent() {
	n.mu.Lock()
	unsent := n.unsent
	n.unsent = nil
	n.mu.Unlock()
	for _, l := range unsent {
		l.publish()
	}
}

// link returns the link of a room, or nil if the room isn't open on this node.
func (n *Network) link(code room.Code) *link {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.links[code]
}

func (n *Network) allLinks() []*link {
	n.mu.Lock()
	defer n.mu.Unlock()
	all := make([]*link, 0, len(n.links))
	for _, l := range n.links {
		all = append(all, l)
	}
	return all
}
