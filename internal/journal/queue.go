package journal

import (
	"context"
	"sync"
)

// Queue holds the drafts that wait for an engine's one goroutine which receives them
// from C. Its methods are safe for concurrent use.
type Queue[T any] struct {
	// C receives what was put. It is closed after Close, when the last Put has
	// returned.
	C chan T
	// Closing is closed as soon as Close is called.
	Closing chan struct{}

	mu     sync.RWMutex // held for reading during Put
	closed bool
	once   sync.Once
}

// NewQueue returns a queue that holds up to size items.
func NewQueue[T any](size int) *Queue[T] {
	return &Queue[T]{C: make(chan T, size), Closing: make(chan struct{})}
}

// Put waits until the queue has room, until ctx ends or until Close is called. The
// error is ctx's, or ErrClosed.
func (q *Queue[T]) Put(ctx context.Context, item T) error {
	q.mu.RLock()
	defer q.mu.RUnlock()
	if q.closed {
		return ErrClosed
	}
	select {
	case q.C <- item:
		return nil
	case <-q.Closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close makes Put fail, and closes C. What was put before can still be received. It
// may be called more than once.
func (q *Queue[T]) Close() {
	q.once.Do(func() {
		close(q.Closing) // wakes every Put that waits
		q.mu.Lock()      // waits until they have returned
		q.closed = true
		close(q.C)
		q.mu.Unlock()
	})
}

// Closed reports whether Close was called.
func (q *Queue[T]) Closed() bool {
	select {
	case <-q.Closing:
		return true
	default:
		return false
	}
}
