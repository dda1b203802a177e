// Package room is the rooms of a server: who is in each, and what they do there.
//
// A room is a log, each connection in it is a cursor, and who is present is a roster.
// The log is the journal's; package fanout delivers it to the connections; package
// policy decides who may do what. This package has the rooms themselves.
//
// Each open room has one goroutine, [Room.Run], which its [Registry] starts and waits
// for. Only that goroutine touches the roster and the policy and writes the fan-out,
// and nothing it does waits for a client, another node or, once the room is open, the
// journal.
package room

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"snug/internal/journal"
	"snug/internal/room/fanout"
	"snug/internal/room/policy"
	"snug/internal/tracing"
	"snug/protocol"
)

// ErrClosed says that the room has ended while members were in it: the server is
// closing, or the room failed.
var ErrClosed = errors.New("the room has closed")

const (
	// trimAfter is how long frames stay in memory for readers that are behind.
	trimAfter = 10 * time.Second
	// eraseAfter is how long the frames of an erased message stay in memory: a reader
	// that is only a moment behind need not read the journal because of it.
	eraseAfter = time.Second
	// writeCost is about what a write to one member takes. Presence events are not
	// flushed more often than a flush to all members takes…
	writeCost = 5 * time.Microsecond
	// …but never wait longer than this.
	maxFlushDelay = time.Millisecond
)

// Room is one open room. Its goroutine runs Run; the other methods are safe for
// concurrent use.
type Room struct {
	code     Code
	registry *Registry
	journal  journal.Journal

	calls chan func()   // for Run to call
	done  chan struct{} // closed by the registry when Run has ended
	err   error         // why Run has ended; set before done is closed

	refs int // guarded by Registry.mu: participants, and joins under way

	feed  *journal.Feed // set before anyone has joined
	link  Link          // to the other nodes; nil for none. Set as feed is
	epoch string        // of the log. Set as feed is
	// generation is how many rooms with this code were closed before. Set as feed is.
	generation  uint64
	fanout      *fanout.Fanout
	slowMS      atomic.Int64 // between two messages of a member; 0 for none
	mentionable *mentionable // whom messages can mention
	traced      tracedDrafts // that are on their way to the journal and back

	// Of Run's goroutine.
	policy         policy.Policy
	closing        closing
	knockers       map[string]*Knocker       // who waits before the room on this node, by member
	knocks         map[string]protocol.Knock // who waits on any node, as owners and moderators were told
	inviteTurn     chan struct{}             // held by who is being admitted by an invite; nil before the first one
	first          uint64                    // the oldest event that is kept, as members were told
	roster         roster
	timers         timers
	flushed        time.Time      // when the fan-out was last flushed
	flushing       bool           // the last flush has left something to tell
	delivering     []tracing.Span // of what not everyone has been told of
	readers        map[*Participant]entrant
	guestTurns     guestTurns
	readersPending bool // a readers event is to be sent
	readersTold    int  // the number in the last one
	crowdPending   bool // a crowd event is to be sent
	prunedPending  bool // a pruned event is to be sent
	prunedTold     bool // one was sent
	erasePending   bool // frames of an erased message may still be in memory
	created        bool // a quota was charged for the new room
	quiet          bool // there has been nothing to do for a while
	ended          bool // it has retired, or was told to end
}

func newRoom(code Code, g *Registry) *Room {
	r := &Room{
		code:     code,
		registry: g,
		journal:  g.options.Journal,
		calls:    make(chan func()),
		done:     make(chan struct{}),
		roster:   newRoster(),
	}
	r.mentionable = r.roster.mentionable
	link := cmp.Or(g.options.PublicURL, "/") + protocol.RoomPath(string(code))
	r.fanout = fanout.New(string(code), link, r.journal, r.resync)
	r.timers.ring = func() { _ = r.call(context.Background(), r.tick) } // fails only if the room has ended
	r.roster.shared = g.options.Peers != nil
	return r
}

