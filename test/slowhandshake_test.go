package test

import (
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
)

// TestSlowHandshakesAreClosedAndHoldUpNobody: all the time 500 connections send a byte a
// second, or headers that never end, or nothing at all. If a join had to wait for them, it
// would wait for ever.
func TestSlowHandshakesAreClosedAndHoldUpNobody(t *testing.T) {
	t.Parallel()
	const slow = 500
	s := newSite(t, "--limits=off")
	s.start()
	joins := func() (took []time.Duration) {
		for range 20 {
			began := time.Now()
			s.enter(t, "room")
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		return took
	}
	before := joins()
	lived := make([]time.Duration, slow)
	joined := make(chan struct{})
	var open, all sync.WaitGroup
	open.Add(slow)
	for i := range slow {
		all.Go(func() {
			first := sync.OnceFunc(open.Done)
			defer first()
			for more := true; more; {
				conn, err := net.DialTimeout("tcp", s.address(), patience)
				if err != nil {
					t.Error(err)
					return
				}
				first()
				how := slowHandshakes[i%len(slowHandshakes)]
				took, closed := linger(conn, how.atOnce, how.eachSecond)
				_ = conn.Close()
				if !closed {
					t.Errorf("with %s a handshake was open for %v", how.name, took)
				}
				lived[i] = max(lived[i], took)
				select {
				case <-joined:
					more = false
				default:
				}
			}
		})
	}
	open.Wait()
	during := joins()
	close(joined)
	all.Wait()
	longest := slices.Max(lived)
	figure(t, "slow handshakes", slow, "the longest was open for %v; a join took %v before and %v meanwhile (medians)",
		longest.Round(100*time.Millisecond), before[len(before)/2].Round(100*time.Microsecond), during[len(during)/2].Round(100*time.Microsecond))
}

// slowHandshakes never become a request: they send something at once, and then each
// second.
var slowHandshakes = []struct{ name, atOnce, eachSecond string }{
	{"a byte a second", "", "G"},
	{"headers that never end", "GET /ws?roomCode=room HTTP/1.1\r\nHost: snug\r\n", "X-More: 1\r\n"},
	{"nothing", "", ""},
}

// linger sends a slow handshake until the server closes the connection, and returns
// how long that took. It gives up after patience.
func linger(conn net.Conn, atOnce, eachSecond string) (took time.Duration, closed bool) {
	began := time.Now()
	ended := make(chan bool, 1)
	go func() {
		_ = conn.SetReadDeadline(began.Add(patience)) // fails only on a closed connection
		_, err := io.Copy(io.Discard, conn)           // the answer doesn't matter
		ended <- !errors.Is(err, os.ErrDeadlineExceeded)
	}()
	_, _ = io.WriteString(conn, atOnce) // here and below it may be closed
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		select {
		case closed = <-ended:
			return time.Since(began), closed
		case <-second.C:
			_, _ = io.WriteString(conn, eachSecond)
		}
	}
}
