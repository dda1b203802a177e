package peers

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// nickLeases are the nicks of this node's members. The store decides; a lease records what
// this node asks of the store, and its last answer. A nickLeases is safe for concurrent use.
type nickLeases struct {
	store nickStore
	log   *slog.Logger

	wake    chan struct{} // has a value when pending isn't empty
	probe   chan struct{} // has a value when the keeper is to probe the store
	done    chan struct{} // closed to end the keeper when it has returned what it can
	ctx     context.Context
	cancel  context.CancelFunc
	mu      sync.Mutex
	leases  map[nickKey]*nickLease
	pending map[nickKey]bool // to be checked against the store by the keeper
	failing error            // why the store can't be used; nil if it can as far as is known
}

// nickLease is a member's right to a nick, while somebody references it. Its fields
// except key and busy are guarded by nickLeases.mu.
type nickLease struct {
	key      nickKey
	member   string
	refs     int                      // claims, and links that show the member by the nick
	onLost   func(member, key string) // called when the store says that the nick is another member's; may be nil
	acquired bool                     // the store said that the nick is the member's
	busy     chan struct{}            // a semaphore: its holder uses the store for this nick
}

// claimTimeout bounds how long a claim waits for the store.
const claimTimeout = 3 * time.Second

// errUnknown is why nicks can't be given out before the store was tried.
var errUnknown = errors.New("the node has just started")

func newNickLeases(store nickStore, log *slog.Logger) *nickLeases {
	ctx, cancel := context.WithCancel(context.Background())
	return &nickLeases{
		store: store, log: log,
		wake: make(chan struct{}, 1), probe: make(chan struct{}, 1), done: make(chan struct{}),
		ctx: ctx, cancel: cancel,
		leases: make(map[nickKey]*nickLease), pending: make(map[nickKey]bool), failing: errUnknown,
	}
}

// claim leases a nick to a member until drop is called. It waits for the store, at most
// claimTimeout. If another member has the nick it isn't granted.
func (n *nickLeases) claim(ctx context.Context, key nickKey, member string) (drop func(), granted bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, claimTimeout)
	defer cancel()
	l := n.reference(key, member)
	if l == nil {
		return func() {}, false, nil
	}
	drop = sync.OnceFunc(func() { n.release(l) })
	if granted, err = n.acquire(ctx, l, false); !granted {
		drop()
		if errors.Is(err, errStoreLost) {
			n.checkAll()
		}
		return func() {}, false, err
	}
	return drop, true, nil
}

// show leases a nick to a member that is shown by it. It doesn't wait: the keeper
// acquires the nick, and calls onLost if it is another member's. It returns nil if another
// member of this node has the nick. The caller releases the lease.
func (n *nickLeases) show(key nickKey, member string, onLost func(member, key string)) *nickLease {
	l := n.reference(key, member)
	if l == nil {
		return nil
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	l.onLost = onLost
	if !l.acquired {
		n.check(key)
	}
	return l
}

// reference returns a member's lease with one more reference, or nil if another member
// of this node has the nick.
func (n *nickLeases) reference(key nickKey, member string) *nickLease {
	n.mu.Lock()
	defer n.mu.Unlock()
	l := n.leases[key]
	switch {
	case l == nil:
		l = &nickLease{key: key, member: member, busy: make(chan struct{}, 1)}
		n.leases[key] = l
	case l.member == member:
	case l.refs > 0:
		return nil
	default: // it is being returned
		l.member, l.acquired = member, false
	}
	l.refs++
	return l
}

// release drops a reference. The keeper returns a nick without references to the store.
func (n *nickLeases) release(l *nickLease) {
	if l == nil {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if l.refs--; l.refs == 0 {
		l.onLost = nil
		n.check(l.key)
	}
}

// doubt has a lease checked if its nick is shown for another member on another node.
func (n *nickLeases) doubt(key nickKey, member string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if l := n.leases[key]; l != nil && l.member != member {
		n.check(key)
	}
}

// checkAll has all leases checked against the store.
func (n *nickLeases) checkAll() {
	n.mu.Lock()
	defer n.mu.Unlock()
	for key := range n.leases {
		n.check(key)
	}
}

// check has the keeper check a lease. The caller holds mu.
func (n *nickLeases) check(key nickKey) {
	n.pending[key] = true
	select {
	case n.wake <- struct{}{}:
	default: // one value is enough for all leases
	}
}

// requestProbe has the keeper probe the store.
func (n *nickLeases) requestProbe() {
	select {
	case n.probe <- struct{}{}:
	default: // one value is enough
	}
}

// err returns why nicks can't be given out, or nil if they can as far as is known.
func (n *nickLeases) err() error {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.failing
}

// acquire makes a nick its member's in the store, unless it is another member's. If the
// store has said so before, it is asked again only with verify.
func (n *nickLeases) acquire(ctx context.Context, l *nickLease, verify bool) (granted bool, err error) {
	if err := l.begin(ctx); err != nil {
		return false, err
	}
	defer l.end()
	n.mu.Lock()
	member, acquired := l.member, l.acquired
	n.mu.Unlock()
	if acquired && !verify {
		return true, nil
	}
	granted, err = n.store.Acquire(ctx, l.key, member, verify)
	n.mu.Lock()
	defer n.mu.Unlock()
	if err == nil {
		l.acquired = granted
	}
	return granted, err
}

// giveBack returns the nick of a lease without references to the store.
func (n *nickLeases) giveBack(ctx context.Context, l *nickLease) error {
	if err := l.begin(ctx); err != nil {
		return err
	}
	defer l.end()
	n.mu.Lock()
	member, referenced := l.member, l.refs > 0
	if !referenced {
		l.acquired = false // a claim meanwhile waits, and asks the store again
	}
	n.mu.Unlock()
	if referenced {
		return nil
	}
	if err := n.store.Release(ctx, l.key, member); err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if l.refs == 0 {
		delete(n.leases, l.key)
	}
	return nil
}

func (l *nickLease) begin(ctx context.Context) error {
	select {
	case l.busy <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for a nick: %w", ctx.Err())
	}
}

func (l *nickLease) end() { <-l.busy }
