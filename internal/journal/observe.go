package journal

import (
	"context"
	"sync"
)

// Observable is a journal that shows all rooms at once, to those who would otherwise have
// to follow each room.
type Observable interface {
	// Observe calls f with the entries of every commit from now on, room by room and in
	// the order of each log, until stop is called. f is called by a goroutine that commits:
	// it must not block, nor call the journal, nor change or retain the slice.
	Observe(f func(room string, entries []*Entry)) (stop func())

	// ObserveFirst calls f whenever a room's oldest entries were removed, with the seq of the
	// oldest one that is kept, until stop is called. It may be called for a generation of the
	// room that is closed meanwhile. What holds for the f of Observe holds for this one.
	ObserveFirst(f func(room string, first uint64)) (stop func())

	// ObserveChanges calls f with what each draft with StateOnly has changed in a room's state,
	// until stop is called. What holds for the f of Observe holds for this one.
	ObserveChanges(f func(room string, changes []Change)) (stop func())

	// Rooms returns a snapshot of each room whose state has keys that begin with prefix,
	// with these keys alone. It waits for the storage, until ctx ends.
	Rooms(ctx context.Context, prefix string) (map[string]Snapshot, error)
}

// observers are the functions that observe a journal. The zero value is ready for use.
type observers struct {
	mu      sync.RWMutex
	all     map[*func(string, []*Entry)]struct{}
	firsts  map[*func(string, uint64)]struct{}
	changes map[*func(string, []Change)]struct{}
}

// Observe implements [Observable] for an engine that pushes its entries here.
func (fs *Followers) Observe(f func(room string, entries []*Entry)) (stop func()) {
	return add(&fs.observers.mu, &fs.observers.all, &f)
}

// ObserveFirst implements [Observable] for an engine that calls SetFirst here.
func (fs *Followers) ObserveFirst(f func(room string, first uint64)) (stop func()) {
	return add(&fs.observers.mu, &fs.observers.firsts, &f)
}

// ObserveChanges implements [Observable] for an engine that pushes its changes here.
func (fs *Followers) ObserveChanges(f func(room string, changes []Change)) (stop func()) {
	return add(&fs.observers.mu, &fs.observers.changes, &f)
}

// add adds f to a set that mu guards, and returns what removes it.
func add[F any](mu *sync.RWMutex, set *map[*F]struct{}, f *F) (remove func()) {
	mu.Lock()
	defer mu.Unlock()
	if *set == nil {
		*set = make(map[*F]struct{})
	}
	(*set)[f] = struct{}{}
	return func() {
		mu.Lock()
		defer mu.Unlock()
		delete(*set, f)
	}
}

func (o *observers) show(room string, entries []*Entry) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	for f := range o.all {
		(*f)(room, entries)
	}
}

func (o *observers) showFirst(room string, first uint64) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	for f := range o.firsts {
		(*f)(room, first)
	}
}

func (o *observers) showChanges(room string, changes []Change) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	for f := range o.changes {
		(*f)(room, changes)
	}
}
