package auth

import (
	"context"
	"sync"

	"snug/protocol"
)

// Requester is who asks for costly work.
type Requester struct {
	Address string // the network that the client comes from, in any form
	Room    string
}

// fairQueue gives out a few slots for costly work, in turn: while others wait, no address
// and no room gets its next slot before each of the others has had one. It is safe
// for concurrent use.
//
// It is start-time fair queuing with requests of equal cost: each request has a rank, one
// above the highest of the rank served last and those of the earlier requests from the
// same address or for the same room. The lowest rank is served first, then
// the earliest.
type fairQueue struct {
	maxWaiting int

	mu      sync.Mutex
	free    int // slots
	served  uint64
	ranks   map[Requester]uint64 // the last rank of an address or a room, each with the other field empty
	waiting []*waiter            // in the order in which they came
}

type waiter struct {
	rank uint64
	turn chan error // has the outcome: nil, or why there is no slot
}

func newFairQueue(slots, maxWaiting int) *fairQueue {
	return &fairQueue{maxWaiting: maxWaiting, free: slots, ranks: make(map[Requester]uint64)}
}

// acquire waits for a slot until ctx ends. If too many wait, the one with the highest rank
// is refused, with a *protocol.Error. The caller releases the slot.
func (q *fairQueue) acquire(ctx context.Context, from Requester) (release func(), err error) {
	w := q.enqueue(from)
	select {
	case err := <-w.turn:
		if err != nil {
			return nil, err
		}
		return q.release, nil
	case <-ctx.Done():
		q.abandon(w)
		return nil, ctx.Err()
	}
}

func (q *fairQueue) enqueue(from Requester) *waiter {
	q.mu.Lock()
	defer q.mu.Unlock()
	w := &waiter{rank: q.rank(from), turn: make(chan error, 1)}
	q.waiting = append(q.waiting, w)
	switch {
	case q.free > 0:
		q.free--
		q.serveNext()
	case len(q.waiting) > q.maxWaiting:
		q.remove(q.last()).turn <- errBusy()
	}
	return w
}

// rank returns the rank of a request, and notes it. The caller holds mu.
func (q *fairQueue) rank(from Requester) uint64 {
	address, room := Requester{Address: from.Address}, Requester{Room: from.Room}
	rank := max(q.served, q.ranks[address], q.ranks[room]) + 1
	q.ranks[address], q.ranks[room] = rank, rank
	return rank
}

// release gives a slot to the next waiter.
func (q *fairQueue) release() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.free++
		clear(q.ranks)
		return
	}
	q.serveNext()
}

// serveNext gives a slot to the waiter with the lowest rank. The caller holds mu.
func (q *fairQueue) serveNext() {
	next := 0
	for i, w := range q.waiting {
		if w.rank < q.waiting[next].rank {
			next = i
		}
	}
	w := q.remove(next)
	q.served = w.rank
	w.turn <- nil
	if len(q.ranks) > 4*q.maxWaiting {
		for who, rank := range q.ranks {
			if rank <= q.served { // it is as if it had never asked
				delete(q.ranks, who)
			}
		}
	}
}

// last returns the index of the waiter that is served last. The caller holds mu.
func (q *fairQueue) last() int {
	last := 0
	for i, w := range q.waiting {
		if w.rank >= q.waiting[last].rank {
			last = i
		}
	}
	return last
}

// remove removes a waiter. The caller holds mu.
func (q *fairQueue) remove(i int) *waiter {
	w := q.waiting[i]
	q.waiting = append(q.waiting[:i], q.waiting[i+1:]...)
	return w
}

// abandon removes a waiter that no longer waits, and passes on its slot if it has just
// been given one.
func (q *fairQueue) abandon(w *waiter) {
	q.mu.Lock()
	for i, other := range q.waiting {
		if other == w {
			q.remove(i)
			break
		}
	}
	q.mu.Unlock()
	select {
	case err := <-w.turn:
		if err == nil {
			q.release()
		}
	default:
	}
}

func errBusy() error {
	e := protocol.Errorf(protocol.Unavailable, "too many passwords are waiting to be checked: try again in a while")
	e.RetryAfter = retryBusy
	return e
}
