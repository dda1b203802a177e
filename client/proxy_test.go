package client_test

import (
	"math/rand/v2"
	"net"
	"sync"
	"testing"
	"time"
)

// proxy forwards TCP connections to a server.
type proxy struct {
	addr, to string
	listener net.Listener
	running  sync.WaitGroup

	mu    sync.Mutex
	rand  *rand.Rand // nil for a proxy that forwards without faults
	cuts  int        // how many more connections it cuts by itself
	held  bool       // it holds back what the server sends
	freed chan struct{}
	conns map[net.Conn]struct{}
	count int // of connections so far
}

// newProxy starts a proxy. With cuts above 0, it delays and stalls connections at
// random, as seed determines, and cuts so many of them.
func newProxy(t testing.TB, to string, seed uint64, cuts int) *proxy {
	t.Helper()
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{addr: l.Addr().String(), to: to, listener: l, cuts: cuts, freed: make(chan struct{}), conns: make(map[net.Conn]struct{})}
	if cuts > 0 {
		p.rand = rand.New(rand.NewPCG(seed, 1))
	}
	p.running.Go(p.accept)
	t.Cleanup(func() {
		_ = l.Close()
		p.release()
		p.cut()
		p.running.Wait()
	})
	return p
}

func (p *proxy) accept() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", p.to)
		if err != nil {
			near.Close()
			continue
		}
		p.mu.Lock()
		p.conns[near], p.conns[far] = struct{}{}, struct{}{}
		p.count++
		budget := 1 << 40
		if p.rand != nil {
			budget = 2000 + p.rand.IntN(30_000)
		}
		p.mu.Unlock()
		p.running.Go(func() { p.pump(near, far, budget, false) })
		p.running.Go(func() { p.pump(far, near, budget, true) })
	}
}

// pump copies bytes until one side ends, or budget is used up.
func (p *proxy) pump(from, to net.Conn, budget int, toClient bool) {
	defer func() {
		from.Close()
		to.Close()
		p.mu.Lock()
		delete(p.conns, from)
		p.mu.Unlock()
	}()
	buf := make([]byte, 2000)
	for {
		n, err := from.Read(buf)
		if err != nil {
			return
		}
		p.mu.Lock()
		delay := time.Duration(0)
		if p.rand != nil {
			if budget -= n; budget < 0 && p.cuts > 0 {
				p.cuts--
				n = p.rand.IntN(n + 1) // in the middle of a frame, too
				defer to.Close()
				err = net.ErrClosed
			}
			switch p.rand.IntN(30) {
			case 0:
				delay = time.Duration(p.rand.IntN(100)) * time.Millisecond
			case 1, 2, 3:
				delay = time.Duration(p.rand.IntN(3)) * time.Millisecond
			}
		}
		held, freed := p.held && toClient, p.freed
		p.mu.Unlock()
		time.Sleep(delay) // what a network does
		if held {
			<-freed
		}
		if _, failed := to.Write(buf[:n]); failed != nil || err != nil {
			return
		}
	}
}

// hold holds back what the server sends, until release or cut.
func (p *proxy) hold() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.held, p.freed = true, make(chan struct{})
}

func (p *proxy) release() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.held {
		close(p.freed)
	}
	p.held = false
}

// cut cuts all connections. What is held back is lost.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
	}
	if p.held {
		close(p.freed)
	}
	p.held = false
}
