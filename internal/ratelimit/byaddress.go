package ratelimit

import (
	"net/netip"
	"time"
)

// ByAddress are equal rates of many addresses. As in a [Limiter], an IPv6 address counts as
// its /64, and also for its /56 and /48, which have larger rates. It is safe for concurrent
// use.
type ByAddress struct{ widths [len(widths)]*ByKey }

// NewByAddress returns rates of perSecond, with a burst; 0 is no limit.
func NewByAddress(perSecond float64, burst int) *ByAddress {
	r := new(ByAddress)
	for i, w := range widths {
		r.widths[i] = NewByKey(perSecond*float64(w.times), burst*w.times)
	}
	return r
}

// Take takes one event from the rate of a, or returns how long to wait.
func (r *ByAddress) Take(a netip.Addr) (retryAfter time.Duration) {
	a = canonical(a)
	// The narrowest first: what it refuses takes nothing from its neighbours.
	for i := len(widths) - 1; i >= 0 && retryAfter == 0; i-- {
		retryAfter = r.widths[i].Take(prefix(a, widths[i].bits).String())
		if !a.Is6() {
			break
		}
	}
	return retryAfter
}
