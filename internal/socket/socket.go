// Package socket offers network connections that cost little while nothing happens
// on them. A [Conn] can be written to without blocking, and it can be parked: then no
// goroutine waits for it, and a [Poller], which waits for all parked connections at
// once, wakes it when something arrives, or at the time that it was parked until.
//
// This takes system calls that only Unix has, and a poller that only Linux has. On other
// systems, the same methods work in a portable way: a TryWrite writes
// nothing, and connections aren't parked. So it does over TLS, unless its connection was accepted by [Listen]'s listener.
package socket

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"
)

// IdleAfter is how long Read waits for more from an awake connection before it
// returns [ErrIdle].
const IdleAfter = time.Second

// lastLook is how long a last look for what has arrived may take where it can't be done at once.
const lastLook = 100 * time.Millisecond

var (
	// ErrIdle means that nothing arrives, and that the connection may be parked.
	ErrIdle = errors.New("nothing arrives")
	// ErrInterrupted means that Interrupt was called.
	ErrInterrupted = errors.New("interrupted")
)

// Buffer is what Read reads into.
type Buffer interface {
	// Space returns free space. It may allocate it.
	Space() []byte
	// Advance says that n bytes were read into Space. With 0, the buffer may free
	// unused space.
	Advance(n int)
}

// Conn is a network connection. Open must be called first.
//
// Read, SetDeadline, KeepAwake and AllowParking are for one goroutine at a time, the reader.
// Write, TryWrite, Flush and CloseWrite are for one goroutine at a time, the writer. The other methods are
// safe for concurrent use.
type Conn struct {
	// The fields that TryWrite uses come first, so that they share cache lines, and what takes
	// no space beside them.
	direct      bool // the system's socket itself: no TLS in between
	parkable    bool // the reader's
	unread      bool // the reader's: the next Read is the first one since AllowParking
	awake       bool // the reader's: see KeepAwake
	interrupted atomic.Bool
	raw         syscall.RawConn // the socket; nil if there is none
	carrier     *carrier        // what is under TLS; nil if that isn't one, or there is no TLS
	sent        atomic.Uint64   // bytes
	net.Conn

	received atomic.Uint64 // bytes

	// The reader's.
	deadline time.Time // see SetDeadline
	looked   bool      // something was looked for after the deadline
	seen     uint64    // bytes received when the read deadline was last set

	parking parking // the Poller's
}

// Open makes c the connection nc, of which some bytes have been received already.
func (c *Conn) Open(nc net.Conn, received int) {
	c.Conn = nc
	c.received.Store(uint64(received))
	c.raw = rawConn(nc)
	_, c.direct = nc.(syscall.Conn)
	c.direct = c.direct && c.raw != nil && canTry
	if tls, ok := nc.(interface{ NetConn() net.Conn }); ok {
		if c.carrier, ok = tls.NetConn().(*carrier); ok {
			c.carrier.hold()
		}
	}
}

// rawConn returns the system's socket under nc; nil if there is none.
func rawConn(nc net.Conn) syscall.RawConn {
	if tls, ok := nc.(interface{ NetConn() net.Conn }); ok {
		nc = tls.NetConn()
	}
	if sc, ok := nc.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}

// Waker is the owner of a connection that may be parked.
type Waker interface {
	// Wake is called by the Poller's goroutine when something has arrived, or, with due, when the
	// time that was given to Park has come. It must not block. It may be called once more
	// just after [Poller.Forget].
	Wake(due bool)
}

// AllowParking makes Read return [ErrIdle] when nothing arrives, so that owner can park the
// connection. It does nothing if p can't park the connection. The first Read doesn't look,
// unless the connection is awake or speaks TLS: p notices what has arrived.
func (c *Conn) AllowParking(p *Poller, owner Waker) {
	c.parking.owner = owner
	c.parkable = c.raw != nil && p.available()
	c.unread = c.direct
	c.arm()
}

// ForbidParking undoes AllowParking.
func (c *Conn) ForbidParking() {
	c.parkable = false
	c.arm()
}

// KeepAwake makes Read wait for IdleAfter before it returns [ErrIdle], until Doze is
// called: more is likely to arrive soon. Otherwise Read returns it immediately, except
// over TLS, where it always waits.
func (c *Conn) KeepAwake() { c.awake = true }

// Doze undoes KeepAwake.
func (c *Conn) Doze() { c.awake = false }

// SetDeadline makes Read fail with [os.ErrDeadlineExceeded] at t, once it has read what has arrived
// by then, unless the connection may be parked: then whoever parks it says when to wake it.
func (c *Conn) SetDeadline(t time.Time) {
	c.deadline, c.looked = t, false
	c.arm()
}

// Resume prepares a parked connection for Read.
func (c *Conn) Resume() { c.arm() }

// Read waits until something arrives and reads it into to. It returns [ErrIdle],
// [ErrInterrupted], [os.ErrDeadlineExceeded], or why the connection is broken.
func (c *Conn) Read(to Buffer) (n int, err error) {
	if c.unread {
		c.unread = false
		if c.parkable && !c.awake {
			return 0, ErrIdle
		}
	}
	for {
		n, err := c.readOnce(to)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if n, err = c.deadlinePassed(to); n == 0 && err == nil {
				continue
			}
		}
		switch {
		case n > 0:
			c.received.Add(uint64(n))
			return n, nil
		case err == nil && c.parkable && !c.awake:
			return 0, ErrIdle
		}
		if err != nil {
			return 0, err
		}
	}
}

