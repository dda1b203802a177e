package client

import (
	"context"
	"fmt"

	"snug/protocol"
)

// Message is what [Room.Send] says.
type Message struct {
	// ID makes it safe to send the message again, and must never stand for
	// another one of the same member: 1 to 64 printable ASCII characters. Empty is
	// a random one.
	ID      string
	Content string
	ReplyTo uint64 // the seq of the message that this one answers; 0 for none
}

// Send says something and returns when it is in the room's log, at seq, however
// many connections and refusals for haste or in slow mode that takes. It is safe
// for concurrent use; messages of one goroutine keep their order, of those sent at the same
// time either may be first.
//
// To send the same Message with the same ID again, at once or after a restart
// with the same seat, says it only once, and gives the same seq. It is promised
// for 24 hours and 10,000 events of the room.
//
// The error is a [*protocol.Error] where the server refused the message. When ctx
// or the Room ends first it is an [*UnknownError], which has the ID to try again
// with, or wraps the reason alone if the message was never written. It is an
// *UnknownError, too, with [ErrSeatLost] or [ErrTooOld], where sending it again
// isn't safe.
func (r *Room) Send(ctx context.Context, m Message) (seq uint64, err error) {
	return r.Do(ctx, protocol.Command{Type: protocol.CommandSend, ID: m.ID, Content: m.Content, ReplyTo: m.ReplyTo})
}

// do carries out a command: it waits until the command is settled, or ctx or the
// room ends.
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
			r.outgoing.settle(c, 0, c.gaveUp(context.Cause(ctx)))
		}
		r.mu.Unlock()
	}
	if c.err != nil {
		return fmt.Errorf("%s: %w", c.typ, c.err)
	}
	return nil
}

// begin puts a command in its place. It waits while another with the same id is
// under way: of two at once the answers couldn't be told apart.
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

// endedBy is why there is no more to come.
func (r *Room) endedBy() error {
	if r.ended != nil {
		return r.ended
	}
	return ErrClosed
}
