package room

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// Participant is one connection's seat in a room: what it may do there, and the
// cursor that it reads with. Its methods are safe for concurrent use, the
// cursor's are not. Who has it calls Leave.
type Participant struct {
	// What a delivery touches comes first: with many clients, each line of the
	// processor's cache that it needs is one to be fetched.
	client Client
	Cursor Cursor        // for one goroutine at a time
	passed atomic.Uint64 // see Passed: the seq, shifted to the left by the bit inLog
	room   *Room

	began   uint64                // the seq after which the client is written what comes; set before it is handed out
	place   int                   // among the wire's readers; Run's alone
	address string                // where it comes from, keyed; empty where nobody knows
	granted protocol.Role         // by its token; Run's alone once it is handed out
	you     atomic.Pointer[stand] // the member as it is now, over this connection
	given   atomic.Uint64         // ids given to messages that came without
	member  *member               // set before it is handed out; what it has is Run's alone, but for spoke
}

// Done is closed when the room has ended under its members.
func (p *Participant) Done() <-chan struct{} { return p.room.done }

// Ended reports whether Done is closed.
func (p *Participant) Ended() bool {
	select {
	case <-p.room.done:
		return true
	default:
		return false
	}
}

// You returns the member as it is now.
func (p *Participant) You() protocol.Member { return p.you.Load().Member }

// feedHolds is how many entries may wait for the room's goroutine before senders
// wait for it too.
const feedHolds = 4096

// draft is an event of the member's. Without an id of its sender's it gets one,
// and no repeat of it will be recognised.
func (p *Participant) draft(typ protocol.EventType, id string, body json.RawMessage) journal.Draft {
	d := journal.Draft{
		Room:  string(p.room.code),
		Event: protocol.Event{Type: typ, ID: id, From: p.You(), Body: body},
		Once:  id != "",
	}
	if !d.Once {
		d.Event.ID = strconv.FormatUint(p.given.Add(1), 10)
	}
	return d
}

// append hands d to the journal, when the room can keep up.
func (p *Participant) append(ctx context.Context, d journal.Draft, done journal.Done) error {
	if p.room.feed.Len() >= feedHolds {
		p.Settle(ctx)
	}
	if err := p.room.journal.Append(ctx, d, done); err != nil {
		return Refusal(err)
	}
	return nil
}

// refuse answers d with e, unless it repeats a command that was taken and has
// changed, or used up, what it is judged by. Only the journal knows which it is.
func (p *Participant) refuse(ctx context.Context, d journal.Draft, e *protocol.Error, done journal.Done) error {
	if !d.Once {
		return e
	}
	d.OnlyIfRepeat = true
	return p.append(ctx, d, func(o journal.Outcome, err error) {
		if errors.Is(err, journal.ErrNotRepeat) {
			err = e
		}
		done(o, err)
	})
}

// Refusal says what an error of the journal's is to the client whose command it
// was. One that says so already is returned as it is.
func Refusal(err error) *protocol.Error {
	var said *protocol.Error
	switch {
	case errors.As(err, &said):
		return said
	case errors.Is(err, journal.ErrConflict):
		return protocol.Errorf(protocol.IDConflict, "the id stands for another command of yours: a new one needs a new id")
	case errors.Is(err, journal.ErrGone):
		return protocol.Errorf(protocol.NotFound, "there is no such message, or it is erased")
	case errors.Is(err, journal.ErrChanged):
		return protocol.Errorf(protocol.Forbidden, "the room has just changed: look, and try again with a new id")
	}
	e := protocol.Errorf(protocol.Unavailable, "the server can't keep messages now: send it again in a while, with the same id")
	e.RetryAfter = RetryAfter
	return e
}

// RetryAfter is when a client sends an unsettled command again: later than any
// commit that goes well takes.
const RetryAfter = 2 * time.Second

// Settle returns when every message whose outcome has been told is there for the
// cursors to read, or ctx or the room ends.
func (p *Participant) Settle(ctx context.Context) {
	_ = p.room.settle(ctx) // if it fails there is nothing to wait for
}

// Typing tells the room that the member is typing.
func (p *Participant) Typing(ctx context.Context) {
	_ = p.room.call(ctx, func() { p.room.typing(p.member) }) // if it fails there is nobody to tell
}

// Rename gives the member another nick. The error is a [*protocol.Error], or
// ErrClosed.
func (p *Participant) Rename(ctx context.Context, nick Nick) error {
	drop, free, err := p.room.claimNick(ctx, nick, p.You().Member)
	if err != nil {
		return err
	}
	defer drop()
	if free {
		free, err = ask(ctx, p.room, func() bool { return p.room.rename(p.member, nick) })
	}
	if err == nil && !free {
		err = protocol.Errorf(protocol.NickTaken, "somebody here goes by %q: take another nick", nick.Shown)
	}
	return err
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
	// What is in the journal already but on no wire yet comes by the wire.
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

// Leave gives the seat back. It is called once, and waits for nobody.
func (p *Participant) Leave() {
	_ = p.room.call(context.Background(), func() { p.room.leave(p) }) // it fails only when there is no room to leave
	p.room.registry.release(p.room)
}