// log returns a logger that names the room. It is not kept: most rooms log nothing.
func (r *Room) log() *slog.Logger { return r.registry.options.Log.With("room", string(r.code)) }

// Run opens the room from its log and serves it until ctx ends, or nobody has been in
// it for a while. A panic ends the room and nothing else.
//
// It returns true if the room has only become quiet. Then the caller calls it again in
// a new goroutine: the stack of a room's goroutine grows and never shrinks, and most
// rooms are quiet.
func (r *Room) Run(ctx context.Context) (quiet bool) {
	defer func() {
		if p := recover(); p != nil {
			quiet, r.err = false, fmt.Errorf("%w: internal error", ErrClosed)
			r.log().Error("a room has failed", "panic", p, "stack", string(debug.Stack()))
		}
		if !quiet {
			r.release()
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
	r.epoch, r.generation, r.feed = snapshot.Epoch, snapshot.Generation, feed
	if r.policy, err = policy.New(snapshot.State); err != nil {
		r.log().Error("a room can't be opened", "err", err)
		return err
	}
	r.closing.until, r.first = snapshot.Closed, snapshot.First
	r.slowMS.Store(r.policy.Settings().SlowMS)
	r.updateHookNicks()
	r.updateDeviceNicks()
	if _, several := r.journal.(journal.Replica); !several {
		r.policy.EndKnocks() // the room is open for as long as somebody waits: this server was killed
	}
	r.updateKnocks()
	r.fanout.Start(snapshot.Epoch, snapshot.Head)
	r.timers.set(idleTimer, r.idleTime())
	if r.registry.options.Peers != nil {
		r.link = r.registry.options.Peers.Open(r.code)
	}
	return nil
}

// serve does what comes up, and returns when the room has become quiet (true) or has
// to end (false).
func (r *Room) serve(ctx context.Context) (quiet bool) {
	peerNews := r.peerNews()
	for r.quiet = false; !r.quiet && !r.ended; {
		wake, rest := r.feed.Wake(), (<-chan struct{})(nil)
		if r.flushing { // not by Pending: presence may wait for its timer
			rest = always
		}
		if r.fanout.Midway() {
			wake = nil // what is committed meanwhile goes out together, afterwards
		}
		select {
		case f := <-r.calls:
			f()
		case <-peerNews:
			r.applyPeerNews()
		case <-rest:
			runtime.Gosched() // or on one processor those who are on their way here would wait for ten milliseconds at each step
			r.flush()
		case <-wake:
			// Those who are about to say something do so first, and all of it is written together.
			// An engine without a disk would otherwise wake the room for each message.
			runtime.Gosched()
			r.takeCommitted()
			r.notePruned()
		case <-ctx.Done():
			r.ended, r.err = true, ErrClosed
		}
	}
	return !r.ended
}

// always is ready. Who waits for a room of many members gets a turn between two portions of a flush.
var always = func() <-chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// release releases everything but memory that an open room holds.
func (r *Room) release() {
	r.endDeliveries()
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
	for _, which := range r.timers.due() {
		switch which {
		case flushTimer:
			r.flush()
		case crowdTimer:
			r.broadcastCrowd()
		case readersTimer:
			r.broadcastReaders()
		case prunedTimer:
			r.broadcastPruned()
		case trimTimer:
			r.trim()
			r.quiet = true
		case eraseTimer:
			r.erasePending = false
			r.trim()
		case knockTimer:
			r.updateKnocks()
		case idleTimer:
			if r.ended = r.registry.retire(r); !r.ended {
				r.timers.set(idleTimer, r.idleTime()) // somebody is joining
			}
		}
	}
}

// Head returns the seq of the newest log event that members can read.
func (r *Room) Head() uint64 { return r.fanout.Head() }

// publish delivers committed entries to everyone in the room.
func (r *Room) publish(entries []*journal.Entry) {
	r.traceDeliveries(entries)
	for _, e := range entries {
		r.fanout.AppendEntry(e)
		switch e.Type {
		case protocol.EventMessage:
			r.registry.messages.Add(1)
			if e.From.Bot {
				r.policy.NoteHookUsed(e.From.Member, e.At)
			}
		case protocol.EventModerated:
			r.applyModerated(e)
		case protocol.EventDeleted:
			r.policy.NoteErased(e.Target)
			r.forgetErased()
		}
	}
	if len(entries) > 0 {
		r.flush()
	}
}

// forgetErased has frames of text that the journal no longer has leave the memory, soon.
func (r *Room) forgetErased() {
	r.fanout.ForgetPages()
	if !r.erasePending {
		r.erasePending = true
		r.timers.set(eraseTimer, eraseAfter)
	}
}

// notePruned has the members told, for all changes within a second, if events are no longer kept.
func (r *Room) notePruned() {
	if !r.prunedPending && r.feed.First() > r.first {
		r.prunedPending = true
		r.timers.set(prunedTimer, protocol.CrowdEvery)
	}
}

// broadcastPruned tells the members which events are kept.
func (r *Room) broadcastPruned() {
	r.prunedPending, r.prunedTold, r.first = false, true, r.feed.First()
	r.forgetErased()
	r.broadcast(protocol.EventPruned, protocol.Pruned{First: r.first})
}

// broadcast delivers an event that is not in the log to everyone who is told of presence. In
// a crowd there are only numbers.
func (r *Room) broadcast(typ protocol.EventType, fields any) {
	if !r.fanout.ShowsPresence() || r.closing.seen { // after its last event a room says nothing
		return
	}
	switch typ {
	case protocol.EventCrowd, protocol.EventReaders, protocol.EventPruned:
	default:
		if r.roster.crowd {
			return
		}
	}
	r.fanout.AppendEvent(typ, fields)
	interval := min(time.Duration(r.roster.count())*writeCost, maxFlushDelay)
	if wait := interval - time.Since(r.flushed); wait > 0 {
		r.timers.set(flushTimer, wait)
		return
	}
	r.flush()
}

// flush has what was appended written to a portion of the members. It takes microseconds for each; serve goes on with
// the others.
func (r *Room) flush() {
	r.flushed = time.Now()
	r.fanout.Flush()
	if r.flushing = r.fanout.Pending(); !r.flushing {
		r.endDeliveries()
	}
	r.timers.set(trimTimer, trimAfter)
}

// trim makes a quiet room small.
func (r *Room) trim() {
	r.fanout.Trim()
	r.roster.listed = nil
}

// call has the room's goroutine call f. It waits until the room's goroutine begins or
// ctx ends, and not until f is done.
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

// ask has the room's goroutine answer a question. It waits until the room's goroutine
// takes the question or ctx ends; the answer comes at once.
func ask[A any](ctx context.Context, r *Room, question func() A) (a A, err error) {
	answer := make(chan A, 1)
	if err := r.call(ctx, func() { answer <- question() }); err != nil {
		return a, err
	}
	select { // not on ctx: the question has been asked, and may have changed the room
	case a = <-answer:
		return a, nil
	case <-r.done:
		return a, r.closed()
	}
}

// takeCommitted tells of what the journal has committed since it was last called, and applies its
// changes of the room's state. It runs on the room's goroutine.
func (r *Room) takeCommitted() {
	r.publish(r.feed.Take())
	r.applyChanges(r.feed.TakeChanges())
}

// catchUp returns when all that the journal has committed for the room can be read
// there, or with an error when ctx or the room ends.
func (r *Room) catchUp(ctx context.Context) error {
	_, err := ask(ctx, r, func() (none struct{}) {
		r.publish(r.feed.Take())
		return none
	})
	return err
}

// closed returns why the room has ended. done must be closed.
func (r *Room) closed() error {
	if r.err == nil {
		return ErrClosed
	}
	return r.err
}
