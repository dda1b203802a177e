package journal

import (
	"context"
	"slices"
	"sync"
)

// Followers is who follows which room: what an engine hands its committed
// entries to. The zero value is ready for use.
//
// An engine's Follow is: Add, then read the snapshot, then Begin of the feed at
// the snapshot's head. Because entries are pushed only after they can be read,
// no lock has to span the read: what is committed in between reaches both, and
// the feed drops it.
type Followers struct {
	mu    sync.Mutex
	feeds map[string][]*Feed
}

// Add returns a new feed of room. When it is closed, closed is called; nil is
// nothing to call.
func (fs *Followers) Add(room string, closed func()) *Feed {
	f := &Feed{wake: make(chan struct{}, 1)}
	f.detach = func() {
		fs.remove(room, f)
		if closed != nil {
			closed()
		}
	}
	fs.mu.Lock()
	defer fs.mu.Unlock()
	if fs.feeds == nil {
		fs.feeds = make(map[string][]*Feed)
	}
	fs.feeds[room] = append(fs.feeds[room], f)
	return f
}

// Follow is a [Journal]'s, where snapshot reads a room.
func (fs *Followers) Follow(ctx context.Context, room string, snapshot func(context.Context, string) (Snapshot, error)) (Snapshot, *Feed, error) {
	feed := fs.Add(room, nil)
	s, err := snapshot(ctx, room)
	if err != nil {
		feed.Close()
		return s, nil, err
	}
	feed.Begin(s)
	return s, feed, nil
}

func (fs *Followers) remove(room string, f *Feed) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	rest := slices.DeleteFunc(fs.feeds[room], func(other *Feed) bool { return other == f })
	if len(rest) == 0 {
		delete(fs.feeds, room)
		return
	}
	fs.feeds[room] = rest
}

// Push hands committed entries of one room, ascending, to those who follow it.
// It doesn't wait and doesn't keep the slice. Nobody changes the entries from then on.
func (fs *Followers) Push(room string, entries ...*Entry) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.feeds[room] {
		f.push(entries)
	}
}

// SetFirst says that the oldest entry kept of a room is now first.
func (fs *Followers) SetFirst(room string, first uint64) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.feeds[room] {
		f.setFirst(first)
	}
}
