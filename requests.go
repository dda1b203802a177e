package snug

import (
	"context"
	"sync"
)

// requests counts the requests under way, so that each one has its answer before what it
// needs is closed. It is safe for concurrent use.
type requests struct {
	mu       sync.Mutex
	ended    bool
	underWay sync.WaitGroup
}

// begin counts a request, unless end was called. If it returns true, the caller calls
// underWay.Done in the end.
func (q *requests) begin() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.ended {
		q.underWay.Add(1)
	}
	return !q.ended
}

// end counts no more requests, and waits for those under way, until ctx ends.
func (q *requests) end(ctx context.Context) error {
	q.mu.Lock()
	q.ended = true
	q.mu.Unlock()
	done := make(chan struct{})
	go func() {
		q.underWay.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
