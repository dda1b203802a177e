package journaltest

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"testing"

	"snug/internal/journal"
)

// watched is a journal under test. It checks that each Append is answered exactly once,
// and at the end of the test that every room is consistent.
type watched struct {
	journal.Journal
	t      *testing.T
	engine Engine

	accepted, answered atomic.Int64 // appends

	mu     sync.Mutex
	rooms  map[string]bool // that were appended to
	closed bool
}

func watch(t *testing.T, j journal.Journal, e Engine) *watched {
	w := &watched{Journal: j, t: t, engine: e, rooms: map[string]bool{}}
	t.Cleanup(w.end)
	return w
}

// Append appends to the journal, and counts the answers.
func (w *watched) Append(ctx context.Context, d journal.Draft, done journal.Done) error {
	w.mu.Lock()
	w.rooms[d.Room] = true
	w.mu.Unlock()
	var calls atomic.Int32
	err := w.Journal.Append(ctx, d, func(o journal.Outcome, err error) {
		if calls.Add(1) > 1 {
			w.t.Errorf("done was called more than once for %q in %q", d.Event.ID, d.Room)
			return
		}
		w.answered.Add(1)
		done(o, err)
	})
	if err == nil {
		w.accepted.Add(1)
	} else if calls.Load() > 0 {
		w.t.Errorf("done was called though Append returned %v", err)
	}
	return err
}

// Close closes the journal.
func (w *watched) Close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	return w.Journal.Close()
}

// reopen closes the journal and opens its storage again.
func (w *watched) reopen() {
	w.t.Helper()
	if err := w.Close(); err != nil {
		w.t.Fatalf("close: %v", err)
	}
	w.Journal, w.closed = w.engine.Reopen(w.t, w.Journal), false
}

func (w *watched) end() {
	if w.closed && w.engine.Reopen != nil {
		w.Journal, w.closed = w.engine.Reopen(w.t, w.Journal), false
	}
	if w.closed {
		return
	}
	for room := range w.rooms {
		w.checkRoom(room)
	}
	if err := w.Close(); err != nil {
		w.t.Errorf("close: %v", err)
	}
	if accepted, answered := w.accepted.Load(), w.answered.Load(); accepted != answered {
		w.t.Errorf("of %d appends %d were answered", accepted, answered)
	}
}

// checkRoom checks what holds for every room at any time.
func (w *watched) checkRoom(room string) {
	w.t.Helper()
	s, feed, err := w.Follow(context.Background(), room)
	if err != nil {
		w.t.Errorf("follow %q: %v", room, err)
		return
	}
	feed.Close()
	up, down := w.up(room, 0), w.down(room, math.MaxUint64)
	if diff := diff(up, down); diff != "" {
		w.t.Errorf("room %q: reading up (-) and down (+) differ:\n%s", room, diff)
	}
	if want := s.Head + 1 - s.First; uint64(len(up)) != want {
		w.t.Errorf("room %q has %d entries, its snapshot says %d to %d", room, len(up), s.First, s.Head)
	}
	for i, e := range up {
		if e.Seq != s.First+uint64(i) {
			w.t.Fatalf("room %q: entry %d is where %d should be", room, e.Seq, s.First+uint64(i))
		}
		if i > 0 && e.At.Before(up[i-1].At) {
			w.t.Errorf("room %q: entry %d has the time %v, and the one before it %v", room, e.Seq, e.At, up[i-1].At)
		}
	}
}

// up reads all entries after a seq, page by page, and down all entries before one.
func (w *watched) up(room string, after uint64) (all []journal.Entry) {
	w.t.Helper()
	for {
		page, err := w.ReadAfter(context.Background(), room, after, 300)
		if err != nil {
			w.t.Errorf("read %q after %d: %v", room, after, err)
		}
		if len(page) == 0 {
			return all
		}
		all = append(all, page...)
		after = page[len(page)-1].Seq
	}
}

func (w *watched) down(room string, before uint64) (all []journal.Entry) {
	w.t.Helper()
	for {
		page, err := w.ReadBefore(context.Background(), room, before, 300)
		if err != nil {
			w.t.Errorf("read %q before %d: %v", room, before, err)
		}
		if len(page) == 0 {
			return all
		}
		all = append(page[:len(page):len(page)], all...)
		before = page[0].Seq
	}
}
