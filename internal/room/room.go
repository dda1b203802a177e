// Package room is rooms: who is in one, and what everyone in it reads.
//
// A room is a log, everyone in it is a cursor, and who is in it is a roster. The
// log is the journal's; this package holds the newest stretch of it as ready
// frames, one wire a dialect, for cursors to read.
//
// Each open room has one goroutine, [Room.Run], started and waited for by its
// [Registry]. It alone touches the roster and writes the wires, and nothing it
// does waits for a client, another node or, once the room is open, the journal.
package room

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// ErrClosed says that the room has ended under its members: the server is
// closing, or the room failed.
var ErrClosed = errors.New("the room has closed")

const (
	// trimAfter is how long frames stay on a wire for those who are behind.
	trimAfter = 10 * time.Second
	// eraseAfter is how long the frames of a message that was erased stay on a
	// wire: who is only a moment behind needn't read the journal for it.
	eraseAfter = time.Second
	// writeCost is about what a write to one member takes. What isn't in the log is
	// not told more often than it takes to tell it to all…
	writeCost = 5 * time.Microsecond
	// …but never waits longer than this for what comes next.
	tellWithin = time.Millisecond
)

// Room is one open room. Its goroutine is Run's; the other methods are safe for
// concurrent use.
type Room struct {
	code     Code
	registry *Registry
	journal  journal.Journal

	calls chan func()   // what Run is asked to do
	done  chan struct{} // Run has ended; the registry's to close
	err   error         // why; set before done is closed

	refs int // Registry.mu: participants, and joins under way

	feed   *journal.Feed // set before anyone has joined
	link   Link          // to the other nodes; nil for none. Set as feed is
	wires  [protocol.Dialects]*wire
	replay replay
	head   atomic.Uint64 // the newest log event on the wires
	slow   atomic.Int64  // milliseconds between two messages of a member; 0 for none

	// Run's alone.
	epoch    string
	policy   policy
	roster   roster
	enc      encoder
	frame    []byte    // the last frame encoded; its bytes are used again
	spreadAt time.Time // last
	timers   timers
	crowded  bool // a crowd event is owed
	erasing  bool // the wires may hold what was erased
	made     bool // somebody has been let into it while it was new
	quiet    bool // there has been nothing to do for a while
	over     bool // it has retired, or is told to end
}

func newRoom(code Code, g *Registry) *Room {
	r := &Room{
		code:     code,
		registry: g,
		journal:  g.options.Journal,
		calls:    make(chan func()),
		done:     make(chan struct{}),
		replay:   replay{code: code, journal: g.options.Journal},
		roster:   newRoster(),
	}
	for d := range r.wires {
		r.wires[d] = new(wire)
	}
	r.timers.ring = func() { _ = r.call(context.Background(), r.tick) } // if it fails there is nothing to be done
	r.roster.shared = g.options.Peers != nil
	return r
}

// log returns a logger that names the room. It isn't kept: most rooms say nothing.
func (r *Room) log() *slog.Logger { return r.registry.options.Log.With("room", string(r.code)) }

// Run opens the room from its log and serves it until ctx ends, or nobody has
// been in it for a while. A panic ends the room and nothing else.
//
// It reports whether the room has only become quiet. Then it is to be called again, by
// a goroutine that is new: what a room does goes deep, a stack that has grown stays
// so, and most rooms are quiet.
func (r *Room) Run(ctx context.Context) (quiet bool) {
	defer func() {
		if p := recover(); p != nil {
			quiet, r.err = false, fmt.Errorf("%w: a fault of the server's", ErrClosed)
			r.log().Error("a room has failed", "panic", p, "stack", string(debug.Stack()))
		}
		if !quiet {
			r.shut()
		}
	}()
	if r.feed == nil {
		if r.err = r.open(ctx); r.err != nil {
			return false
		}
	}
	return r.serve(ctx)
}

func (r *Room) open(ctx context.Context) error {
	snapshot, feed, err := r.journal.Follow(ctx, string(r.code))
	if err != nil {
		return err
	}
	r.epoch, r.feed = snapshot.Epoch, feed
	if r.policy, err = newPolicy(snapshot.State); err != nil {
		r.log().Error("a room can't be opened", "err", err)
		return err
	}
	r.slow.Store(r.policy.settings.SlowMS)
	r.head.Store(snapshot.Head)
	r.timers.set(idleTimer, r.registry.options.Idle)
	if r.registry.options.Peers != nil {
		r.link = r.registry.options.Peers.Open(r.code)
	}
	return nil
}

