package room

import (
	"cmp"
	"context"
	"slices"
	"sync/atomic"
	"time"

	"snug/internal/journal"
	"snug/internal/room/fanout"
	"snug/internal/room/policy"
	"snug/protocol"
)

// Participant is one connection's place in a room, from [Registry.Join] to Leave: what
// the connection may do there, and the cursor that it reads with. Its methods are safe
// for concurrent use; the cursor is for one goroutine at a time. The owner calls Leave.
type Participant struct {
	Cursor fanout.Cursor // first, as each delivery touches it
	room   *Room

	client  Client
	quota   Quota
	address string                     // where it comes from, keyed; empty if unknown
	granted protocol.Role              // by its token; of the room's goroutine after Join
	you     atomic.Pointer[memberInfo] // the member as it is now, over this connection
	given   atomic.Uint64              // ids given to messages that came without one
	member  *member                    // set by Join; its fields are the room's goroutine's, except spoke. Nil of a reader
	spoke   *lastTurn                  // of the member; nil of a reader
	hook    *policy.Hook               // that it is; nil if it is none
	revokes *[]string                  // see noteRevoke; of the room's goroutine
	seats   uint64                     // the generation of the seat that it came with, or got; of the room's goroutine
	seen    uint64                     // what it said last that it has read; of the room's goroutine
	visits  bool                       // it isn't in the roster: see Registry.Visit
	visitor *entrant                   // what admits it while it visits; nil of others, and of whom nothing keeps out
	reads   bool                       // it is no member: see Request.Reads
	visible bool                       // its page is visible to its user; of the room's goroutine
	byToken bool                       // who the member is, a token says
}

// Ended reports whether the room has ended under its members.
func (p *Participant) Ended() bool {
	select {
	case <-p.room.done:
		return true
	default:
		return false
	}
}

// You returns the member as it is now; the zero Member for a reader.
func (p *Participant) You() protocol.Member { return p.you.Load().Member }

// Room returns the room's code.
func (p *Participant) Room() string { return string(p.room.code) }

// Head returns the seq of the newest log event in the room.
func (p *Participant) Head() uint64 { return p.room.Head() }

// Delivered returns how many log events the client has been written. See
// [fanout.Cursor.Delivered].
func (p *Participant) Delivered() uint64 { return p.Cursor.Delivered() }

// Lag is how far a client is behind its room.
type Lag = fanout.Lag

// Lag returns how far the client is behind the room. See [fanout.Cursor.Lag].
func (p *Participant) Lag() Lag { return p.Cursor.Lag() }

// RetryAfter is when a client sends an unsettled command again: later than any
// successful commit takes.
const RetryAfter = 2 * time.Second

// Settle returns when every message whose outcome is known can be read by the cursors
// of the room, or ctx or the room ends.
func (p *Participant) Settle(ctx context.Context) {
	_ = p.room.catchUp(ctx) // an error means that there is nothing to wait for
}

// Typing tells the room that the member is typing.
func (p *Participant) Typing(ctx context.Context) {
	_ = p.room.call(ctx, func() { // fails only if nobody is there to be told
		if p.member.present() {
			p.room.typing(p.member)
		}
	})
}

// Rename gives the member another nick, who must be present on this node. It waits for the
// room, and for the other nodes. The error is a [*protocol.Error], ErrClosed or ctx's.
func (p *Participant) Rename(ctx context.Context, nick Nick) error {
	var here bool
	isHere := func() bool { // runs on the room's goroutine
		here = len(p.member.conns) > 0
		return here
	}
	if _, err := ask(ctx, p.room, isHere); err != nil || !here {
		return cmp.Or(err, notHere())
	}
	drop, free, err := p.room.claimNick(ctx, nick, p.You().Member)
	if err != nil {
		return err
	}
	defer drop()
	if free { // the member may have left meanwhile
		free, err = ask(ctx, p.room, func() bool { return isHere() && p.room.rename(p.member, nick) })
	}
	switch {
	case err == nil && !here:
		err = notHere()
	case err == nil && !free:
		err = protocol.Errorf(protocol.NickTaken, "somebody here goes by %q: take another nick", nick.Shown)
	}
	return err
}

