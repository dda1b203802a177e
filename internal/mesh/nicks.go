package mesh

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"snug/internal/room"
)

// nicks are the nicks that this node holds for its members, as far as it knows: the
// stream decides.
type nicks struct {
	mesh *Mesh
	keptIn
	wake chan struct{} // keep has something to do
	done chan struct{} // keep does what it can, and ends

	ctx    context.Context // keep's
	cancel context.CancelFunc

	mu    sync.Mutex
	holds map[place]*hold
	todo  map[place]bool // those to be looked at
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
	claimWithin = 2 * time.Second
	// …and keepAgain is when what couldn't be done is tried again.
	keepAgain = time.Second
	// refreshEvery is when a nick is written anew, for the stream to keep it…
	refreshEvery = 2 * time.Hour
	// …which forgets what nobody has written for so long: those of nodes that were
	// killed.
	forgetAfter = 3 * refreshEvery
	// finishWithin bounds how long Close waits for nicks to be given back.
	finishWithin = time.Second
)

func newNicks(m *Mesh, replicas int) *nicks {
	ctx, cancel := context.WithCancel(context.Background())
	return &nicks{
		ctx: ctx, cancel: cancel,
		mesh: m, keptIn: keptIn{mesh: m, replicas: replicas, there: make(chan struct{})},
		wake: make(chan struct{}, 1), done: make(chan struct{}),
		holds: make(map[place]*hold), todo: make(map[place]bool),
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

// look has keep look at a place. mu is held.
func (n *nicks) look(at place) {
	n.todo[at] = true
	select {
	case n.wake <- struct{}{}:
	default: // one is enough for all
	}
}

// finish lets keep end when it has done what it can in a while.
func (n *nicks) finish() {
	close(n.done)
	time.AfterFunc(finishWithin, n.cancel)
}

// keep sees to it that nicks which are shown are held, and others given back, until
// finish.
func (n *nicks) keep() {
	refresh := time.NewTicker(refreshEvery)
	defer refresh.Stop()
	again := time.NewTimer(0) // at first for the stream
	defer again.Stop()
	failing := false
	for finishing := false; !finishing; {
		select {
		case <-n.wake:
		case <-again.C:
		case <-refresh.C:
			n.recheck()
		case <-n.done:
			finishing = true
		}
		switch err := n.work(n.ctx); {
		case err != nil:
			again.Reset(keepAgain)
			if !failing && !finishing {
				n.mesh.log.Error("nicks can't be given, held or given back now: too few servers can be reached", "err", err)
			}
			failing = true
		case failing:
			failing = false
			n.mesh.log.Info("nicks can be given again")
		}
	}
	n.cancel()
}

// work looks at all that is to be looked at, as far as the stream answers.
func (n *nicks) work(ctx context.Context) error {
	if err := n.open(ctx); err != nil {
		return err
	}
	for {
		n.mu.Lock()
		var h *hold
		for at := range n.todo {
			h = n.holds[at]
			delete(n.todo, at)
			break
		}
		left := len(n.todo)
		n.mu.Unlock()
		switch {
		case h == nil && left == 0:
			return nil
		case h == nil:
			continue
		}
		if err := n.attend(ctx, h); err != nil {
			n.mu.Lock()
			n.todo[h.place] = true
			n.mu.Unlock()
			return err
		}
	}
}

// attend makes the stream have what is so here.
func (n *nicks) attend(ctx context.Context, h *hold) error {
	ctx, cancel := context.WithTimeout(ctx, claimWithin)
	defer cancel()
	n.mu.Lock()
	wanted := h.refs > 0
	n.mu.Unlock()
	if wanted {
		granted, err := n.settle(ctx, h, true)
		if err != nil || granted {
			return err
		}
		n.mu.Lock()
		l, member := h.link, h.member
		n.mu.Unlock()
		if l != nil {
			l.push(room.News{Node: n.mesh.self, Lost: member, LostKey: h.place.key})
		}
		return nil
	}
	return n.giveBack(ctx, h)
}

// settle makes a nick its member's in the stream, unless it is another's. Where it
// is known to be the member's that is asked again only if it is doubted.
func (n *nicks) settle(ctx context.Context, h *hold, doubted bool) (granted bool, err error) {
	if err := h.begin(ctx); err != nil {
		return false, err
	}
	defer h.end()
	n.mu.Lock()
	member, placed := h.member, h.placed
	n.mu.Unlock()
	if placed && !doubted {
		return true, nil
	}
	granted, err = n.take(ctx, h.place, member, doubted)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err == nil {
		h.placed = granted
	}
	return granted, err
}

// giveBack lets others have a nick.
func (n *nicks) giveBack(ctx context.Context, h *hold) error {
	if err := h.begin(ctx); err != nil {
		return err
	}
	defer h.end()
	n.mu.Lock()
	member, kept := h.member, h.refs > 0
	if !kept {
		h.placed = false // whoever claims it meanwhile waits, and asks again
	}
	n.mu.Unlock()
	if kept {
		return nil
	}
	if err := n.give(ctx, h.place, member); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if h.refs == 0 {
		delete(n.holds, h.place)
	}
	return nil
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

// errNoStream says that the nicks can't be kept anywhere.
var errNoStream = errors.New("the stream of nicks isn't there")

func isGone(err error) bool {
	return errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, jetstream.ErrStreamNotFound)
}
