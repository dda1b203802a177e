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
	errSilent      = errors.New("not a byte either way for too long")
	errNotJoined   = errors.New("no join in time")
	errInterrupted = errors.New("interrupted")
)

// socket is the network connection, and the judge of whether the client is still
// there. What is read is the reader's; interrupt is anyone's; put and try are for one
// at a time.
type socket struct {
	net.Conn
	raw    *raw            // nil where the system is reached through something else, as TLS
	ping   func()          // asks the client whether it is there
	pace   *rate.Limiter   // of the bytes that come; nil for none
	ended  <-chan struct{} // closed with interrupt
	joinBy time.Time       // reads fail after this; zero once it has joined
	broken atomic.Bool     // interrupt was called
	came   time.Time       // when the last byte came
	went   time.Time       // when the client was last seen to have got one
	acked  uint64          // how many it had got by then

	received, sent atomic.Uint64 // bytes, since it was upgraded
}

// open begins with a connection that was upgraded.
func (s *socket) open(conn net.Conn) {
	s.Conn = conn
	if sc, ok := conn.(syscall.Conn); ok {
		s.raw = newRaw(sc)
	}
	s.came = time.Now()
	s.went = s.came
	s.watch()
}

// fill reads more into in: it waits until there is something, or the client has
// been silent for too long. The reader of a silent connection waits here, so what
// it has called to come here is kept shallow: its stack is what the connection
// costs.
func (s *socket) fill(in *inbox) error {
	for {
		n, err := s.read(in)
		if n > 0 {
			return s.took(n)
		}
		if err != nil {
			if err := s.judge(err); err != nil {
				return err
			}
		}
	}
}

// judge returns what is wrong with a connection that a read of has failed: nothing,
// if it is only time to look at it. To find out goes deep, so another goroutine does.
func (s *socket) judge(err error) error {
	judged := make(chan error)
	go func() {
		if errors.Is(err, os.ErrDeadlineExceeded) {
			judged <- s.look()
		} else {
			judged <- err
		}
	}()
	return <-judged
}

// read waits for something to read, and reads it into in. It may find, without an
// error, that there is nothing yet.
func (s *socket) read(in *inbox) (n int, err error) {
	if s.raw != nil {
		return s.raw.read(in)
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
	if s.raw == nil {
		return 0
	}
	n = s.raw.try(b)
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

// watch has reads fail when the connection is to be looked at again. Not at each
// read: a deadline costs as much as the read.
func (s *socket) watch() {
	_ = s.Conn.SetReadDeadline(s.next()) // fails only on a closed connection
	if s.broken.Load() {                 // this may have undone interrupt's
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
	if acked, ago := bytesAcked(s.Conn); acked != s.acked {
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
