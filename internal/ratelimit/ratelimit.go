// Package ratelimit limits what one address may do, so that a stranger can't use up what
// the server has for everyone.
//
// An IPv6 address counts as its /64, and also for its /56 and /48, which have larger
// limits: see [Network] and widths.
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
// goroutines. It forgets addresses that have been idle for a while, and remembers a
// bounded number of those that have no connections. The zero Addr, for clients
// whose address isn't known, has no limits.
type Limiter struct {
	mu     sync.Mutex
	tables [len(widths)]*table // by width, for IPv6
	v4     *table
}

// New returns a Limiter with the limits l for each address.
func New(l Limits) *Limiter {
	limiter := &Limiter{v4: newTable(l, 1, 1)}
	for i, w := range widths {
		limiter.tables[i] = newTable(l, w.times, w.timesWrong)
	}
	return limiter
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
	now := time.Now()
	counts, retryAfter := l.allow(a, now, func(u *usage) (retryAfter time.Duration) {
		if u.table.limits.Connections > 0 && u.connections >= u.table.limits.Connections {
			return retryWhenFull
		}
		return wait(u.connects, now)
	})
	if retryAfter > 0 {
		return nil, retryAfter
	}
	for _, u := range counts {
		u.connects.AllowN(now, 1)
		u.hold()
		u.connections++
	}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, u := range counts {
			u.connections--
			u.release(time.Now())
		}
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
	now := time.Now()
	counts, retryAfter := l.allow(a, now, func(u *usage) time.Duration { return wait(u.rooms, now) })
	if retryAfter > 0 {
		return retryAfter
	}
	for _, u := range counts {
		u.rooms.AllowN(now, 1)
	}
	return 0
}

// CheckPassword calls check, which checks a password that a client from a has given.
// Only wrong passwords count: neither right ones nor errors of check do. After too many
// wrong passwords it doesn't call check, and the client may try again after retryAfter.
//
// CheckPassword waits until ctx ends for the other checks of the same address, and of the
// same /48 of IPv6. So many clients who know the password don't reach the limit by joining
// at the same time, and one customer can't keep more than one processor busy.
func (l *Limiter) CheckPassword(ctx context.Context, a netip.Addr, check func() (right bool, err error)) (right bool, retryAfter time.Duration, err error) {
	if !a.IsValid() {
		right, err = check()
		return right, 0, err
	}
	widest := l.holdWidest(a)
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		widest.release(time.Now())
	}()
	select {
	case widest.checking <- struct{}{}:
		defer func() { <-widest.checking }()
	case <-ctx.Done():
		return false, 0, ctx.Err()
	}
	if retryAfter := l.passwordWait(a); retryAfter > 0 {
		return false, retryAfter, nil
	}
	if right, err = check(); err == nil && !right {
		l.countWrongPassword(a)
	}
	return right, 0, err
}

// holdWidest returns the usage of the widest network of an address, which isn't
// forgotten until it is released.
func (l *Limiter) holdWidest(a netip.Addr) *usage {
	l.mu.Lock()
	defer l.mu.Unlock()
	var widest *usage
	_, _ = l.allow(a, time.Now(), func(u *usage) time.Duration {
		if widest == nil {
			widest = u
		}
		return 0
	})
	widest.hold()
	return widest
}

// passwordWait returns how long an address has to wait before it may give another
// password.
func (l *Limiter) passwordWait(a netip.Addr) (retryAfter time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	_, retryAfter = l.allow(a, now, func(u *usage) time.Duration { return wait(u.wrongPasswords, now) })
	return retryAfter
}

// countWrongPassword takes a wrong password from the quotas of an address.
func (l *Limiter) countWrongPassword(a netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	_, _ = l.allow(a, now, func(u *usage) time.Duration {
		u.wrongPasswords.AllowN(now, 1)
		return 0
	})
}

// allow calls retry with all networks that an address counts for, the widest first, and
// returns them unless one has to wait. The caller holds l.mu.
func (l *Limiter) allow(a netip.Addr, now time.Time, retry func(u *usage) (retryAfter time.Duration)) (counts []*usage, retryAfter time.Duration) {
	a = canonical(a)
	if a.Is4() {
		u := l.v4.usage(prefix(a, 32), now)
		return []*usage{u}, retry(u)
	}
	counts = make([]*usage, 0, len(widths))
	for i, w := range widths {
		// The narrower networks of one that is refused aren't remembered.
		u := l.tables[i].usage(prefix(a, w.bits), now)
		if retryAfter := retry(u); retryAfter > 0 {
			return nil, retryAfter
		}
		counts = append(counts, u)
	}
	return counts, 0
}

// wait returns when a bucket will have a token; 0 if it has one.
func wait(bucket *rate.Limiter, now time.Time) (retryAfter time.Duration) {
	r := bucket.ReserveN(now, 1)
	defer r.CancelAt(now)
	return r.DelayFrom(now)
}
