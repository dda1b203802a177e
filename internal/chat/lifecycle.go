package chat

import (
	"errors"
	"log/slog"
	"net"
	"runtime/debug"
	"sync/atomic"

	"snug/internal/socket"
	"snug/internal/websocket"
)

// state is where a connection is in its life. All transitions are in this file.
//
//	 start
//	   │
//	   ▼         park: nothing arrives
//	reading ──────────────────────────────► parked
//	   │    ◄──────────────────────────────
//	   │      claimReader: something arrives, a liveness check is due,
//	   │      or interrupt was called
//	   │
//	   │ the reader has an error, or interrupt was called
//	   ▼
//	ending ──► the connection is closed
//
// A connection in the state reading or ending has one goroutine, its reader, which owns all fields
// that are marked as the reader's. A parked connection has none: most connections
// are silent, and there are many. The goroutine that claims a parked connection becomes its reader.
//
// Writing is independent of these states: see scheduleWrite.
type state struct{ value atomic.Int32 }

const (
	stateReading int32 = iota
	stateParked
	stateEnding
)

// parked reports whether the connection has no reader.
func (s *state) parked() bool { return s.value.Load() == stateParked }

// start begins the life of an open connection. notJoined is why it ends at once; nil if it
// doesn't. It returns immediately.
func (c *conn) start(notJoined error) {
	c.server.register(c)
	go c.run(notJoined)
}

// abandon ends a connection that was never open, and whose writing the caller has locked.
func (c *conn) abandon() {
	near, far := net.Pipe()
	_ = far.Close() // never fails
	c.open(websocket.Upgraded{Conn: near})
	c.writing.Unlock()
	c.start(nil)
}

// run is the first reader of a connection. It joins the room, unless that is done.
func (c *conn) run(err error) {
	if c.logsDebug() {
		c.log().Debug("connected", "remote", c.handshake.remote())
	}
	if err == nil {
		err = c.guard(c.readUntilJoined)
	}
	if err != nil {
		c.end(err)
		return
	}
	c.sock.AllowParking(&c.server.poller, (*wakeable)(c))
	c.serve(false)
}

// serve is the reader goroutine: it reads until nothing arrives, and then parks the
// connection. checkDue says that a liveness check is due, and nothing has arrived.
func (c *conn) serve(checkDue bool) {
	err := socket.ErrIdle
	if checkDue {
		if e := c.guard(c.checkLiveness); e != nil {
			err = e
		}
	} else {
		c.sock.Resume()
		err = c.guard(c.read)
	}
	for errors.Is(err, socket.ErrIdle) {
		if c.park() {
			return
		}
		err = c.guard(c.read)
	}
	c.end(err)
}

// park ends the reader. It reports false if the reader must go on, because the connection
// can't be parked or is interrupted.
func (c *conn) park() bool {
	c.sock.Doze()
	due := c.nextCheck()
	c.state.value.Store(stateParked) // from here on, the reader's fields may be another goroutine's
	if c.server.poller.Park(&c.sock, due) && c.cause.Load() == nil || !c.claimReader() {
		return true
	}
	c.sock.ForbidParking()
	return false
}

// claimReader makes the caller the reader of a parked connection. It reports false if
// there is a reader already.
func (c *conn) claimReader() bool {
	return c.state.value.CompareAndSwap(stateParked, stateReading)
}

// wake gives a parked connection a reader.
func (c *conn) wake(checkDue bool) {
	if c.claimReader() {
		go c.serve(checkDue)
	}
}

// wakeable gives a connection the method Wake, which is for the poller alone.
type wakeable conn

// Wake implements [socket.Waker].
func (w *wakeable) Wake(due bool) { (*conn)(w).wake(due) }

// interrupt ends the connection from outside its reader. Only the first call counts.
func (c *conn) interrupt(e *ending) {
	if !c.cause.CompareAndSwap(nil, e) {
		return
	}
	c.interrupted.open()
	c.opening.Lock()
	defer c.opening.Unlock()
	if c.isOpen { // otherwise open does this
		c.sock.Interrupt()
		c.wake(false)
	}
}

// end ends the connection, whose reader has ended with err.
func (c *conn) end(err error) {
	defer c.server.unregister(c)
	c.state.value.Store(stateEnding)
	e := c.endingOf(err)
	if c.tokenTimer != nil {
		c.tokenTimer.Stop()
	}
	c.server.poller.Forget(&c.sock) // a wake that has begun does nothing, as the connection is ending
	if e.flush {
		c.settle()
	}
	c.finish(e)
	if c.logsDebug() {
		c.log().Debug("disconnected", "code", int(e.code), "why", e.why)
	}
}

// guard turns a panic in f into an error, which ends this connection and nothing else.
func (c *conn) guard(f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			c.log().Error("a connection has failed", "panic", p, "stack", string(debug.Stack()))
			err = errInternal
		}
	}()
	return f()
}

// log returns a logger that names the connection. It isn't stored: most
// connections log nothing, and there are many.
func (c *conn) log() *slog.Logger {
	return c.server.options.Log.With("conn", c.number, "room", string(c.handshake.code), "dialect", c.handshake.dialect.String())
}

// logsDebug reports whether debug messages are logged. Creating a logger for one that isn't
// took a twentieth of a join.
func (c *conn) logsDebug() bool {
	return c.server.options.Log.Enabled(c.ctx(), slog.LevelDebug)
}
