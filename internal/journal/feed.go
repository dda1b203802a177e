package journal

import (
	"cmp"
	"slices"
	"sync"
)

// Feed carries the committed entries of one room from the journal to its one follower,
// in order. It never makes the journal wait: it queues what the follower has not taken
// yet, and Len shows how far the follower is behind.
//
// A feed is of one generation of the room. After an entry that closes the room it carries
// nothing.
//
// Its methods are safe for concurrent use. None of them blocks.
type Feed struct {
	wake   chan struct{}
	detach func()

	mu         sync.Mutex
	begun      bool
	generation uint64 // of the follower's snapshot
	head       uint64 // the follower's snapshot has the entries up to this one…
	position   uint64 // …and the changes up to this position
	first      uint64 // the oldest entry that the journal keeps
	closed     bool

	entries []*Entry
	changes map[string]fed[[]byte] // the newest value of each key

	// What was committed before the feed had begun, of any generation. So is what changes
	// has until then.
	early      []fed[*Entry]
	earlyFirst fed[uint64]
}

// fed is a value with the generation of its room, and its position if that matters.
type fed[T any] struct {
	generation, position uint64
	value                T
}

// Wake returns a channel that receives a value when there may be entries or changes to
// take, or First has changed.
func (f *Feed) Wake() <-chan struct{} { return f.wake }

// Take returns the entries that were committed since the last Take. The caller owns
// the slice. The entries may be shared and must not be changed.
func (f *Feed) Take() []*Entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	entries := f.entries
	f.entries = nil
	return entries
}

// TakeChanges returns the changes that drafts with StateOnly have made to the room's state
// since the last TakeChanges: one for each key, with its newest value, in the order of the
// keys. Changes by entries are not among them. The caller owns the slice. The values may
// be shared and must not be changed.
func (f *Feed) TakeChanges() []Change {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.changes) == 0 {
		return nil
	}
	changes := make([]Change, 0, len(f.changes))
	for key, c := range f.changes {
		changes = append(changes, Change{key, c.value})
	}
	f.changes = nil
	slices.SortFunc(changes, func(a, b Change) int { return cmp.Compare(a.Key, b.Key) })
	return changes
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

// Begin drops what the follower's snapshot, which is of a position, already has, and what
// is of other generations. Only engines call it.
func (f *Feed) Begin(s Snapshot, position uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.begun, f.generation, f.head, f.position, f.first = true, s.Generation, s.Head, position, s.First
	if f.earlyFirst.generation == s.Generation {
		f.first = max(f.first, f.earlyFirst.value)
	}
	for _, e := range f.early {
		if e.generation == f.generation && e.value.Seq > f.head {
			f.entries = append(f.entries, e.value)
		}
	}
	f.early = nil
	for key, c := range f.changes {
		if c.generation != f.generation || c.position <= f.position {
			delete(f.changes, key)
		}
	}
}

// wants reports whether the feed takes something of a generation. The caller holds f.mu.
func (f *Feed) wants(generation uint64) bool {
	return !f.closed && (!f.begun || f.generation == generation)
}

func (f *Feed) setFirst(generation, first uint64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case !f.wants(generation):
		return
	case f.begun:
		f.first = max(f.first, first)
	default:
		f.earlyFirst = fed[uint64]{generation: generation, value: first}
	}
	f.notify()
}

func (f *Feed) push(generation uint64, entries []*Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.wants(generation) {
		return
	}
	for _, e := range entries {
		switch {
		case !f.begun:
			f.early = append(f.early, fed[*Entry]{generation: generation, value: e})
		case e.Seq > f.head:
			f.entries = append(f.entries, e)
		}
	}
	f.notify()
}

func (f *Feed) pushChanges(generation, position uint64, changes []Change) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.wants(generation) || f.begun && position <= f.position {
		return
	}
	if f.changes == nil {
		f.changes = make(map[string]fed[[]byte])
	}
	for _, c := range changes {
		f.changes[c.Key] = fed[[]byte]{generation, position, c.Value}
	}
	f.notify()
}

func (f *Feed) notify() {
	select {
	case f.wake <- struct{}{}:
	default: // one wake is enough for everything that waits
	}
}

// Close ends the feed. It may be called more than once.
func (f *Feed) Close() {
	f.mu.Lock()
	first := !f.closed
	f.closed, f.entries, f.early, f.changes = true, nil, nil, nil
	f.mu.Unlock()
	if first {
		f.detach()
	}
}
