package socket

import (
	"net"
	"testing"
	"time"
)

// parkedConn is a connection that a Poller wakes.
type parkedConn struct {
	Conn
	peer  net.Conn
	wakes chan bool
}

func (c *parkedConn) Wake(due bool) { c.wakes <- due }

// newParked returns a connection that can be parked by p.
func newParked(t *testing.T, p *Poller) *parkedConn {
	t.Helper()
	near, far := overTCP(t)
	c := &parkedConn{peer: far, wakes: make(chan bool, 10)}
	c.Open(near, 0)
	c.AllowParking(p, c)
	t.Cleanup(func() { p.Forget(&c.Conn) })
	return c
}

// park parks c for a time, and fails the test if that can't be done.
func (c *parkedConn) park(t *testing.T, p *Poller, d time.Duration) {
	t.Helper()
	if !p.Park(&c.Conn, time.Now().Add(d)) {
		t.Fatal("the connection can't be parked")
	}
}

func (c *parkedConn) mustWake(t *testing.T, due bool) {
	t.Helper()
	select {
	case got := <-c.wakes:
		if got != due {
			t.Errorf("it is woken as due: %v, want %v", got, due)
		}
	case <-time.After(time.Minute):
		t.Fatal("it isn't woken")
	}
}

func TestParkedConnectionsAreWokenWhenTheyAreDue(t *testing.T) {
	var p Poller
	t.Cleanup(p.Close)
	talks, silent, gone, last := newParked(t, &p), newParked(t, &p), newParked(t, &p), newParked(t, &p)
	last.park(t, &p, time.Hour)
	silent.park(t, &p, time.Millisecond) // earlier than what the Poller waits for
	silent.mustWake(t, true)
	silent.park(t, &p, 10*time.Millisecond)
	silent.mustWake(t, true)

	// One that comes later doesn't postpone the look for the first one.
	p.mu.Lock()
	p.look = 0
	p.lookAt(0, time.Hour)
	p.lookAt(0, time.Hour+lookEvery/2)
	if p.look != time.Hour+lookEvery {
		t.Errorf("the Poller looks %v after the first one has come", p.look-time.Hour)
	}
	p.mu.Unlock()

	talks.park(t, &p, time.Hour)
	gone.park(t, &p, time.Hour)
	if _, err := talks.peer.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	talks.mustWake(t, false)
	p.Forget(&gone.Conn)
	if due := p.removeDue(2 * time.Hour); len(due) != 1 || due[0] != &last.Conn {
		t.Errorf("%d connections are due, want the one on which nothing has arrived", len(due))
	}
	if p.Park(&gone.Conn, time.Now()) {
		t.Error("a forgotten connection can be parked")
	}
}