// readOnce reads what has arrived. It may return 0 without an error.
func (c *Conn) readOnce(to Buffer) (n int, err error) {
	if c.direct {
		return readReady(c.raw, to, c.awake || !c.parkable)
	}
	n, err = c.Conn.Read(to.Space())
	to.Advance(n)
	return n, err
}

// deadlinePassed returns what Read returns; 0 and nil if it continues. The system's deadline
// isn't moved with each read, so something may have arrived since it was set.
func (c *Conn) deadlinePassed(to Buffer) (n int, err error) {
	switch {
	case c.interrupted.Load():
		return 0, ErrInterrupted
	case !c.parkable && !c.looked:
		return c.look(to)
	case !c.parkable:
		return 0, os.ErrDeadlineExceeded
	case c.received.Load() == c.seen:
		return 0, ErrIdle
	}
	c.arm()
	return 0, nil
}

// look reads what has arrived before the deadline: on a busy machine the reader may not have run since,
// and nothing is read after a deadline.
func (c *Conn) look(to Buffer) (n int, err error) {
	c.looked = true
	defer c.arm()
	if c.direct {
		_ = c.Conn.SetReadDeadline(time.Time{}) // fails only on a closed connection
		n, err = readReady(c.raw, to, false)
	} else {
		_ = c.Conn.SetReadDeadline(time.Now().Add(lastLook)) // as above
		n, err = c.readOnce(to)
	}
	if n == 0 && err == nil {
		err = os.ErrDeadlineExceeded
	}
	return n, err
}

// arm sets the system's read deadline. It isn't called for each read, because that
// costs as much as the read.
func (c *Conn) arm() {
	until := c.deadline
	if c.parkable {
		until = time.Now().Add(IdleAfter)
	}
	c.seen = c.received.Load()
	_ = c.Conn.SetReadDeadline(until) // fails only on a closed connection
	if c.interrupted.Load() {         // this may have undone Interrupt's deadline
		c.Interrupt()
	}
}

// Interrupt makes the current Read, and all later ones, fail with [ErrInterrupted].
func (c *Conn) Interrupt() {
	c.interrupted.Store(true)
	_ = c.Conn.SetReadDeadline(time.Unix(1, 0)) // fails only on a closed connection
}

// Interrupted reports whether Interrupt was called.
func (c *Conn) Interrupted() bool { return c.interrupted.Load() }

// Write writes all of b. It blocks while the peer doesn't read.
func (c *Conn) Write(b []byte) error {
	for len(b) > 0 {
		piece := b
		if c.carrier != nil {
			piece = b[:min(len(b), tlsPiece)]
		}
		n, err := c.Conn.Write(piece)
		c.sent.Add(uint64(n))
		if err == nil {
			err = c.Flush()
		}
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}

// TryWrite writes as much of b as fits into the socket's buffer, which may be nothing.
// It doesn't block and reports no error: the next Write or Flush does. Over TLS, what
// it has encrypted counts as written, and [Conn.Kept] tells whether some of it didn't fit: nothing is written until Flush then.
func (c *Conn) TryWrite(b []byte) (n int) {
	switch {
	case c.direct:
		n = writeReady(c.raw, b)
	case c.carrier != nil && !c.carrier.kept():
		n, _ = c.Conn.Write(b[:min(len(b), tlsPiece)])
	}
	c.sent.Add(uint64(n))
	return n
}

// Kept reports whether something that TryWrite has encrypted waits for Flush.
func (c *Conn) Kept() bool { return c.carrier != nil && c.carrier.kept() }

// Flush writes what is kept. It blocks while the peer doesn't read.
func (c *Conn) Flush() error {
	if c.carrier == nil {
		return nil
	}
	return c.carrier.flush()
}

// CloseWrite ends the direction to the peer, which gets what was written, and then the end. It blocks as Write does.
func (c *Conn) CloseWrite() error {
	half, ok := c.Conn.(interface{ CloseWrite() error })
	if !ok {
		return errors.ErrUnsupported
	}
	return errors.Join(half.CloseWrite(), c.Flush())
}

// Sent returns how many bytes were written.
func (c *Conn) Sent() uint64 { return c.sent.Load() }

// Received returns how many bytes were read.
func (c *Conn) Received() uint64 { return c.received.Load() }

// Acked returns how many bytes the peer's system has acknowledged, and how long ago
// it last did so. This is the only sign of life from a client that sends nothing: a Write
// that succeeds only means that there was space in a buffer. Both are 0 where the
// system doesn't tell.
func (c *Conn) Acked() (bytes uint64, ago time.Duration) { return acked(c.raw) }

// Unsent returns how many bytes were written and still wait in the system until the peer
// has space for them; 0 where the system doesn't tell.
func (c *Conn) Unsent() uint64 { return unsent(c.raw) }

// Delivered reports whether the peer's system has acknowledged everything that was written,
// and the end if there is one. It is true where the system doesn't tell, and once the
// connection is closed.
func (c *Conn) Delivered() bool { return delivered(c.raw) }
