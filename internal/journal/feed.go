package journal

import "sync"

// Feed carries the committed entries of one room from the journal to its one follower,
// in order. It never makes the journal wait: it queues what the follower has not taken
// yet, and Len shows how far the follower is behind.
//
// Its methods are safe for concurrent use. None of them blocks.
type Feed struct {
	wake   chan struct{}
	detach func()

	mu      sync.Mutex
	first   uint64 // the oldest entry that the journal keeps
	head    uint64 // the follower's snapshot has the entries up to this one
	entries []*Entry
	closed  bool
}

// Wake returns a channel that receives a value when there may be entries to take.
func (f *Feed) Wake() <-chan struct{} { return f.wake }

// Take returns the entries that were committed since the last Take. The caller owns
// the slice. The entries may be shared and must not be changed.
func (f *Feed) Take() []*Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	entries := f.entries
	f.entries = nil
	for len(entries) > 0 && entries[0].Seq <= f.head {
		entries = entries[1:]
	}
	return entries
}

// First returns the seq of the room's oldest entry that is kept now, or the head plus
// one if none is kept.
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

// Begin drops the entries that the follower's snapshot already has. Only engines call
// it.
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
	default: // one wake is enough for everything that waits
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
