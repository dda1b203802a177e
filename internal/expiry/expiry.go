// Package expiry ends what the rooms' settings give an end: messages that are older than
// keep_seconds, and rooms at expires.
//
// A [Sweeper] knows when something is due in which room, and then appends a draft that the
// journal judges by its order and its log's clock. So a clock that is wrong, or two nodes that
// sweep at once, can't end anything early or twice, and all nodes keep equal logs. Sweeper.Run
// has one goroutine, and starts up to 64 others, one for each room in which something is due.
// No room is opened for it, and no room has a timer.
package expiry

import (
	"container/heap"
	"context"
	"log/slog"
	"sync"
	"time"

	"snug/internal/journal"
	"snug/internal/room/policy"
	"snug/protocol"
)

// Journal is what a Sweeper needs of a journal. All engines have it.
type Journal interface {
	journal.Journal
	journal.Observable
}

// Options are what a Sweeper is made with.
type Options struct {
	Journal Journal
	Log     *slog.Logger
	// From is who the events are from that the Sweeper appends.
	From protocol.Member
	// Now is this node's clock; nil for time.Now.
	Now func() time.Time
}

// Sweeper ends messages and rooms while Run runs.
type Sweeper struct {
	options Options
	wake    chan struct{} // something has become due earlier than the timer says
	slots   chan struct{} // one for each goroutine at work
	working sync.WaitGroup

	mu    sync.Mutex
	rooms map[string]*lifetime // those that have one
	queue queue                // the same, but for those at work, by when something is due
	ahead time.Duration        // how far the log's clock is ahead of this node's, as far as is known
}

const (
	// concurrent is how many rooms are worked on at once.
	concurrent = 64
	// minRetry and maxRetry bound the pause after a draft that was refused, or that failed.
	minRetry = time.Second
	maxRetry = time.Minute
)

// New returns a Sweeper, which does nothing before Run.
func New(o Options) *Sweeper {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Sweeper{options: o, wake: make(chan struct{}, 1), slots: make(chan struct{}, concurrent)}
}

// Run ends what is due until ctx ends. It may run again, also on another node of a cluster.
func (s *Sweeper) Run(ctx context.Context) {
	s.mu.Lock()
	s.rooms, s.queue = make(map[string]*lifetime), nil
	s.mu.Unlock()
	stop := s.options.Journal.Observe(s.observe) // before the rooms are listed, so that none is missed
	defer stop()
	defer s.working.Wait()
	for s.list(ctx) != nil {
		select {
		case <-time.After(minRetry):
		case <-ctx.Done():
			return
		}
	}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-s.wake:
		case <-ctx.Done():
			return
		}
		timer.Reset(s.sweep(ctx))
	}
}

// list finds the rooms that have a lifetime already.
func (s *Sweeper) list(ctx context.Context) error {
	all, err := s.options.Journal.Rooms(ctx, policy.LifetimeKeys)
	if err != nil {
		if ctx.Err() == nil {
			s.options.Log.Error("the rooms that have an end can't be read", "err", err)
		}
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for code, snapshot := range all {
		if s.rooms[code] == nil && policy.HasLifetime(snapshot.State) {
			s.add(code)
		}
	}
	return nil
}

// add adds a room whose lifetime is to be read. The caller holds s.mu.
func (s *Sweeper) add(code string) {
	l := &lifetime{room: code, unread: true}
	s.rooms[code] = l
	heap.Push(&s.queue, l)
}

// now returns the time by the log's clock, or less: what is due by it is due.
func (s *Sweeper) now() time.Time { return s.options.Now().Add(s.ahead) }

// observe is called with each commit. It must not block.
func (s *Sweeper) observe(code string, entries []*journal.Entry) {
	s.mu.Lock()
	defer s.mu.Unlock()
	newest := entries[len(entries)-1]
	s.ahead = max(0, newest.At.Sub(s.options.Now()))
	l := s.rooms[code]
	for _, e := range entries {
		if e.Type != protocol.EventModerated || !setsLifetime(e) {
			continue
		}
		if l == nil {
			s.add(code)
			l = s.rooms[code]
		}
		l.unread = true
		s.reschedule(l)
	}
	if l != nil && l.oldest.IsZero() {
		l.oldest = entries[0].At
		s.reschedule(l)
	}
}

// setsLifetime reports whether an event may have changed how long its room lasts.
func setsLifetime(e *journal.Entry) bool {
	body, err := e.Moderated()
	if err != nil {
		return false
	}
	switch body.Action {
	case protocol.ActionSet:
		return body.Settings != nil && (body.Settings.KeepSeconds != nil || body.Settings.Expires != nil)
	case protocol.ActionExpiring, protocol.ActionClose:
		return true
	}
	return false
}

// reschedule moves a room to its place in the queue. The caller holds s.mu.
func (s *Sweeper) reschedule(l *lifetime) {
	if l.working {
		return // whoever works on it puts it back
	}
	if heap.Fix(&s.queue, l.index); l.index == 0 {
		select {
		case s.wake <- struct{}{}:
		default:
		}
	}
}

// sweep starts a goroutine for each room in which something is due, and returns how long it
// takes until something else is.
func (s *Sweeper) sweep(ctx context.Context) time.Duration {
	for {
		s.mu.Lock()
		if len(s.queue) == 0 {
			s.mu.Unlock()
			return maxRetry
		}
		l := s.queue[0]
		if wait := l.due().Sub(s.now()); wait > 0 {
			s.mu.Unlock()
			return min(wait, maxRetry) // the log's clock may run ahead meanwhile
		}
		heap.Remove(&s.queue, 0)
		l.working = true
		s.mu.Unlock()
		select {
		case s.slots <- struct{}{}:
		case <-ctx.Done():
			return maxRetry
		}
		s.working.Go(func() {
			defer func() { <-s.slots }()
			s.work(ctx, l)
		})
	}
}

// work does what is due in one room.
func (s *Sweeper) work(ctx context.Context, l *lifetime) {
	s.mu.Lock()
	now, unread, next := s.now(), l.unread, l.state
	l.unread, l.oldest = false, time.Time{} // from here on, observe says again what changes
	s.mu.Unlock()
	var err error
	if unread {
		next.Lifetime, err = s.read(ctx, l.room)
	}
	if err == nil {
		err = s.end(ctx, l.room, &next, now)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	l.working = false
	observed := l.oldest
	if l.state = next; l.oldest.IsZero() {
		l.oldest = observed
	}
	l.pause(err, s.now())
	if !l.unread && l.Keep == 0 && l.Expires.IsZero() {
		delete(s.rooms, l.room)
		return
	}
	heap.Push(&s.queue, l)
	select {
	case s.wake <- struct{}{}:
	default:
	}
	if err != nil && ctx.Err() == nil && !refused(err) {
		s.options.Log.Error("what is due in a room can't be ended now; will try again", "room", l.room, "err", err)
	}
}
