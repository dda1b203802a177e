package chat

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"snug/internal/auth"
	"snug/internal/room"
	"snug/protocol"
)

// conn is one connection.
type conn struct {
	// What a delivery touches comes first, here and in the outbox and the socket: with
	// many clients, each line of the processor's cache that it needs is one to be fetched.
	//
	// writing is held by who writes: a writer, which may wait for the client, or the
	// room's goroutine, which doesn't. So is left.
	writing sync.Mutex
	left    []byte                 // of what the cursor has handed out
	stop    atomic.Pointer[ending] // why the reader was interrupted
	out     outbox
	sock    socket

	server  *Server
	door    door
	number  uint64        // for the log
	ended   chan struct{} // closed with stop
	calls   atomic.Uint64 // for a writer, since there was none
	written chan struct{} // the last writer has ended

	// The reader's.
	in         inbox
	me         *room.Participant // nil before it has joined
	talk       dialect
	rate       *rate.Limiter // of messages
	strikes    *rate.Limiter // see strike
	pages      *rate.Limiter // see leaf
	holder     *auth.Holder  // who its token says it is; nil for none
	tokenTimer *time.Timer   // ends the connection when its token ends; nil for none

	resting resting // while there is no reader
}

func newConn(s *Server, d door) *conn {
	c := &conn{
		server:  s,
		door:    d,
		number:  s.ids.Add(1),
		in:      inbox{most: s.limits.FrameBytes},
		ended:   make(chan struct{}),
		rate:    rate.NewLimiter(s.rate, s.options.MessageBurst),
		written: make(chan struct{}),
	}
	c.out = newOutbox(s.options.MaxWaiting, c.rouse)
	c.sock.ended = c.ended
	c.talk = dialects[d.dialect](c)
	if s.options.Strangers && s.options.MessageRate > 0 {
		c.sock.pace = rate.NewLimiter(s.rate*rate.Limit(s.limits.FrameBytes), s.options.MessageBurst*s.limits.FrameBytes)
	}
	c.sock.ping = func() { c.out.put(protocol.AppendFrame(nil, protocol.OpPing, nil)) }
	return c
}

// start sets the connection going. It returns at once.
func (c *conn) start(upgraded net.Conn) {
	if c.door.dialect == protocol.V1 {
		c.sock.joinBy = time.Now().Add(protocol.JoinWithin)
	}
	c.sock.open(upgraded)
	c.server.enter(c)
	go c.run()
}

// run is the first reader.
func (c *conn) run() {
	if c.debugs() {
		c.log().Debug("connected", "remote", c.sock.RemoteAddr())
	}
	if err := c.guard(c.arrive); err != nil {
		c.end(err)
		return
	}
	c.attend(false)
}

// attend is the reader goroutine while something comes; then the connection rests. due
// says that it is time to look at the client.
func (c *conn) attend(due bool) {
	err := errQuiet
	if due {
		if e := c.guard(c.sock.look); e != nil {
			err = e
		}
	} else {
		c.sock.watch()
		err = c.guard(c.read)
	}
	for errors.Is(err, errQuiet) {
		if c.rest() {
			return
		}
		err = c.guard(c.read)
	}
	c.end(err)
}

// end ends the connection, whose reader has ended with err.
func (c *conn) end(err error) {
	defer c.server.dismiss(c)
	e := c.endingOf(err)
	if c.tokenTimer != nil {
		c.tokenTimer.Stop()
	}
	c.unrest()
	if e.flush {
		c.settle()
	}
	c.finish(e)
	if c.debugs() {
		c.log().Debug("disconnected", "code", int(e.code), "why", e.why)
	}
}

// settle waits until the client can read what became of all that it has sent.
func (c *conn) settle() {
	for !c.out.settled() {
		select {
		case <-c.out.freed: // the journal tells the outcome of every draft
		case <-c.ctx().Done():
			return
		}
	}
	if c.me != nil {
		c.me.Settle(c.ctx())
	}
}

// guard turns a panic of f's into an error: it ends this connection and nothing
// else.
func (c *conn) guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.log().Error("a connection has failed", "panic", p, "stack", string(debug.Stack()))
			err = errFault
		}
	}()
	return f()
}

// interrupt ends the connection from outside the reader. Only the first call
// counts.
func (c *conn) interrupt(e *ending) {
	if c.stop.CompareAndSwap(nil, e) {
		close(c.ended)
		c.sock.interrupt()
		c.wake()
	}
}

// log returns a logger that names the connection. It isn't kept: most
// connections say nothing, and there are many.
func (c *conn) log() *slog.Logger {
	return c.server.options.Log.With("conn", c.number, "room", string(c.door.code), "dialect", c.door.dialect.String())
}

// debugs reports whether what is of interest only to who looks for a fault is logged. To
// make a logger for what isn't was a twentieth of a join.
func (c *conn) debugs() bool {
	return c.server.options.Log.Enabled(c.ctx(), slog.LevelDebug)
}

// ctx is what waits of the connection end with: not its own, which ends what it
// does one by one, but the server's.
func (c *conn) ctx() context.Context { return c.server.ctx }
