// Package ratelimit bounds what comes from one address, so that one stranger can't
// use up what is there for all.
package ratelimit

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits are those of one address. Zero is no limit. What is a minute's may also
// come at once.
type Limits struct {
	Connections int // open at once
	Joins       int // connections a minute
	Rooms       int // new rooms a minute
	Guesses     int // wrong passwords a minute
}

// Guard counts what comes from which address. It is safe for concurrent use and
// has no goroutine. An address that nothing has come from for a while costs
// nothing. The zero Addr, of those of whom nobody knows it, has no limits.
type Guard struct {
	limits Limits

	mu       sync.Mutex
	visitors map[netip.Prefix]*visitor
	swept    time.Time
}

// visitor is one address, or a network that is likely one customer's.
type visitor struct {
	connections           int
	joins, rooms, guesses *rate.Limiter
	guessing              chan struct{} // one slot: held while a guess is made
	last                  time.Time
}

// New returns a guard that has seen nobody.
func New(l Limits) *Guard {
	return &Guard{limits: l, visitors: make(map[netip.Prefix]*visitor), swept: time.Now()}
}

// Network returns what counts as one address: an IPv4 address, or the first 64
// bits of an IPv6 address, since the rest is the customer's to choose (RFC 6177).
// That of the zero Addr is the zero Prefix.
func Network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // it fails for the zero Addr alone
	return p
}

// Enter counts a connection in. Unless it is refused, leave counts it out again;
// otherwise wait is when to try again.
func (g *Guard) Enter(a netip.Addr) (leave func(), wait time.Duration) {
	if !a.IsValid() {
		return func() {}, 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.sweep()
	v := g.visitor(a)
	if g.limits.Connections > 0 && v.connections >= g.limits.Connections {
		return nil, full
	}
	if wait := take(v.joins); wait > 0 {
		return nil, wait
	}
	v.connections++
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		v.connections--
		v.last = time.Now()
	}, 0
}

// full is how long one with too many connections is told to wait.
const full = 5 * time.Second

// Room takes one new room; if there have been too many, wait is when to try again.
func (g *Guard) Room(a netip.Addr) (wait time.Duration) {
	if !a.IsValid() {
		return 0
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return take(g.visitor(a).rooms)
}

// Guess tries a password, unless too many have been wrong; then try isn't called,
// and wait is when to come again. Right ones don't count, nor do those that fail
// with an error. Those of one address are tried one after the other, in a wait
// that ends with ctx: so many who know it don't run into the limit by coming at
// once, and one address can't keep more than one processor busy.
func (g *Guard) Guess(ctx context.Context, a netip.Addr, try func() (right bool, err error)) (right bool, wait time.Duration, err error) {
	if !a.IsValid() {
		right, err = try()
		return right, 0, err
	}
	g.mu.Lock()
	v := g.visitor(a)
	g.mu.Unlock()
	select {
	case v.guessing <- struct{}{}:
		defer func() { <-v.guessing }()
	case <-ctx.Done():
		return false, 0, ctx.Err()
	}
	now := time.Now()
	turn := v.guesses.ReserveN(now, 1)
	wait = turn.DelayFrom(now)
	turn.CancelAt(now) // a later moment couldn't give it back
	if wait > 0 {
		return false, wait, nil
	}
	if right, err = try(); err == nil && !right {
		v.guesses.Allow()
	}
	return right, 0, err
}

func take(l *rate.Limiter) (wait time.Duration) {
	now := time.Now()
	turn := l.ReserveN(now, 1)
	if wait = turn.DelayFrom(now); wait > 0 {
		turn.CancelAt(now)
	}
	return wait
}

// visitor needs g.mu.
func (g *Guard) visitor(a netip.Addr) *visitor {
	network := Network(a)
	v := g.visitors[network]
	if v == nil {
		v = &visitor{
			joins: minutely(g.limits.Joins), rooms: minutely(g.limits.Rooms), guesses: minutely(g.limits.Guesses),
			guessing: make(chan struct{}, 1),
		}
		g.visitors[network] = v
	}
	v.last = time.Now()
	return v
}

func minutely(n int) *rate.Limiter {
	if n == 0 {
		return rate.NewLimiter(rate.Inf, 1)
	}
	return rate.NewLimiter(rate.Limit(float64(n)/60), n)
}

// sweep forgets those who have nothing open and whose minute is over: their
// limits are as if they had never come. It needs g.mu.
func (g *Guard) sweep() {
	const every = time.Minute
	now := time.Now()
	if now.Sub(g.swept) < every {
		return
	}
	g.swept = now
	for network, v := range g.visitors {
		if v.connections == 0 && now.Sub(v.last) > every {
			delete(g.visitors, network)
		}
	}
}
