package chat

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/time/rate"

	"snug/protocol"
)

const (
	// lookEvery is how often a silent connection is looked at.
	lookEvery = 10 * time.Second
	// pingAfter is how long a client may be silent before it is asked whether
	// it is there.
	pingAfter = 20 * time.Second
)

var (
	errQuiet       = errors.New("nothing comes")
	errSilent      = errors.New("not a byte either way for too long")
	errNotJoined   = errors.New("no join in time")
	errInterrupted = errors.New("interrupted")
)

// socket is the network connection, and the judge of whether the client is still
// there. What is read is the reader's; interrupt is anyone's; put and try are for one
// at a time.
type socket struct {
	direct bool            // no TLS is between: it can be read and written as the system has it
	system syscall.RawConn // the connection as the system has it; nil where that can't be had
	sent   atomic.Uint64   // bytes, since it was upgraded
	net.Conn
	ping   func()          // asks the client whether it is there
	pace   *rate.Limiter   // of the bytes that come; nil for none
	ended  <-chan struct{} // closed with interrupt
	joinBy time.Time       // reads fail after this; zero once it has joined
	broken atomic.Bool     // interrupt was called
	came   time.Time       // when the last byte came
	went   time.Time       // when the client was last seen to have got one
	acked  uint64          // how many it had got by then

	mayRest bool   // the reader is to end when nothing comes: see resting
	waits   bool   // it first waits for more, as more is likely
	watched uint64 // bytes received when the deadline was set

	received atomic.Uint64 // bytes, since it was upgraded
}

// open begins with a connection that was upgraded.
func (s *socket) open(conn net.Conn) {
	s.Conn = conn
	s.system = systemOf(conn)
	_, s.direct = conn.(syscall.Conn)
	s.direct = s.direct && s.system != nil && canTry
	s.came = time.Now()
	s.went = s.came
	s.watch()
}

// systemOf returns a connection as the system has it; nil if that can't be had.
func systemOf(conn net.Conn) syscall.RawConn {
	if tls, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = tls.NetConn()
	}
	if sc, ok := conn.(syscall.Conn); ok {
		if raw, err := sc.SyscallConn(); err == nil {
			return raw
		}
	}
	return nil
}

// fill reads more into in: it waits until there is something, or the client has
// been silent for too long. Of a client that rests it returns errQuiet when nothing comes.
func (s *socket) fill(in *inbox) error {
	for {
		n, err := s.read(in)
		switch {
		case n > 0:
			return s.took(n)
		case errors.Is(err, os.ErrDeadlineExceeded):
			err = s.late()
		case err == nil && s.mayRest && !s.waits:
			return errQuiet
		}
		if err != nil {
			return err
		}
	}
}

// late says what becomes of a client when the deadline has passed. That isn't set anew
// with each read, so something may have come since it was.
func (s *socket) late() error {
	switch {
	case !s.mayRest || s.broken.Load():
		return s.look()
	case s.received.Load() == s.watched:
		return errQuiet
	}
	s.watch()
	return nil
}

// read waits for something to read, unless it is to rest at once, and reads it into in.
// It may find, without an error, that there is nothing yet.
func (s *socket) read(in *inbox) (n int, err error) {
	if s.direct {
		return tryRead(s.system, in, s.waits || !s.mayRest)
	}
	n, err = s.Conn.Read(in.space())
	in.came(n)
	return n, err
}

// took notes that n bytes have come. Where more comes than a client at its full rate
// sends, it waits until they would have.
func (s *socket) took(n int) error {
	s.received.Add(uint64(n))
	s.came = time.Now()
	if s.pace == nil {
		return nil
	}
	return s.pause(min(s.pace.ReserveN(s.came, n).DelayFrom(s.came), lookEvery))
}

// put writes frames, if there are any. It waits for the client.
func (s *socket) put(frames []byte) error {
	if len(frames) == 0 {
		return nil
	}
	n, err := s.Conn.Write(frames)
	s.sent.Add(uint64(n))
	return err
}

// try writes as much of b as the client has room for, which may be nothing. It
// doesn't wait, and tells of no error: the next put will.
func (s *socket) try(b []byte) (n int) {
	if !s.direct {
		return 0
	}
	n = tryWrite(s.system, b)
	s.sent.Add(uint64(n))
	return n
}

// pause waits, unless it is interrupted.
func (s *socket) pause(wait time.Duration) error {
	if wait == 0 {
		return nil
	}
	turn := time.NewTimer(wait)
	defer turn.Stop()
	select {
	case <-turn.C:
		return nil
	case <-s.ended:
		return errInterrupted
	}
}

// watch has reads fail when the connection is to be looked at again, or may rest. It isn't
// called for each read: a deadline costs as much as the read.
func (s *socket) watch() {
	until := s.next()
	if s.mayRest {
		until = time.Now().Add(restAfter)
	}
	s.watched = s.received.Load()
	_ = s.Conn.SetReadDeadline(until) // fails only on a closed connection
	if s.broken.Load() {              // this may have undone interrupt's
		s.interrupt()
	}
}

// next is when to look at the connection.
func (s *socket) next() time.Time {
	now := time.Now()
	next := now.Add(lookEvery)
	for _, due := range []time.Time{s.joinBy, s.came.Add(pingAfter), s.lastSeen().Add(protocol.DeadAfter)} {
		if due.After(now) && due.Before(next) {
			next = due
		}
	}
	return next
}

func (s *socket) lastSeen() time.Time {
	if s.went.After(s.came) {
		return s.went
	}
	return s.came
}

// look judges a client from which nothing has come lately, and sets when to look
// again. It is the reader's.
func (s *socket) look() error {
	now := time.Now()
	if s.broken.Load() {
		return errInterrupted
	}
	if !s.joinBy.IsZero() && !now.Before(s.joinBy) {
		return errNotJoined
	}
	if acked, ago := bytesAcked(s.system); acked != s.acked {
		s.acked, s.went = acked, now.Add(-ago)
	}
	if now.Sub(s.lastSeen()) >= protocol.DeadAfter {
		return errSilent
	}
	if now.Sub(s.came) >= pingAfter {
		s.ping()
	}
	s.watch()
	return nil
}

// interrupt makes the read that waits, and all after it, fail.
func (s *socket) interrupt() {
	s.broken.Store(true)
	_ = s.Conn.SetReadDeadline(time.Unix(1, 0)) // fails only on a closed connection
}
