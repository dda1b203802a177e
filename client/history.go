package client

import (
	"context"
	"crypto/rand"
	"fmt"

	"snug/protocol"
)

// Page says which part of the log [Room.History] reads: the newest events, or
// those that lie next to one event on one side of it, itself not among them.
type Page struct {
	Before uint64 // those before this seq; 0 for the newest
	After  uint64 // those after this seq…
	First  bool   // …or from the first that is kept
	Limit  int    // at most so many, up to 200; 0 for 50
}

// History reads a page of the room's log. It waits for the server, across lost
// connections, until ctx ends; it may be called concurrently, and moves no
// position. The error is a [*protocol.Error] where the server refused it. A page
// ends early where it grows large; More says whether there is more on that side.
func (r *Room) History(ctx context.Context, p Page) (protocol.History, error) {
	cmd := protocol.Command{Type: protocol.CommandHistory}
	switch {
	case p.First || p.After > 0:
		if p.Before > 0 {
			return protocol.History{}, fmt.Errorf("history: Before is %d, and After or First is there too: a page lies on one side", p.Before)
		}
		cmd.After = &p.After
	case p.Before > 0:
		cmd.Before = &p.Before
	}
	if p.Limit != 0 {
		cmd.Limit = &p.Limit
	}
	c := question(cmd)
	err := r.do(ctx, c)
	return c.history, err
}

// question is a command that its ref answers to.
func question(cmd protocol.Command) *command {
	cmd.Ref = rand.Text()
	return &command{typ: cmd.Type, ref: cmd.Ref, frame: encode(cmd)}
}

// Typing tells the others that this member types, which holds for 5 s: call it
// again while it is true. It doesn't wait and isn't kept: while there is no
// connection it does nothing. The error says that ctx has ended or the room is
// closed.
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

// Rename takes another nick, and returns when it is so, across lost connections,
// or ctx ends. The error is a [*protocol.Error] where the server refused it:
// [protocol.NickTaken] if it is another member's.
func (r *Room) Rename(ctx context.Context, nick string) error {
	return r.do(ctx, question(protocol.Command{Type: protocol.CommandNick, Nick: nick}))
}
