package client

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"snug/protocol"
)

// Room is a member's place in a room, from [Join] to Close. Its methods are safe for
// concurrent use.
type Room struct {
	dialer    *dialer
	log       *slog.Logger
	waiting   func(error, time.Duration) // Options.Waiting; may be nil
	ctx       context.Context            // of the run goroutine
	cancel    context.CancelCauseFunc
	done      chan struct{} // closed when the run goroutine has ended
	write     chan struct{} // one slot: there may be something to write
	more      chan struct{} // one slot: there may be something for Events
	consuming atomic.Bool   // an Events loop is running

	mu       sync.Mutex
	conn     *conn // nil while there is none
	closing  bool  // Close was called
	ended    error // why the run goroutine has ended; nil before
	code     string
	limits   protocol.Limits
	settings protocol.Settings
	pins     []uint64
	seen     uint64
	knocks   []protocol.Knock           // who waits before the room
	made     map[string]protocol.Invite // invites that Invite waits for, by the command's ID
	you      protocol.You
	newSeat  chan struct{} // closed when the server has sent a new seat
	roster   roster
	received place // the last log event that was read
	outgoing outgoing
	queue    queue

	// The consumer's.
	at   place // the last log event that Events returned
	page page  // events that were read from the server and not returned yet
}

// Seat returns the secret with which another [Join] becomes the same member, see
// [Options]. Store it like a password.
func (r *Room) Seat() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.you.Seat
}

// Code returns the room's code, as the server writes it.
func (r *Room) Code() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.code
}

// Position returns the position of the last log event that [Room.Events] returned,
// even while the loop's body is still working on it. Save it for [Options].Since once
// the event is done with. It is zero before the first event.
func (r *Room) Position() protocol.Position {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.at.known {
		return protocol.Position{}
	}
	return r.at.Position
}

// You returns this member, as the server last said: the nick and the role may change.
func (r *Room) You() protocol.Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.you.Member
}

// Members returns the members who are present, and the number of readers, as the server last said. In a crowd
// the list is empty, and Count says how many there are. The result belongs to the
// caller.
func (r *Room) Members() protocol.Members {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.roster.snapshot()
}

// Settings returns the room's settings, as the server last said.
func (r *Room) Settings() protocol.Settings {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.settings
}

// Pins returns the seqs of the pinned messages, in the order in which they were pinned. The
// result belongs to the caller.
func (r *Room) Pins() []uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.pins)
}

// Limits returns the server's limits, as it last said.
func (r *Room) Limits() protocol.Limits {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.limits
}

// closeWithin bounds the time for the close handshake.
const closeWithin = 5 * time.Second

// Close leaves the room: it closes the connection, within 5 s, and waits for the
// Room's goroutines. All calls in progress end; a Send without an outcome gets an
// [*UnknownError]. The error says that the server didn't answer; the Room is closed
// nevertheless. Further calls only wait.
func (r *Room) Close() error {
	r.mu.Lock()
	c, first := r.conn, !r.closing
	r.closing = true
	r.mu.Unlock()

	late := false
	if first && c != nil {
		bound := time.AfterFunc(closeWithin, func() { c.cancel(context.DeadlineExceeded) })
		c.link.leave()
		late = !bound.Stop()
	}
	if first {
		r.cancel(ErrClosed)
	}
	<-r.done
	if late {
		return fmt.Errorf("close the room: no answer within %v", closeWithin)
	}
	return nil
}

// signal fills a one-slot channel.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
