package peers

import (
	"context"
	"fmt"
	"sync"
	"time"

	"snug/internal/room"
)

// nicks are the nicks that this node holds for its members, as far as it knows: the
// stream decides.
type nicks struct {
	mesh *Network
	keptIn
	wake  chan struct{} // keep has something to do
	probe chan struct{} // it is to find out whether a majority is there
	done  chan struct{} // keep does what it can, and ends

	ctx    context.Context // keep's
	cancel context.CancelFunc

	mu      sync.Mutex
	holds   map[place]*hold
	todo    map[place]bool // those to be looked at
	failing error          // why nicks can't be given; nil if they can, as far as is known
	agree   time.Time      // since when what is written is taken; zero if that isn't known
}

// place is a nick in a room.
type place struct {
	room room.Code
	key  string // room.Nick.Key
}

// hold is a member's on a nick. Its fields are nicks.mu's.
type hold struct {
	place  place
	member string
	refs   int           // claims, and links that show the member by it
	link   *link         // that does, if one does
	placed bool          // the stream said that it is the member's
	busy   chan struct{} // of one: who has put something in may ask the stream
}

const (
	// claimWithin bounds how long a claim waits for the stream…
	claimWithin = 3 * time.Second
	// …and keepAgain is when what couldn't be done is tried again.
	keepAgain = time.Second
	// lookEvery is how often it is looked whether nicks can be given, for Ready.
	lookEvery = 5 * time.Second
	// sureAfter is how long the stream must have taken what is written, and a node been
	// silent, before its nicks are given away: who was cut off itself, and is back,
	// hears the others by then.
	sureAfter = beatEvery + beatEvery/2
	// refreshEvery is how often all nicks are looked at, and written anew for the stream
	// to keep them…
	refreshEvery = 10 * time.Minute
	// …which forgets what nobody has written for so long: those of nodes that were
	// killed.
	forgetAfter = 6 * refreshEvery
	// finishWithin bounds how long Close waits for nicks to be given back.
	finishWithin = time.Second
)

func newNicks(m *Network, replicas int) *nicks {
	ctx, cancel := context.WithCancel(context.Background())
	return &nicks{
		ctx: ctx, cancel: cancel,
		mesh: m, keptIn: keptIn{mesh: m, replicas: replicas, there: make(chan struct{})},
		wake: make(chan struct{}, 1), probe: make(chan struct{}, 1), done: make(chan struct{}),
		holds: make(map[place]*hold), todo: make(map[place]bool), failing: errNotYet,
	}
}

// claim is room.Link's.
func (n *nicks) claim(ctx context.Context, code room.Code, key, member string) (drop func(), granted bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, claimWithin)
	defer cancel()
	h := n.hold(place{code, key}, member)
	if h == nil {
		return func() {}, false, nil
	}
	drop = sync.OnceFunc(func() { n.drop(h) })
	if granted, err = n.settle(ctx, h, false); !granted {
		drop()
		return func() {}, false, err
	}
	return drop, true, nil
}

// hold returns a member's hold on a place with one more reference; nil if another
// member here has one.
func (n *nicks) hold(at place, member string) *hold {
	n.mu.Lock()
	defer n.mu.Unlock()
	h := n.holds[at]
	switch {
	case h == nil:
		h = &hold{place: at, member: member, busy: make(chan struct{}, 1)}
		n.holds[at] = h
	case h.member == member:
	case h.refs > 0:
		return nil
	default: // it is being given back
		h.member, h.placed = member, false
	}
	h.refs++
	return h
}

// show returns the hold of a member that is shown by a nick; nil if another member
// here has one.
func (n *nicks) show(l *link, member, key string) *hold {
	h := n.hold(place{l.code, key}, member)
	if h == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	h.link = l
	if !h.placed {
		n.look(h.place)
	}
	return h
}

// drop takes a reference from a hold. Without any its nick is given back.
func (n *nicks) drop(h *hold) {
	if h == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if h.refs--; h.refs == 0 {
		h.link = nil
		n.look(h.place)
	}
}

// doubt has a nick looked at that another member goes by elsewhere.
func (n *nicks) doubt(at place, member string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if h := n.holds[at]; h != nil && h.member != member {
		n.look(at)
	}
}

// recheck has all nicks looked at.
func (n *nicks) recheck() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for at := range n.holds {
		n.look(at)
	}
}

// written notes whether the stream has taken something: then a majority was there.
func (n *nicks) written(err error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case err != nil:
		n.agree = time.Time{}
	case n.agree.IsZero():
		n.agree = time.Now()
	}
}

// unsure has it found out anew whether a majority is there.
func (n *nicks) unsure() {
	n.written(errUnsure)
	select {
	case n.probe <- struct{}{}:
	default: // one is enough
	}
}

// sure reports whether this node has been one of a majority for so long that it
// would have heard of whoever is there.
func (n *nicks) sure() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return !n.agree.IsZero() && time.Since(n.agree) > sureAfter
}

// look has keep look at a place. mu is held.
func (n *nicks) look(at place) {
	n.todo[at] = true
	select {
	case n.wake <- struct{}{}:
	default: // one is enough for all
	}
}

func (h *hold) begin(ctx context.Context) error {
	select {
	case h.busy <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a nick: %w", ctx.Err())
	}
}

func (h *hold) end() { <-h.busy }
