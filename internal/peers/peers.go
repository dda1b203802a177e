// Package peers lets the nodes that share a journal know who is in which room on the
// others, and agree on nicks. It is [room.Peers] over NATS.
//
// Who is where goes over core NATS, without storage: each node tells its beat about
// once a second, and on a room's subject, which a node reads only while it has that
// room open, who has come and gone there. What is told of a room is numbered, and a
// beat has the numbers of the rooms that changed since the last one, so that a node
// which has missed something notices within about a second, and asks for all of it.
// A node that is silent for 3 s is taken for gone, and everyone on it.
//
// Nicks are in a JetStream stream in memory, one message a nick, written by
// compare-and-swap: who can't reach a majority gets none.
//
// A Network has two goroutines, both started by [New] and waited for by [Network.Close]:
// run alone talks to the other nodes, keep sees to it that the nicks of those shown
// stay theirs. Nothing that a room calls waits for either, but for Claim.
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
	// beatEvery is how often a node says that it is there…
	beatEvery = time.Second
	// …goneAfter how long after the last beat it is taken for gone…
	goneAfter = 3 * time.Second
	// …and checkEvery how often that is looked at.
	checkEvery = 250 * time.Millisecond
	// settleIn is how long a node that has just started listens for the others,
	// which answer its first beat at once, before it knows who is there.
	settleIn = 500 * time.Millisecond
	// answerWithin bounds how long a room that is opened waits for the others.
	answerWithin = time.Second
	// messagesWait is how many messages of the other nodes may wait to be read;
	// what is beyond is dropped, noticed by its number and asked for.
	messagesWait = 4096
)

// Options are how a Network is set up.
type Options struct {
	// Prefix begins the subjects and the stream that are used: "snug" if it is
	// empty. Deployments that share a NATS have different ones.
	Prefix string
	// Replicas is how many servers keep the nicks: 1 if it is 0.
	Replicas int
	Log      *slog.Logger
}

// Network is one node among those that share a NATS. It is safe for concurrent use.
type Network struct {
	nc     *nats.Conn
	js     jetstream.JetStream
	name   string
	self   string // name and incarnation
	prefix string
	log    *slog.Logger
	nicks  *nicks

	messages chan *nats.Msg
	subs     []*nats.Subscription // but for the rooms'
	kick     chan struct{}        // there is something in told
	ctx      context.Context
	cancel   context.CancelFunc
	running  sync.WaitGroup
	odd      sync.Once // a message that can't be read was logged

	mu      sync.Mutex
	links   map[room.Code]*link
	told    []*link          // have something to tell the others, or to begin or end
	nodes   map[string]*node // those that are there, but for this one
	ended   map[string]bool  // those that said goodbye
	settled bool             // it knows who is there

	// run's alone.
	beats   uint64               // sent
	version uint64               // the last that was given to what was told of a room
	changed map[room.Code]uint64 // the versions of rooms since the last beat
	asking  map[*link]bool       // those that may wait for an answer
	checked time.Time            // when the nodes were last looked at
}

// node is another node.
type node struct {
	id    string
	name  string
	beats uint64    // the number of its last beat
	heard time.Time // when that came
}

var names = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$`)

// New joins the other nodes over nc, under a name that no other node has. It
// doesn't wait for them. Who has it calls Close before closing nc.
func New(nc *nats.Conn, name string, o Options) (*Network, error) {
	if o.Prefix == "" {
		o.Prefix = "snug"
	}
	for what, s := range map[string]string{"node": name, "prefix": o.Prefix} {
		if !names.MatchString(s) {
			return nil, fmt.Errorf("mesh: not a name for a %s: %q; it has 1 to 64 of letters, digits, _ . and -", what, s)
		}
	}
	js, err := jetstream.New(nc)
	if err != nil {
		return nil, fmt.Errorf("mesh: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	m := &Network{
		nc: nc, js: js, name: name, prefix: o.Prefix, log: o.Log.With("node", name),
		// Of two incarnations of a node the later has the higher one.
		self:     name + "." + fmt.Sprintf("%013d", time.Now().UnixMilli()) + rand.Text()[:4],
		messages: make(chan *nats.Msg, messagesWait), kick: make(chan struct{}, 1), ctx: ctx, cancel: cancel,
		links: make(map[room.Code]*link), nodes: make(map[string]*node), ended: make(map[string]bool), changed: make(map[room.Code]uint64), asking: make(map[*link]bool), checked: time.Now(),
	}
	m.nicks = newNicks(m, max(o.Replicas, 1))
	for _, subject := range []string{m.subject("beat"), m.subject("node." + m.self)} {
		sub, err := nc.ChanSubscribe(subject, m.messages)
		if err != nil {
			cancel()
			m.unsubscribe()
			return nil, fmt.Errorf("mesh: listen to %s: %w", subject, err)
		}
		m.subs = append(m.subs, sub)
	}
	m.nicks.unsure()
	m.running.Go(m.run)
	m.running.Go(m.nicks.keep)
	return m, nil
}

// Close says goodbye to the other nodes and ends the mesh. It waits a little for
// nicks to be given back.
func (m *Network) Close() {
	close(m.nicks.done)
	late := time.AfterFunc(finishWithin, m.nicks.cancel)
	defer late.Stop()
	m.cancel()
	m.running.Wait()
	m.unsubscribe()
}

// Ready returns why nobody new can come into a room of this node's; nil if they can, as
// far as it knows. It asks nobody.
func (m *Network) Ready() error {
	m.nicks.mu.Lock()
	defer m.nicks.mu.Unlock()
	if m.nicks.failing != nil {
		return fmt.Errorf("nicks can't be given: %w", m.nicks.failing)
	}
	return nil
}

func (m *Network) unsubscribe() {
	for _, sub := range m.subs {
		_ = sub.Unsubscribe() // fails only where the connection is closed
	}
}

func (m *Network) subject(of string) string { return m.prefix + ".mesh." + of }

// Open implements [room.Peers].
func (m *Network) Open(code room.Code) room.Link {
	l := newLink(m, code)
	m.mu.Lock()
	m.links[code] = l
	m.mu.Unlock()
	m.due(l)
	return l
}

// due sees to it that run tells what l has to tell.
func (m *Network) due(l *link) {
	m.mu.Lock()
	m.told = append(m.told, l)
	m.mu.Unlock()
	select {
	case m.kick <- struct{}{}:
	default: // one is enough for all
	}
}

// tell lets the links that have something tell it.
func (m *Network) tell() {
	m.mu.Lock()
	due := m.told
	m.told = nil
	m.mu.Unlock()
	for _, l := range due {
		l.tell()
	}
}

func (m *Network) link(code room.Code) *link {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.links[code]
}

// all returns all links.
func (m *Network) all() []*link {
	m.mu.Lock()
	defer m.mu.Unlock()
	all := make([]*link, 0, len(m.links))
	for _, l := range m.links {
		all = append(all, l)
	}
	return all
}
