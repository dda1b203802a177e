package test

import (
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"
)

// handshakeWithin is how long a client has to ask for its upgrade.
const handshakeWithin = 10 * time.Second

// TestSlowHandshakesAreClosedAndHoldUpNobody: 500 connections that send a byte a
// second, whose headers never end, or that send nothing at all.
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
	var all sync.WaitGroup
	for i := range slow {
		conn, err := net.DialTimeout("tcp", s.address(), patience)
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() {
			defer conn.Close()
			how := dawdlers[i%len(dawdlers)]
			lived[i] = dawdle(conn, how.atOnce, how.eachSecond)
			if lived[i] > handshakeWithin+5*time.Second { // of slack for a busy machine
				t.Errorf("with %s a handshake was open for %v", how.name, lived[i])
			}
		})
	}
	during := joins()
	all.Wait()
	longest := slices.Max(lived)
	// As fast as ever, and not as slow as one who waits for a slow one.
	if slowest := during[len(during)-1]; slowest > handshakeWithin/2 {
		t.Errorf("while they were open a join took %v", slowest)
	}
	figure(t, "slow handshakes", slow, "the longest was open for %v; a join took %v before and %v meanwhile (medians)",
		longest.Round(100*time.Millisecond), before[len(before)/2].Round(100*time.Microsecond), during[len(during)/2].Round(100*time.Microsecond))
}

// dawdlers are what never becomes a request: what is sent at once, and then each
// second.
var dawdlers = []struct{ name, atOnce, eachSecond string }{
	{"a byte a second", "", "G"},
	{"headers that never end", "GET /ws?roomCode=room HTTP/1.1\r\nHost: snug\r\n", "X-More: 1\r\n"},
	{"nothing", "", ""},
}

// dawdle sends what a dawdler does, and returns how long the server stood it; as
// long as patience lasts is for too long.
func dawdle(conn net.Conn, atOnce, eachSecond string) time.Duration {
	began := time.Now()
	closed := make(chan struct{})
	go func() {
		defer close(closed)
		_ = conn.SetReadDeadline(began.Add(patience)) // fails only on a closed connection
		_, _ = io.Copy(io.Discard, conn)              // what it is told, and why it ends, doesn't matter
	}()
	_, _ = io.WriteString(conn, atOnce) // here and below it may be closed
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		select {
		case <-closed:
			return time.Since(began)
		case <-second.C:
			_, _ = io.WriteString(conn, eachSecond)
		}
	}
}
