package journal

import (
	"context"
	"slices"
	"sync"
)

// Followers are the feeds of all followed rooms. An engine pushes its committed entries
// to them. The zero value is ready for use, and the methods are safe for concurrent
// use.
//
// An engine's Follow calls Add, reads the snapshot, and calls the feed's Begin with it.
// Entries can be read before they are pushed, so the read needs no lock: an entry that
// is committed in between reaches both the snapshot and the feed, and the feed drops
// it. All that is pushed comes with its room's generation, because the snapshot may be of
// the next one.
type Followers struct {
	observers observers

	mu    sync.Mutex
	feeds map[string][]*Feed
}

// Add returns a new feed of room. Closing the feed calls closed, unless that is nil.
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

// Follow implements [Journal].Follow for an engine whose rooms snapshot reads, with the
// position at which they are so.
func (fs *Followers) Follow(ctx context.Context, room string, snapshot func(context.Context, string) (Snapshot, uint64, error)) (Snapshot, *Feed, error) {
	feed := fs.Add(room, nil)
	s, position, err := snapshot(ctx, room)
	if err != nil {
		feed.Close()
		return s, nil, err
	}
	feed.Begin(s, position)
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

// Push passes committed entries of one generation of a room, in ascending order, to the
// room's feeds and to the observers. It doesn't block and doesn't retain the slice. Nobody
// may change the entries afterwards.
func (fs *Followers) Push(room string, generation uint64, entries ...*Entry) {
	fs.observers.show(room, entries)
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.feeds[room] {
		f.push(generation, entries)
	}
}

// PushChanges passes the changes of a draft with StateOnly, which was committed at a
// position, to the room's feeds and to the observers. It doesn't block and doesn't retain the slice.
// Nobody may change the values afterwards.
func (fs *Followers) PushChanges(room string, generation, position uint64, changes []Change) {
	fs.observers.showChanges(room, changes)
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.feeds[room] {
		f.pushChanges(generation, position, changes)
	}
}

// SetFirst tells the room's feeds and the observers the seq of the oldest entry that is kept.
func (fs *Followers) SetFirst(room string, generation, first uint64) {
	fs.observers.showFirst(room, first)
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for _, f := range fs.feeds[room] {
		f.setFirst(generation, first)
	}
}
