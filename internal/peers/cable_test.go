package peers

import (
	"context"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"

	"snug/internal/room"
)

// cable is a TCP proxy in front of a NATS server that can be cut.
type cable struct {
	net.Listener
	to string

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
	ended sync.WaitGroup
}

func newCable(t *testing.T, to string) *cable {
	t.Helper()
	u, err := url.Parse(to)
	if err != nil {
		t.Fatal(err)
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &cable{Listener: l, to: u.Host, conns: make(map[net.Conn]bool)}
	c.ended.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			c.ended.Go(func() { c.proxy(conn) })
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		c.setCut(true)
		c.ended.Wait()
	})
	return c
}

func (c *cable) url() string { return "nats://" + c.Addr().String() }

// setCut cuts the cable or repairs it.
func (c *cable) setCut(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut = cut; cut {
		for conn := range c.conns {
			_ = conn.Close()
		}
	}
}

// add adds a connection, unless the cable is cut.
func (c *cable) add(conn net.Conn) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cut {
		_ = conn.Close()
		return false
	}
	c.conns[conn] = true
	return true
}

func (c *cable) proxy(conn net.Conn) {
	if !c.add(conn) {
		return
	}
	up, err := new(net.Dialer).DialContext(context.Background(), "tcp", c.to)
	if err != nil || !c.add(up) {
		_ = conn.Close()
		return
	}
	var both sync.WaitGroup
	for _, way := range [][2]net.Conn{{conn, up}, {up, conn}} {
		both.Go(func() {
			_, _ = io.Copy(way[0], way[1])
			_ = way[0].Close()
			_ = way[1].Close()
		})
	}
	both.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.conns, conn)
	delete(c.conns, up)
}

// startWithCable starts two nodes, the second of them behind a cable.
func startWithCable(t *testing.T) (one, other *testNode, c *cable) {
	t.Helper()
	direct, j := startNATS(t).ClientURL(), newJournal(t)
	c = newCable(t, direct)
	one = startNode(t, direct, "one", j, room.Options{NoOwners: true}, Options{})
	other = startNode(t, c.url(), "other", j, room.Options{NoOwners: true}, Options{})
	awaitPeers(t, one, other)
	return one, other, c
}
