package journal

import (
	"context"
	"sync"
)

// Queue is what waits for an engine's one goroutine that takes drafts in. Its
// methods are safe for concurrent use.
type Queue[T any] struct {
	// C is what waits, and is closed when the last of it was put.
	C chan T
	// Closing is closed when no more is taken.
	Closing chan struct{}

	mu     sync.RWMutex // held for reading by whoever puts
	closed bool
	once   sync.Once
}

// NewQueue returns a queue in which up to size may wait.
func NewQueue[T any](size int) *Queue[T] {
	return &Queue[T]{C: make(chan T, size), Closing: make(chan struct{})}
}

// Put waits for room in the queue. The error is ctx's, or ErrClosed.
func (q *Queue[T]) Put(ctx context.Context, what T) error {
	q.mu.RLock()
	defer q.mu.RUnlock()
	if q.closed {
		return ErrClosed
	}
	select {
	case q.C <- what:
		return nil
	case <-q.Closing:
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Close makes Put fail, and closes C. What waits there is left to be taken.
func (q *Queue[T]) Close() {
	q.once.Do(func() {
		close(q.Closing) // those who wait in Put give up…
		q.mu.Lock()      // …and when they have, nobody sends any more
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
