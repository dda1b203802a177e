package room

import (
	"errors"
	"slices"
	"sync"
)

// herd makes many askers of the same thing at about the same time do its work
// once: after a restart everyone in a room wants the same page. It remembers the
// last few answers until it is told to forget. An answer must be one that
// doesn't change; the askers share it and don't change it either.
type herd[K comparable, V any] struct {
	mu     sync.Mutex
	calls  map[K]*call[V]
	recent []K // the keys of calls, oldest first
}

type call[V any] struct {
	once  sync.Once
	value V
	err   error
}

// errPanicked is the answer to those who wait for a call that panics.
var errPanicked = errors.New("the call for it panicked")

// herdRemembers bounds the answers that a herd keeps.
const herdRemembers = 4

// do returns what f returned for key, just now or a moment ago. An error isn't
// remembered.
func (h *herd[K, V]) do(key K, f func() (V, error)) (V, error) {
	h.mu.Lock()
	c := h.calls[key]
	if c == nil {
		if h.calls == nil {
			h.calls = make(map[K]*call[V])
		}
		c = new(call[V])
		h.calls[key] = c
		h.recent = append(h.recent, key)
		if len(h.recent) > herdRemembers {
			delete(h.calls, h.recent[0]) // who waits for it still has it
			h.recent = h.recent[1:]
		}
	}
	h.mu.Unlock()

	c.once.Do(func() {
		c.err = errPanicked // unless f returns
		c.value, c.err = f()
	})
	if c.err != nil {
		h.mu.Lock()
		if h.calls[key] == c {
			delete(h.calls, key)
			h.recent = slices.DeleteFunc(h.recent, func(k K) bool { return k == key })
		}
		h.mu.Unlock()
	}
	return c.value, c.err
}

// forget lets go of all answers.
func (h *herd[K, V]) forget() {
	h.mu.Lock()
	h.calls, h.recent = nil, nil
	h.mu.Unlock()
}
