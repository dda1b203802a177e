package chat

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"snug/internal/auth"
	"snug/internal/room"
	"snug/internal/socket"
	"snug/internal/websocket"
	"snug/protocol"
)

// conn is one connection. Its files:
//
//   - handshake.go: the request that becomes a connection;
//   - lifecycle.go: its states, from start to end;
//   - reader.go: frames from the client, and dialects, which carry out what they ask;
//   - outbox.go: frames for this client alone;
//   - writer.go: what is written to the client, in order;
//   - liveness.go: whether the client is still there;
//   - ending.go: what the client is told last.
type conn struct {
	// The fields that each delivery uses come first, here and in outbox and socket.Conn, so that
	// they share cache lines.
	//
	// writing is held by whoever writes: a writer goroutine, which may block, or the
	// room's goroutine, which doesn't. It guards pending.
	writing sync.Mutex
	pending []byte                 // the rest of what the cursor returned last
	cause   atomic.Pointer[ending] // why the connection was interrupted
	out     outbox
	sock    socket.Conn

	server        *Server
	handshake     handshake
	number        uint64        // for the log
	interrupted   latch         // opened when cause is set
	writeRequests atomic.Uint64 // see scheduleWrite
	written       latch         // opened when nothing is written any more
	opening       sync.Mutex    // guards isOpen, and sock while it isn't
	isOpen        bool          // see open
	state         state

	// The reader's.
	in         websocket.Reader
	me         *room.Participant // nil before it has joined
	knocker    *room.Knocker     // nil unless it waits before the room
	talk       dialect
	rate       *rate.Limiter // of messages; nil before the first
	pace       *rate.Limiter // of received bytes; nil before the first, and for no limit
	violations *rate.Limiter // see countViolation
	pages      *rate.Limiter // see waitPageQuota
	alive      liveness
	holder     *auth.Holder // of its token; nil for none
	tokenTimer *time.Timer  // runs until the token expires; nil for none
}

func newConn(s *Server, h handshake) *conn {
	c := &conn{
		server:    s,
		handshake: h,
		number:    s.ids.Add(1),
		in:        websocket.NewReader(s.limits.FrameBytes),
	}
	c.out = newOutbox(s.options.MaxWaiting, c.scheduleWrite)
	c.talk = dialects[h.dialect](c)
	return c
}

// open gives the connection its socket, on which early has arrived already. Before that,
// the connection can only join and be interrupted.
func (c *conn) open(u websocket.Upgraded) {
	c.opening.Lock()
	defer c.opening.Unlock()
	c.isOpen = true
	now := time.Now()
	c.alive.begin(now)
	if c.handshake.dialect == protocol.V1 {
		c.handshake.entry.joinBy = now.Add(protocol.JoinWithin)
	}
	c.sock.Open(u.Conn, len(u.Early))
	for early := u.Early; len(early) > 0; {
		n := copy(c.in.Space(), early)
		c.in.Advance(n)
		early = early[n:]
	}
	c.sock.SetDeadline(c.nextCheck())
	if c.cause.Load() != nil {
		c.sock.Interrupt()
	}
}

// settle waits until the client can read the outcome of everything that it has sent.
func (c *conn) settle() {
	for !c.out.settled() {
		select {
		case <-c.out.freed: // the journal reports the outcome of every draft
		case <-c.ctx().Done():
			return
		}
	}
	if c.me != nil {
		c.me.Settle(c.ctx())
	}
}

// pause waits, unless the connection is interrupted.
func (c *conn) pause(wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-c.interrupted.wait():
		return errInterrupted
	}
}

// ctx is the context of everything that the connection waits for. It is the
// server's: the connection ends what it does step by step.
func (c *conn) ctx() context.Context { return c.server.ctx }
