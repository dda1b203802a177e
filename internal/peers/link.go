package peers

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"snug/internal/room"
)

// link connects one room to the same room on the other nodes. It implements
// [room.Link]: this file has what the room calls, sync.go what run calls.
//
// What is to be published is a set of members, not a queue: the state of each is looked
// up when it is published. A slow NATS therefore means fewer changes and not more memory.
type link struct {
	network *Network
	code    room.Code
	ready   chan struct{}
	wake    chan struct{}

	mu        sync.Mutex
	here      map[string]shown // the members that the room shows to other nodes
	unsent    map[string]bool  // members whose change isn't published yet
	typing    map[string]bool  // members that are typing, which isn't published yet
	scheduled bool             // run is going to publish
	closed    bool
	inbox     []room.News
	inboxSize int  // members in inbox, approximately
	overflown bool // the inbox has been emptied: request everything when the room has read the rest

	readyOnce sync.Once // closes ready

	// The fields below belong to run.

	sub     *nats.Subscription
	started bool
	version uint64             // of the change that was published last; 0 for none
	remotes map[string]*remote // by node
	awaited map[string]bool    // nodes that haven't answered yet
	timeout *time.Timer        // makes the link ready when it has waited long enough; nil if it never waited
}

// shown is a member that is shown to other nodes.
type shown struct {
	room.Present
	lease *nickLease // nil if the nick is another member's
}

// maxInbox is how many members may wait in an inbox for a room that doesn't read.
// Beyond it the inbox is emptied, and everything is requested again later.
const maxInbox = 200_000

func newLink(n *Network, code room.Code) *link {
	return &link{
		network: n, code: code, ready: make(chan struct{}), wake: make(chan struct{}, 1), scheduled: true,
		here: make(map[string]shown), unsent: make(map[string]bool), typing: make(map[string]bool),
		remotes: make(map[string]*remote), awaited: make(map[string]bool),
	}
}

// Ready implements [room.Link].
func (l *link) Ready() <-chan struct{} { return l.ready }

// Wake implements [room.Link].
func (l *link) Wake() <-chan struct{} { return l.wake }

// Take implements [room.Link].
func (l *link) Take() []room.News {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.inbox
	l.inbox, l.inboxSize = nil, 0
	return taken
}

// Show implements [room.Link].
func (l *link) Show(p room.Present) {
	l.mu.Lock()
	was, there := l.here[p.Member]
	if l.closed || there && equal(&was.Present, &p) {
		l.mu.Unlock()
		return
	}
	now := shown{p, was.lease}
	renamed := !there || was.Nick.Key() != p.Nick.Key()
	if renamed {
		now.lease = l.network.nicks.show(nickKey{l.code, p.Nick.Key()}, p.Member, l.pushLost)
	}
	l.here[p.Member] = now
	l.unsent[p.Member] = true
	l.unlockAndSchedule()
	if renamed {
		l.network.nicks.release(was.lease)
	}
	if now.lease == nil {
		l.pushLost(p.Member, p.Nick.Key())
	}
}

func equal(a, b *room.Present) bool {
	return a.Nick == b.Nick && a.Stamp == b.Stamp && a.Role == b.Role && a.Guest == b.Guest && slices.Equal(a.Addresses, b.Addresses)
}

// Hide implements [room.Link].
func (l *link) Hide(member string) {
	l.mu.Lock()
	was, there := l.here[member]
	if !there {
		l.mu.Unlock()
		return
	}
	delete(l.here, member)
	l.unsent[member] = true
	l.unlockAndSchedule()
	l.network.nicks.release(was.lease)
}

// Typing implements [room.Link].
func (l *link) Typing(member string) {
	l.mu.Lock()
	if _, there := l.here[member]; !there {
		l.mu.Unlock()
		return
	}
	l.typing[member] = true
	l.unlockAndSchedule()
}

// Claim implements [room.Link].
func (l *link) Claim(ctx context.Context, nick room.Nick, member string) (drop func(), granted bool, err error) {
	return l.network.nicks.claim(ctx, nickKey{l.code, nick.Key()}, member)
}

// Close implements [room.Link].
func (l *link) Close() {
	l.mu.Lock()
	for member, was := range l.here {
		l.unsent[member] = true
		l.network.nicks.release(was.lease)
	}
	clear(l.here)
	l.closed = true
	l.unlockAndSchedule()
	l.network.mu.Lock()
	if l.network.links[l.code] == l { // the room may have been opened again
		delete(l.network.links, l.code)
	}
	l.network.mu.Unlock()
}

// unlockAndSchedule unlocks mu and has run publish what is unsent.
func (l *link) unlockAndSchedule() {
	scheduled := l.scheduled
	l.scheduled = true
	l.mu.Unlock()
	if !scheduled {
		l.network.schedule(l)
	}
}

// pushLost tells the room that a member shown here has lost the nick with the key.
func (l *link) pushLost(member, key string) {
	l.push(room.News{Node: l.network.self, Lost: member, LostKey: key})
}

// push puts news into the room's inbox.
func (l *link) push(n room.News) {
	l.mu.Lock()
	l.inbox = append(l.inbox, n)
	l.inboxSize += 1 + len(n.Here) + len(n.Gone) + len(n.Typing)
	if l.inboxSize > maxInbox {
		l.overflow()
	}
	l.mu.Unlock()
	select {
	case l.wake <- struct{}{}:
	default: // one value is enough
	}
}

// overflow replaces the inbox by news that nobody is on the other nodes, until they have
// been asked again. The caller holds mu.
func (l *link) overflow() {
	nodes := make(map[string]bool)
	for i := range l.inbox {
		nodes[l.inbox[i].Node] = true
	}
	l.inbox, l.inboxSize, l.overflown = nil, 0, true
	for id := range nodes {
		l.inbox = append(l.inbox, room.News{Node: id, All: true})
	}
}

// drained reports whether the room has read what was left after an overflow, so that
// everything is to be requested. It is called by run.
func (l *link) drained() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.overflown || len(l.inbox) > 0 {
		return false
	}
	l.overflown = false
	clear(l.remotes)
	return true
}
