package journal

import "sync"

// Feed carries one room's entries from the journal to its one follower, in
// order. It never makes the journal wait: what the follower hasn't taken yet is
// held, and whoever appends can see by Len that it is behind.
type Feed struct {
	wake   chan struct{}
	detach func()

	mu      sync.Mutex
	first   uint64 // the oldest entry kept
	head    uint64 // entries up to here are known to the follower
	entries []*Entry
	closed  bool
}

// Wake yields a value when there may be entries to take.
func (f *Feed) Wake() <-chan struct{} { return f.wake }

// Take returns the entries that have come since the last Take. The slice is the
// caller's; the entries may be shared, and nobody changes them. It doesn't wait.
func (f *Feed) Take() []*Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	taken := f.entries
	f.entries = nil
	for len(taken) > 0 && taken[0].Seq <= f.head {
		taken = taken[1:]
	}
	return taken
}

// First returns the seq of the oldest entry of the room that is kept, now; it
// is the head's plus one if none is.
func (f *Feed) First() uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.first
}

// Len returns how many entries wait to be taken.
func (f *Feed) Len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.entries)
}

// Begin drops entries that the follower has from its snapshot. It is for
// engines.
func (f *Feed) Begin(s Snapshot) {
	f.mu.Lock()
	f.first, f.head = max(f.first, s.First), s.Head
	f.mu.Unlock()
}

func (f *Feed) setFirst(first uint64) {
	f.mu.Lock()
	f.first = first
	f.mu.Unlock()
}

func (f *Feed) push(entries []*Entry) {
	f.mu.Lock()
	if !f.closed {
		f.entries = append(f.entries, entries...)
	}
	f.mu.Unlock()
	select {
	case f.wake <- struct{}{}:
	default: // one wake is enough for all that waits
	}
}

// Close ends the feed. It may be called more than once.
func (f *Feed) Close() {
	f.mu.Lock()
	first := !f.closed
	f.closed, f.entries = true, nil
	f.mu.Unlock()
	if first {
		f.detach()
	}
}