// serve does what comes up until the room is to end, or has become quiet; it reports
// which.
func (r *Room) serve(ctx context.Context) (quiet bool) {
	heard := r.heard()
	for r.quiet = false; !r.quiet && !r.over; {
		select {
		case f := <-r.calls:
			f()
		case <-heard:
			r.catchUp()
		case <-r.feed.Wake():
			r.show(r.feed.Take())
		case <-ctx.Done():
			r.over, r.err = true, ErrClosed
		}
	}
	return !r.over
}

// shut lets go of all that an open room holds beside its memory.
func (r *Room) shut() {
	r.timers.close()
	if r.link != nil {
		r.link.Close()
	}
	if r.feed != nil {
		r.feed.Close()
	}
}

// tick does what is due.
func (r *Room) tick() {
	for _, which := range r.timers.rang() {
		switch which {
		case spreadTimer:
			r.spread()
		case crowdTimer:
			r.tellCrowd()
		case trimTimer:
			r.trim()
			r.quiet = true
		case eraseTimer:
			r.erasing = false
			r.trim()
		case idleTimer:
			if r.over = r.registry.retire(r); !r.over {
				r.timers.set(idleTimer, r.registry.options.Idle) // somebody is on the way in
			}
		}
	}
}

// Head returns the seq of the newest log event that members can read.
func (r *Room) Head() uint64 { return r.head.Load() }

// show puts committed entries on the wires.
func (r *Room) show(entries []*journal.Entry) {
	for _, e := range entries {
		for d, w := range r.wires {
			if len(w.readers) == 0 {
				continue
			}
			r.frame = r.enc.entry(r.frame[:0], protocol.Dialect(d), e)
			w.append(r.frame, e.Seq)
		}
		r.head.Store(e.Seq)
		switch e.Type {
		case protocol.EventMessage:
			r.registry.messages.Add(1)
		case protocol.EventModerated:
			r.moderate(e)
		case protocol.EventDeleted:
			r.replay.forget()
			if !r.erasing {
				r.erasing = true
				r.timers.set(eraseTimer, eraseAfter)
			}
		}
	}
	if len(entries) > 0 {
		r.spread()
	}
}

// tell puts an event beside the log on the wire of those who are shown such.
func (r *Room) tell(typ protocol.EventType, fields any) {
	if len(r.wires[protocol.V1].readers) == 0 || (r.roster.crowd && typ != protocol.EventCrowd) {
		return
	}
	r.frame = r.enc.event(r.frame[:0], typ, fields)
	r.wires[protocol.V1].append(r.frame, r.head.Load())
	pace := min(time.Duration(r.roster.count())*writeCost, tellWithin)
	if rest := pace - time.Since(r.spreadAt); rest > 0 {
		r.timers.set(spreadTimer, rest)
		return
	}
	r.spread()
}

// spread sees to it that what is on the wires is written to the members. It takes
// microseconds for each; what is committed meanwhile goes together, the next time.
func (r *Room) spread() {
	r.spreadAt = time.Now()
	for _, w := range r.wires {
		if w.fresh {
			w.tell()
		}
		w.fresh = false
	}
	r.timers.set(trimTimer, trimAfter)
}

// tellAll tells everyone who is in a room that it has ended.
func (r *Room) tellAll() {
	for _, w := range r.wires {
		w.tell()
	}
}

// read reports whether anyone reads the room.
func (r *Room) read() bool {
	return slices.ContainsFunc(r.wires[:], func(w *wire) bool { return len(w.readers) > 0 })
}

// trim makes a quiet room small.
func (r *Room) trim() {
	for _, w := range r.wires {
		w.trim()
	}
	r.replay.forget()
	r.frame, r.enc, r.roster.shown = nil, encoder{}, nil
}

// call has r's goroutine do f. It waits until the room takes it or ctx ends, and
// not until it is done.
func (r *Room) call(ctx context.Context, f func()) error {
	select {
	case r.calls <- f:
		return nil
	case <-r.done:
		return r.closed()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ask has r's goroutine answer a question. It waits until the room takes it or ctx
// ends; the answer comes at once.
func ask[A any](ctx context.Context, r *Room, question func() A) (a A, err error) {
	answer := make(chan A, 1)
	if err := r.call(ctx, func() { answer <- question() }); err != nil {
		return a, err
	}
	select { // not on ctx: what was taken has happened
	case a = <-answer:
		return a, nil
	case <-r.done:
		return a, r.closed()
	}
}

// settle returns when all that the journal has told is on the wires, or with an
// error when ctx or the room ends.
func (r *Room) settle(ctx context.Context) error {
	_, err := ask(ctx, r, func() (none struct{}) {
		r.show(r.feed.Take())
		return none
	})
	return err
}

// closed returns why the room has ended; done must be closed.
func (r *Room) closed() error {
	if r.err == nil {
		return ErrClosed
	}
	return r.err
}
