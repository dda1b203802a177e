package peers

import (
	"context"
	"errors"
	"sync"
	"time"

	"snug/internal/room"
)

// nickKey is a nick in a room.
type nickKey struct {
	room room.Code
	nick string // room.Nick.Key
}

// nickStore records which member owns which nick. All nodes share one. Its methods are
// safe for concurrent use and wait until ctx ends.
type nickStore interface {
	// Open creates the store if it doesn't exist. Until Open has succeeded once, Acquire
	// and Release wait for it.
	Open(ctx context.Context) error

	// Acquire makes a member of this node the owner of a nick, and reports whether it
	// is. It isn't if another member owns the nick on another node that may be alive; that
	// no two members of one node want a nick is the caller's business. With verify,
	// Acquire reads the owner before it writes: that costs less if the member is the
	// owner already. The error is nil, errStoreLost, errConflict or another reason
	// why the store can't be used now.
	Acquire(ctx context.Context, key nickKey, member string, verify bool) (granted bool, err error)

	// Release ends a member's ownership as far as this node is concerned. A nick that the
	// member doesn't own stays as it is. The errors are those of Acquire.
	Release(ctx context.Context, key nickKey, member string) error

	// Probe finds out whether the store can be written, and creates it if it doesn't exist.
	Probe(ctx context.Context) error
}

var (
	// errStoreLost means that the store has vanished with everything in it. The next
	// Open creates it again; then every owner acquires its nicks again.
	errStoreLost = errors.New("the store of nicks is gone")
	// errStoreClosed means that no Open has succeeded yet.
	errStoreClosed = errors.New("the store of nicks isn't open yet")
	// errConflict means that others wrote the same nick each time that it was tried.
	errConflict = errors.New("others are taking the same nick")
)

// establishedAfter is how long writes must have succeeded before silence of a node means
// that it is gone. A node that was cut off itself and is back hears the others by then.
const establishedAfter = heartbeatEvery + heartbeatEvery/2

// quorum tracks since when this node's writes to the nick store succeed, which takes a
// majority of the store's servers. It is safe for concurrent use.
type quorum struct {
	mu    sync.Mutex
	since time.Time // zero if it isn't known
}

// observe notes the outcome of a write.
func (q *quorum) observe(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case err != nil:
		q.since = time.Time{}
	case q.since.IsZero():
		q.since = time.Now()
	}
}

// reset forgets all earlier writes.
func (q *quorum) reset() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.since = time.Time{}
}

// established reports whether this node has belonged to a majority for long enough to
// have heard from every node that is alive.
func (q *quorum) established() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return !q.since.IsZero() && time.Since(q.since) > establishedAfter
}
