package ratelimit

import (
	"container/list"
	"net/netip"
	"time"

	"golang.org/x/time/rate"
)

// table has what the networks of one width use of their limits. Limiter.mu guards it.
type table struct {
	limits   Limits
	networks map[netip.Prefix]*usage
	idle     *list.List // of *usage: those that nothing holds, the longest idle first
}

// usage is what one network uses of its limits. A network is idle while it has no
// connections and no password of it is being checked.
type usage struct {
	table                           *table
	network                         netip.Prefix
	connections                     int // open now
	connects, rooms, wrongPasswords *rate.Limiter
	checking                        chan struct{} // a semaphore: its holder checks a password
	holders                         int
	idle                            *list.Element // in table.idle; nil while it has holders
	lastUsed                        time.Time
}

const (
	// maxIdle is how many idle networks a table remembers. Beyond it, those that have
	// been idle for longest are forgotten, and have their whole quota again. The
	// networks of one /48 can't displace many others, because they share its limits.
	maxIdle = 1 << 16
	// forgetAfter is when an idle network is forgotten: all its quotas are full again.
	forgetAfter = time.Minute
)

func newTable(l Limits, times, timesWrong int) *table {
	l.Connections *= times
	l.ConnectionsPerMinute *= times
	l.RoomsPerMinute *= times
	l.WrongPasswordsPerMinute *= timesWrong
	return &table{limits: l, networks: make(map[netip.Prefix]*usage), idle: list.New()}
}

// usage returns what a network uses, as of now.
func (t *table) usage(network netip.Prefix, now time.Time) *usage {
	t.forget(now)
	u := t.networks[network]
	if u == nil {
		u = &usage{
			table: t, network: network,
			connects:       perMinute(t.limits.ConnectionsPerMinute),
			rooms:          perMinute(t.limits.RoomsPerMinute),
			wrongPasswords: perMinute(t.limits.WrongPasswordsPerMinute),
			checking:       make(chan struct{}, 1),
		}
		t.networks[network] = u
		u.idle = t.idle.PushBack(u)
	}
	u.lastUsed = now
	if u.idle != nil {
		t.idle.MoveToBack(u.idle)
	}
	return u
}

// forget forgets networks that have been idle for long, and those that are too many.
func (t *table) forget(now time.Time) {
	for e := t.idle.Front(); e != nil; e = t.idle.Front() {
		u := e.Value.(*usage)
		if t.idle.Len() < maxIdle && now.Sub(u.lastUsed) <= forgetAfter {
			return
		}
		t.idle.Remove(e)
		delete(t.networks, u.network)
	}
}

// hold keeps a network from being forgotten, until release.
func (u *usage) hold() {
	if u.holders++; u.idle != nil {
		u.table.idle.Remove(u.idle)
		u.idle = nil
	}
}

func (u *usage) release(now time.Time) {
	if u.holders--; u.holders == 0 {
		u.lastUsed = now
		u.idle = u.table.idle.PushBack(u)
	}
}

// perMinute returns a full bucket of n that refills in a minute; 0 is no limit.
func perMinute(n int) *rate.Limiter {
	if n == 0 {
		return rate.NewLimiter(rate.Inf, 1)
	}
	return rate.NewLimiter(rate.Limit(float64(n)/60), n)
}
