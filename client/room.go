package client

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"

	"snug/protocol"
)

// Room is a place in a room, kept until Close. Make one with [Join]. Its methods
// are safe for concurrent use.
type Room struct {
	dialer    dialer
	log       *slog.Logger
	ctx       context.Context // of the run goroutine
	cancel    context.CancelCauseFunc
	done      chan struct{} // the run goroutine has ended
	write     chan struct{} // one slot: there may be something to write
	more      chan struct{} // one slot: there may be something for Events
	consuming atomic.Bool   // an Events loop runs

	mu       sync.Mutex
	conn     *conn // nil while there is none
	closing  bool  // Close was called
	ended    error // why run has ended; nil before
	limits   protocol.Limits
	settings protocol.Settings
	you      protocol.You
	roster   roster
	received place // the last log event that was read
	outgoing outgoing
	queue    queue

	// The consumer's.
	at   place // the last log event that Events gave
	page page  // read from the server, and not given yet
}

// Seat returns the secret that makes another Join the same member, through
// [Options]. Keep it as you would keep a password.
func (r *Room) Seat() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.you.Seat
}

// Position returns the last event of the log that [Room.Events] gave, also while
// its loop's body still has it. It is what to save for [Options].Since once the
// event has been dealt with. It is zero before there was any.
func (r *Room) Position() protocol.Position {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.at.known {
		return protocol.Position{}
	}
	return r.at.Position
}

// You returns the member that this is, as the server last said: the nick and the
// role may change.
func (r *Room) You() protocol.Member {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.you.Member
}

// Members returns who is there, as the server last said; in a crowd nobody is
// named and Count says how many there are. The caller may keep and change it.
func (r *Room) Members() protocol.Members {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.roster.snapshot()
}

// Settings returns the room's, as the server last said.
func (r *Room) Settings() protocol.Settings {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.settings
}

// Limits returns what the server takes, as it last said.
func (r *Room) Limits() protocol.Limits {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.limits
}

// closeWithin bounds the close handshake.
const closeWithin = 5 * time.Second

// Close leaves the room: it closes the connection, within 5 s, and waits for the
// Room's goroutines. All calls under way end, a Send with an [*UnknownError]
// unless it is settled. The error says that the server didn't answer; the
// room is closed all the same. Further calls do nothing but wait.
func (r *Room) Close() error {
	r.mu.Lock()
	c, first := r.conn, !r.closing
	r.closing = true
	r.mu.Unlock()

	late := false
	if first && c != nil {
		bound := time.AfterFunc(closeWithin, func() { c.cancel(context.DeadlineExceeded) })
		_ = c.ws.Close(websocket.StatusNormalClosure, "") // where the connection is being lost anyway there is nothing to tell
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
