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

	// Rooms returns a snapshot of each room whose state has keys that begin with prefix,
	// with these keys alone. It waits for the storage, until ctx ends.
	Rooms(ctx context.Context, prefix string) (map[string]Snapshot, error)
}

// observers are the functions that observe a journal. The zero value is ready for use.
type observers struct {
	mu  sync.RWMutex
	all map[*func(string, []*Entry)]struct{}
}

// Observe implements [Observable] for an engine that pushes its entries here.
func (fs *Followers) Observe(f func(room string, entries []*Entry)) (stop func()) {
	o := &fs.observers
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all == nil {
		o.all = make(map[*func(string, []*Entry)]struct{})
	}
	o.all[&f] = struct{}{}
	return func() {
		o.mu.Lock()
		defer o.mu.Unlock()
		delete(o.all, &f)
	}
}

func (o *observers) show(room string, entries []*Entry) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	for f := range o.all {
		(*f)(room, entries)
	}
}
