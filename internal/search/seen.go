package search

import (
	"context"
	"sync"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// seen is what was observed of the journal and isn't indexed yet: for each room a few
// numbers, whatever was committed.
type seen struct {
	wake chan struct{}

	mu     sync.Mutex
	rooms  map[string]*news
	queue  []string // rooms with something to do, each once
	events uint64   // committed so far
}

// news is what is to be done in a room.
type news struct {
	room   string
	head   uint64   // the newest event
	first  uint64   // the oldest one that is kept, if that is known
	check  bool     // the room may be another one than before
	erased []uint64 // messages that were erased
	queued bool
}

// maxErased is how many erased messages of a room are remembered. The others are found in the
// log.
const maxErased = 10_000

func newSeen() *seen { return &seen{wake: make(chan struct{}, 1), rooms: make(map[string]*news)} }

// observe is called with each commit. It must not block.
func (s *seen) observe(room string, entries []*journal.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.events += uint64(len(entries))
	n := s.room(room)
	n.check = n.check || entries[0].Seq != n.head+1
	n.head = entries[len(entries)-1].Seq
	for _, e := range entries {
		switch e.Type {
		case protocol.EventDeleted:
			if len(n.erased) < maxErased {
				n.erased = append(n.erased, e.Target)
			}
		case protocol.EventModerated:
			if m, err := e.Moderated(); err == nil && m.Action == protocol.ActionClose {
				n.check, n.head, n.first, n.erased = true, 0, 0, nil
			}
		}
	}
	s.add(n)
}

// observeFirst is called when old events were removed. It must not block.
func (s *seen) observeFirst(room string, first uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.room(room)
	if first > n.head+1 {
		n.check = true // of the room that was there before, perhaps
	} else {
		n.first = max(n.first, first)
	}
	s.add(n)
}

// check has a room looked at whose newest event is head, if that is known.
func (s *seen) check(room string, head uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.room(room)
	n.check, n.head = true, max(n.head, head)
	s.add(n)
}

// room returns the news of a room. The caller holds s.mu.
func (s *seen) room(code string) *news {
	n := s.rooms[code]
	if n == nil {
		n = &news{room: code, check: true}
		s.rooms[code] = n
	}
	return n
}

// add puts a room into the queue. The caller holds s.mu.
func (s *seen) add(n *news) {
	if n.queued {
		return
	}
	n.queued = true
	s.queue = append(s.queue, n.room)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// round empties the queue, and returns the rooms that were in it.
func (s *seen) round() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	rooms := s.queue
	for _, room := range rooms {
		s.rooms[room].queued = false
	}
	s.queue = nil
	select {
	case <-s.wake: // because of these rooms
	default:
	}
	return rooms
}

// news returns what is to be done in a room, and forgets it.
func (s *seen) news(room string) news {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.room(room)
	was := *n
	n.check, n.erased = false, nil
	return was
}

// checkAgain notes that a room that isn't done must still be looked at for another one.
func (s *seen) checkAgain(room string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room(room).check = true
}

// committed returns how many events were committed so far.
func (s *seen) committed() uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.events
}

// behind returns how many events the rooms in the queue, and in the rest of a round, don't have.
func (s *seen) behind(rooms map[string]*room, rest []string) (n uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	add := func(code string) {
		head := uint64(0)
		if r := rooms[code]; r != nil {
			head = r.head
		}
		if seen := s.rooms[code].head; seen > head {
			n += seen - head
		}
	}
	for _, code := range s.queue {
		add(code)
	}
	for _, code := range rest {
		if !s.rooms[code].queued { // otherwise it has been added
			add(code)
		}
	}
	return n
}

// wait waits until there is something to do, for a time at most. It reports whether something
// was committed.
func (s *seen) wait(ctx context.Context, most time.Duration) bool {
	t := time.NewTimer(most)
	defer t.Stop()
	select {
	case <-s.wake:
		return true
	case <-t.C:
	case <-ctx.Done():
	}
	return false
}
