package peers

import (
	"context"
	"encoding/base64"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"snug/internal/room"
)

// link is one room's tie to the other nodes: what it has told them, and what they
// have told it.
type link struct {
	mesh  *Network
	code  room.Code
	ready chan struct{}
	wake  chan struct{}

	mu      sync.Mutex
	here    map[string]shown // by member
	news    map[string]bool  // members of whom the others are to be told
	typing  map[string]bool  // likewise
	due     bool             // run is to tell something
	closed  bool
	inbox   []room.News
	waiting int  // members in inbox, about
	relist  bool // inbox has overflowed: ask for everything when it is empty

	once sync.Once // closes ready

	// run's alone.
	sub     *nats.Subscription
	begun   bool
	version uint64            // of what was told last; 0 for nothing
	known   map[string]*known // by node
	asked   map[string]bool   // nodes that ready waits for
	giveUp  *time.Timer
}

// shown is a member that the others are told of.
type shown struct {
	room.Present
	hold *hold // of its nick; nil if that is another's
}

// known is what a link has of a node.
type known struct {
	sure    bool // version is what it has
	version uint64
	asked   time.Time // for a list; zero if none is under way
	parts   []present // of a list that isn't complete
	next    int       // part
}

// inboxHolds is how many members may wait in an inbox for a room that doesn't take
// them, before it is emptied and all is asked for again.
const inboxHolds = 200_000

// askAgain is how long an answer may take.
const askAgain = time.Second

func newLink(m *Network, code room.Code) *link {
	l := &link{
		mesh: m, code: code, ready: make(chan struct{}), wake: make(chan struct{}, 1), due: true,
		here: make(map[string]shown), news: make(map[string]bool), typing: make(map[string]bool),
		known: make(map[string]*known), asked: make(map[string]bool),
	}
	return l
}

// token returns s as a token of a NATS subject, where '.', '*' and '>' mean something.
func token(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// What follows implements room.Link.

func (l *link) Ready() <-chan struct{} { return l.ready }
func (l *link) Wake() <-chan struct{}  { return l.wake }

func (l *link) Take() []room.News {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.inbox
	l.inbox, l.waiting = nil, 0
	return taken
}

func (l *link) Show(p room.Present) {
	l.mu.Lock()
	was, there := l.here[p.Member]
	if l.closed || there && equal(&was.Present, &p) {
		l.mu.Unlock()
		return
	}
	now := shown{p, was.hold}
	renamed := !there || was.Nick.Key() != p.Nick.Key()
	if renamed {
		now.hold = l.mesh.nicks.show(l, p.Member, p.Nick.Key())
	}
	l.here[p.Member] = now
	l.news[p.Member] = true
	l.unlock()
	if renamed {
		l.mesh.nicks.drop(was.hold)
	}
	if now.hold == nil {
		l.push(room.News{Node: l.mesh.self, Lost: p.Member, LostKey: p.Nick.Key()})
	}
}

func equal(a, b *room.Present) bool {
	return a.Nick == b.Nick && a.Stamp == b.Stamp && a.Role == b.Role && a.Guest == b.Guest && slices.Equal(a.Addresses, b.Addresses)
}

func (l *link) Hide(member string) {
	l.mu.Lock()
	was, there := l.here[member]
	if !there {
		l.mu.Unlock()
		return
	}
	delete(l.here, member)
	l.news[member] = true
	l.unlock()
	l.mesh.nicks.drop(was.hold)
}

func (l *link) Typing(member string) {
	l.mu.Lock()
	if _, there := l.here[member]; !there {
		l.mu.Unlock()
		return
	}
	l.typing[member] = true
	l.unlock()
}

func (l *link) Claim(ctx context.Context, nick room.Nick, member string) (drop func(), granted bool, err error) {
	return l.mesh.nicks.claim(ctx, l.code, nick.Key(), member)
}

func (l *link) Close() {
	l.mu.Lock()
	for member, was := range l.here {
		l.news[member] = true
		l.mesh.nicks.drop(was.hold)
	}
	clear(l.here)
	l.closed = true
	l.unlock()
	l.mesh.mu.Lock()
	if l.mesh.links[l.code] == l { // the room may be open again
		delete(l.mesh.links, l.code)
	}
	l.mesh.mu.Unlock()
}

// unlock unlocks mu, and sees to it that run tells what there is.
func (l *link) unlock() {
	was := l.due
	l.due = true
	l.mu.Unlock()
	if !was {
		l.mesh.due(l)
	}
}

// push hands the room news.
func (l *link) push(n room.News) {
	l.mu.Lock()
	l.inbox = append(l.inbox, n)
	l.waiting += 1 + len(n.Here) + len(n.Gone) + len(n.Typing)
	if l.waiting > inboxHolds {
		l.overflow()
	}
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default: // one is enough for all
	}
}

// overflow makes the inbox small: everyone elsewhere is gone, until the nodes have
// told again.
func (l *link) overflow() {
	nodes := make(map[string]bool)
	for i := range l.inbox {
		nodes[l.inbox[i].Node] = true
	}
	l.inbox, l.waiting, l.relist = nil, 0, true
	for id := range maps.Keys(nodes) {
		l.inbox = append(l.inbox, room.News{Node: id, All: true})
	}
}