func notHere() error {
	return protocol.Errorf(protocol.NotFound, "you aren't in the room on this server: ask for another nick where your connection is")
}

// Event returns the log event seq. It reads the journal. The error may be a [*protocol.Error]:
// with code closed if the room was closed meanwhile, or not-found.
func (p *Participant) Event(ctx context.Context, seq uint64) (protocol.Event, error) {
	page, err := p.room.journal.ReadAfter(ctx, string(p.room.code), seq-1, 1)
	if err != nil {
		return protocol.Event{}, err
	}
	if len(page) > 0 && page[0].Seq == seq {
		return page[0].Event, nil
	}
	closed, err := ask(ctx, p.room, func() *protocol.Error {
		p.room.publish(p.room.feed.Take())
		return p.room.closing.refusal(time.Now())
	})
	switch {
	case err != nil:
		return protocol.Event{}, err
	case closed != nil:
		return protocol.Event{}, closed
	}
	return protocol.Event{}, protocol.Errorf(protocol.NotFound, "there is no event %d, or it is no longer kept", seq)
}

// Reach waits until the room has reached the log event seq, which another node may have
// shown already. A seq that isn't there is no error.
func (p *Participant) Reach(ctx context.Context, seq uint64) error { return p.room.reach(ctx, seq) }

// Nick returns the member's nick as the room has it now; empty if the room has ended.
func (p *Participant) Nick(ctx context.Context) string {
	nick, _ := ask(ctx, p.room, func() string { return p.member.Nick }) // an error means that nobody needs it
	return nick
}

// Position returns what is known of the room's log: its epoch, its oldest event that is
// kept, and its newest one that can be read.
func (p *Participant) Position() (epoch string, first, head uint64) {
	return p.room.epoch, p.room.feed.First(), p.room.Head()
}

// NewSeat returns a seat of the member's that is valid after its seats were revoked. The
// error is ErrClosed or ctx's.
func (p *Participant) NewSeat(ctx context.Context) (string, error) {
	return ask(ctx, p.room, func() string {
		p.room.publish(p.room.feed.Take())
		id := p.member.Member.Member
		return p.room.seat(id, p.room.policy.SeatGeneration(id), p.byToken)
	})
}

// ReadBefore returns the page that ends before a seq. It reads the journal.
func (p *Participant) ReadBefore(ctx context.Context, before uint64, limit int) (protocol.History, error) {
	entries, err := p.room.journal.ReadBefore(ctx, string(p.room.code), min(before, p.room.Head()+1), limit)
	if err != nil {
		return protocol.History{}, err
	}
	h := public(entries)
	h.More = len(entries) > 0 && entries[0].Seq > p.room.feed.First()
	return h, nil
}

// ReadAfter returns the page that begins after a seq. It reads the journal.
func (p *Participant) ReadAfter(ctx context.Context, after uint64, limit int) (protocol.History, error) {
	head := p.room.Head()
	if after >= head {
		return protocol.History{}, nil
	}
	entries, err := p.room.journal.ReadAfter(ctx, string(p.room.code), after, limit)
	if err != nil {
		return protocol.History{}, err
	}
	// What the journal has and the fan-out hasn't yet will be delivered as it comes.
	entries = slices.DeleteFunc(entries, func(e journal.Entry) bool { return e.Seq > head })
	h := public(entries)
	h.More = len(entries) > 0 && entries[len(entries)-1].Seq < head
	return h, nil
}

func public(entries []journal.Entry) protocol.History {
	h := protocol.History{Events: make([]protocol.Event, len(entries))}
	for i := range entries {
		h.Events[i] = entries[i].Event
	}
	return h
}

// Leave ends the participation. It is called once. It doesn't wait for the room to be
// told.
func (p *Participant) Leave() {
	switch {
	case p.visits: // the room doesn't know it
	case p.reads:
		_ = p.room.call(context.Background(), func() { p.room.leaveReader(p) }) // fails only if the room has ended
	default:
		_ = p.room.call(context.Background(), func() { p.room.leave(p) }) // as above
	}
	p.room.registry.release(p.room)
}
