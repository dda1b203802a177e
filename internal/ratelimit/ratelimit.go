// Package ratelimit limits what one address may do, so that a stranger can't use up
// what the server has for everyone.
package ratelimit

import (
	"context"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits are the limits of one address. Zero means no limit. A quota per minute may
// be used up at once.
type Limits struct {
	Connections             int // open at once
	ConnectionsPerMinute    int
	RoomsPerMinute          int // new rooms
	WrongPasswordsPerMinute int
}

// Limiter counts what each address does. It is safe for concurrent use and has no
// goroutines. It forgets addresses that have been idle for a while. The zero Addr,
// for clients whose address isn't known, has no limits.
type Limiter struct {
	limits Limits

	mu       sync.Mutex
	networks map[netip.Prefix]*usage
	swept    time.Time // when idle networks were last forgotten
}

// usage is what one network uses of its limits.
type usage struct {
	connections                     int // open now
	connects, rooms, wrongPasswords *rate.Limiter
	checking                        chan struct{} // holds a value while a password is checked
	lastUsed                        time.Time
}

// New returns a Limiter with the limits l for each address.
func New(l Limits) *Limiter {
	return &Limiter{limits: l, networks: make(map[netip.Prefix]*usage), swept: time.Now()}
}

// Network returns the network that counts as one address: an IPv4 address itself, or
// the first 64 bits of an IPv6 address, since a customer chooses the rest (RFC 6177).
// It returns the zero Prefix for the zero Addr.
func Network(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := a.BitLen()
	if a.Is6() {
		bits = 64
	}
	p, _ := a.Prefix(bits) // fails for the zero Addr alone
	return p
}

// AllowConnection counts a new connection from a. If the connection is within the
// limits, the caller calls release when the connection ends. Otherwise release is nil
// and the client may try again after retryAfter.
func (l *Limiter) AllowConnection(a netip.Addr) (release func(), retryAfter time.Duration) {
	if !a.IsValid() {
		return func() {}, 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep()
	u := l.usage(a)
	if l.limits.Connections > 0 && u.connections >= l.limits.Connections {
		return nil, retryWhenFull
	}
	if wait := allow(u.connects); wait > 0 {
		return nil, wait
	}
	u.connections++
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		u.connections--
		u.lastUsed = time.Now()
	}, 0
}

// retryWhenFull is when a client may try again whose address has too many connections.
const retryWhenFull = 5 * time.Second

// AllowRoom counts a new room that a client from a creates. If a has created too many,
// the client may try again after retryAfter; otherwise retryAfter is 0.
func (l *Limiter) AllowRoom(a netip.Addr) (retryAfter time.Duration) {
	if !a.IsValid() {
		return 0
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return allow(l.usage(a).rooms)
}

// CheckPassword calls check, which checks a password that a client from a has given.
// Only wrong passwords count: neither right ones nor errors of check do. After too many
// wrong passwords it doesn't call check, and the client may try again after retryAfter.
//
// CheckPassword waits until ctx ends for the other checks of the same address, so many
// clients who know the password don't reach the limit by joining at the same time, and one
// address can't keep more than one processor busy.
func (l *Limiter) CheckPassword(ctx context.Context, a netip.Addr, check func() (right bool, err error)) (right bool, retryAfter time.Duration, err error) {
	if !a.IsValid() {
		right, err = check()
		return right, 0, err
	}
	l.mu.Lock()
	u := l.usage(a)
	l.mu.Unlock()
	select {
	case u.checking <- struct{}{}:
		defer func() { <-u.checking }()
	case <-ctx.Done():
		return false, 0, ctx.Err()
	}
	now := time.Now()
	r := u.wrongPasswords.ReserveN(now, 1)
	retryAfter = r.DelayFrom(now)
	r.CancelAt(now) // a later time couldn't return the token
	if retryAfter > 0 {
		return false, retryAfter, nil
	}
	if right, err = check(); err == nil && !right {
		u.wrongPasswords.Allow()
	}
	return right, 0, err
}

// allow takes a token from the bucket, or returns when there will be one.
func allow(bucket *rate.Limiter) (retryAfter time.Duration) {
	now := time.Now()
	r := bucket.ReserveN(now, 1)
	if retryAfter = r.DelayFrom(now); retryAfter > 0 {
		r.CancelAt(now)
	}
	return retryAfter
}

// usage returns what the network of a uses. The caller holds l.mu.
func (l *Limiter) usage(a netip.Addr) *usage {
	network := Network(a)
	u := l.networks[network]
	if u == nil {
		u = &usage{
			connects:       perMinute(l.limits.ConnectionsPerMinute),
			rooms:          perMinute(l.limits.RoomsPerMinute),
			wrongPasswords: perMinute(l.limits.WrongPasswordsPerMinute),
			checking:       make(chan struct{}, 1),
		}
		l.networks[network] = u
	}
	u.lastUsed = time.Now()
	return u
}

func perMinute(n int) *rate.Limiter {
	if n == 0 {
		return rate.NewLimiter(rate.Inf, 1)
	}
	return rate.NewLimiter(rate.Limit(float64(n)/60), n)
}

// sweep forgets the networks that have no connections and have been idle for a
// minute: their limits are as if they had never been used. The caller holds l.mu.
func (l *Limiter) sweep() {
	const every = time.Minute
	now := time.Now()
	if now.Sub(l.swept) < every {
		return
	}
	l.swept = now
	for network, u := range l.networks {
		if u.connections == 0 && now.Sub(u.lastUsed) > every {
			delete(l.networks, network)
		}
	}
}
