package client

import (
	"context"
	"fmt"

	"snug/protocol"
)

// Message is a message to send with [Room.Send].
type Message struct {
	// ID makes it safe to send the message again. A member must not use it for
	// another message. It has 1 to 64 printable ASCII characters; an empty ID is
	// replaced by a random one.
	ID      string
	Content string
	ReplyTo uint64          // the seq of the message that this one replies to; 0 for none
	Files   []protocol.File // that Upload has returned, up to 10, with an Alt if you set it; Content may be empty then
}

// Send sends a message and returns its seq when it is in the room's log. It blocks
// for as many connections, and refusals by rate limit or slow mode, as that takes.
// Messages from one goroutine keep their order.
//
// Sending the same Message with the same ID again, immediately or after a restart
// with the same seat, has no further effect and returns the same seq. The server
// promises that for 24 hours and 10,000 events of the room.
//
// The error is a [*protocol.Error] if the server refuses the message. If ctx or the
// Room ends first, it is an [*UnknownError] with the ID to try again with, or wraps
// only the reason if the message was never written. It is also an *UnknownError,
// with [ErrSeatLost] or [ErrTooOld], when sending the message again isn't safe.
func (r *Room) Send(ctx context.Context, m Message) (seq uint64, err error) {
	cmd := protocol.Command{Type: protocol.CommandSend, ID: m.ID, Content: m.Content, ReplyTo: m.ReplyTo}
	for i, f := range m.Files {
		cmd.Files = append(cmd.Files, f.ID)
		if f.Alt != "" {
			cmd.Alts = append(cmd.Alts, make([]string, i+1-len(cmd.Alts))...)
			cmd.Alts[i] = f.Alt
		}
	}
	return r.Do(ctx, cmd)
}

// do carries out a command: it blocks until the command has an outcome, or ctx or
// the Room ends.
func (r *Room) do(ctx context.Context, c *command) error {
	if err := r.begin(ctx, c); err != nil {
		return fmt.Errorf("%s: %w", c.typ, err)
	}
	signal(r.write)
	select {
	case <-c.settled:
	case <-ctx.Done():
		r.mu.Lock()
		select {
		case <-c.settled: // just now
		default:
			r.outgoing.giveUp(c, context.Cause(ctx))
		}
		r.mu.Unlock()
	}
	if c.err != nil {
		return fmt.Errorf("%s: %w", c.typ, c.err)
	}
	return nil
}

// begin adds a command. It blocks while another command with the same ID is in
// progress, because their answers look the same.
func (r *Room) begin(ctx context.Context, c *command) error {
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		r.mu.Lock()
		if r.ended != nil || r.closing {
			defer r.mu.Unlock()
			return r.endedBy()
		}
		same := r.outgoing.byID[c.id]
		if same == nil {
			r.outgoing.add(c)
			r.mu.Unlock()
			return nil
		}
		r.mu.Unlock()
		select {
		case <-same.settled:
		case <-ctx.Done():
		}
	}
}

// endedBy returns why the Room is closed.
func (r *Room) endedBy() error {
	if r.ended != nil {
		return r.ended
	}
	return ErrClosed
}
