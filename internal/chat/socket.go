package chat

import (
	"errors"
	"net"
	"os"
	"sync/atomic"
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

// socket is the network connection as gorilla sees it, and the judge of whether
// the client is still there. Reads are the reader's; interrupt is anyone's.
type socket struct {
	net.Conn
	upgraded bool            // the answer to the handshake has been written
	closing  []byte          // the close frame that gorilla wanted to send
	ping     func()          // asks the client whether it is there
	pace     *rate.Limiter   // of the bytes that come; nil for none
	ended    <-chan struct{} // closed with interrupt
	joinBy   time.Time       // reads fail after this; zero once it has joined
	broken   atomic.Bool     // interrupt was called
	came     time.Time       // when the last byte came
	went     time.Time       // when the client was last seen to have got one
	acked    uint64          // how many it had got by then

	received, sent atomic.Uint64 // bytes, since it was upgraded
}

// Write carries the answer to the handshake. What gorilla writes after it is a
// close frame, whatever handlers are set; it is kept for the connection's end,
// because only the writer writes.
func (s *socket) Write(b []byte) (int, error) {
	if !s.upgraded {
		return s.Conn.Write(b)
	}
	s.closing = append([]byte(nil), b...)
	return len(b), nil
}

// Read waits for bytes until the client has been silent for too long.
func (s *socket) Read(b []byte) (int, error) {
	for {
		if err := s.Conn.SetReadDeadline(s.next()); err != nil {
			return 0, err
		}
		if s.broken.Load() { // after the deadline was set, or it would undo interrupt's
			return 0, errInterrupted
		}
		n, err := s.Conn.Read(b)
		if n > 0 {
			s.received.Add(uint64(n))
			s.came = time.Now()
			if slow := s.slow(n); slow != nil {
				return 0, slow
			}
			return n, err
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return n, err
		}
		if err := s.look(); err != nil {
			return 0, err
		}
	}
}

// slow waits, where more comes than a client at its full rate sends, until n bytes
// of it would have come.
func (s *socket) slow(n int) error {
	if s.pace == nil {
		return nil
	}
	return s.pause(min(s.pace.ReserveN(s.came, n).DelayFrom(s.came), lookEvery))
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

// next is when to look at the connection, if nothing comes before.
func (s *socket) next() time.Time {
	next := time.Now().Add(lookEvery)
	if !s.joinBy.IsZero() && s.joinBy.Before(next) {
		return s.joinBy
	}
	if dead := s.lastSeen().Add(protocol.DeadAfter); dead.Before(next) {
		return dead
	}
	return next
}

func (s *socket) lastSeen() time.Time {
	if s.went.After(s.came) {
		return s.went
	}
	return s.came
}

// look judges a client from which nothing has come lately. It is the reader's.
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
	return nil
}

// interrupt makes the read that waits, and all after it, fail.
func (s *socket) interrupt() {
	s.broken.Store(true)
	_ = s.Conn.SetReadDeadline(time.Unix(1, 0)) // fails only on a closed connection
}
