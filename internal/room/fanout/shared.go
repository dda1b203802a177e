package fanout

import (
	"errors"
	"slices"
	"sync"
)

// sharedReads lets many callers who want the same thing at about the same time share
// one read: after a restart, everyone in a room wants the same page. It remembers the
// last few results until forget is called. Results are shared, so nobody may change
// them. It is safe for concurrent use.
type sharedReads[K comparable, V any] struct {
	mu     sync.Mutex
	reads  map[K]*read[V]
	recent []K // the keys of reads, oldest first
}

type read[V any] struct {
	once  sync.Once
	value V
	err   error
}

// errPanicked is the result for those who wait for a read that panics.
var errPanicked = errors.New("the shared read panicked")

// readsRemembered bounds the results that are remembered.
const readsRemembered = 4

// do returns what f returned for key, now or a moment ago. Errors are not remembered.
// It waits for f.
func (s *sharedReads[K, V]) do(key K, f func() (V, error)) (V, error) {
	s.mu.Lock()
	r := s.reads[key]
	if r == nil {
		if s.reads == nil {
			s.reads = make(map[K]*read[V])
		}
		r = new(read[V])
		s.reads[key] = r
		s.recent = append(s.recent, key)
		if len(s.recent) > readsRemembered {
			delete(s.reads, s.recent[0]) // those who wait for it still have it
			s.recent = s.recent[1:]
		}
	}
	s.mu.Unlock()

	r.once.Do(func() {
		r.err = errPanicked // unless f returns
		r.value, r.err = f()
	})
	if r.err != nil {
		s.mu.Lock()
		if s.reads[key] == r {
			delete(s.reads, key)
			s.recent = slices.DeleteFunc(s.recent, func(k K) bool { return k == key })
		}
		s.mu.Unlock()
	}
	return r.value, r.err
}

// forget forgets all results.
func (s *sharedReads[K, V]) forget() {
	s.mu.Lock()
	s.reads, s.recent = nil, nil
	s.mu.Unlock()
}
