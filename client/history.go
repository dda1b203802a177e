package client

import (
	"context"
	"crypto/rand"
	"fmt"

	"snug/protocol"
)

// Page selects the part of the log that [Room.History] reads: the newest events, or
// those directly before or after an event.
type Page struct {
	Before uint64 // the events before this seq; 0 for the newest ones
	After  uint64 // the events after this seq
	First  bool   // the oldest events that are kept
	Limit  int    // at most so many events, up to 200; 0 for 50

	// Current gives messages the content that they have now, also where a later event than
	// those of the page has edited them. Apply such a page to a [Fold] like any other.
	Current bool
}

// History reads a page of the room's log. It blocks until the server answers, even
// if connections are lost, or until ctx ends. It doesn't change the Room's position.
// The error is a [*protocol.Error] if the server refuses it. The server shortens
// pages with much content; More says whether there are further events.
func (r *Room) History(ctx context.Context, p Page) (protocol.History, error) {
	cmd := protocol.Command{Type: protocol.CommandHistory, Current: p.Current}
	switch {
	case p.First || p.After > 0:
		if p.Before > 0 {
			return protocol.History{}, fmt.Errorf("history: Before is %d, and After or First is set too: use one of them", p.Before)
		}
		cmd.After = &p.After
	case p.Before > 0:
		cmd.Before = &p.Before
	}
	if p.Limit != 0 {
		cmd.Limit = &p.Limit
	}
	c := newQuery(cmd)
	err := r.do(ctx, c)
	return c.history, err
}

// newQuery returns a command whose answer has the same ref.
func newQuery(cmd protocol.Command) *command {
	cmd.Ref = rand.Text()
	return &command{typ: cmd.Type, ref: cmd.Ref, frame: encode(cmd)}
}

// Typing tells the other members that this member is typing, for 5 s: call it again
// while that is so. It doesn't block, and does nothing while there is no connection.
// The error says that ctx has ended or the room is closed.
func (r *Room) Typing(ctx context.Context) error {
	if ctx.Err() != nil {
		return fmt.Errorf("typing: %w", context.Cause(ctx))
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended != nil || r.closing {
		return fmt.Errorf("typing: %w", r.endedBy())
	}
	r.outgoing.typing = r.conn != nil
	signal(r.write)
	return nil
}

// Rename changes this member's nick. It blocks until the server confirms it, even if
// connections are lost, or until ctx ends. The error is a [*protocol.Error] if the
// server refuses it: [protocol.NickTaken] if another member has the nick.
func (r *Room) Rename(ctx context.Context, nick string) error {
	return r.do(ctx, newQuery(protocol.Command{Type: protocol.CommandNick, Nick: nick}))
}
