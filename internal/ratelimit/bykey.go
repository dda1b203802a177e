package ratelimit

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// ByKey are equal rates of many, each by its key. It is safe for concurrent use.
type ByKey struct {
	perSecond rate.Limit
	burst     int

	mu  sync.Mutex
	all map[string]*rate.Limiter
}

// maxKeys bounds the keys that are remembered. One that is forgotten begins anew.
const maxKeys = 10_000

// NewByKey returns rates of perSecond, with a burst; 0 is no limit.
func NewByKey(perSecond float64, burst int) *ByKey {
	limit := rate.Limit(perSecond)
	if perSecond == 0 {
		limit = rate.Inf
	}
	return &ByKey{perSecond: limit, burst: burst, all: make(map[string]*rate.Limiter)}
}

// Take takes one event from the rate of key, or returns how long to wait.
func (r *ByKey) Take(key string) (retryAfter time.Duration) {
	if r.perSecond == rate.Inf {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.all[key]
	if l == nil {
		if len(r.all) >= maxKeys {
			r.forget()
		}
		l = rate.NewLimiter(r.perSecond, r.burst)
		r.all[key] = l
	}
	now := time.Now()
	reservation := l.ReserveN(now, 1)
	if retryAfter = reservation.DelayFrom(now); retryAfter > 0 {
		reservation.CancelAt(now)
	}
	return retryAfter
}

// forget forgets those whose rate is unused or, if there are none, all.
func (r *ByKey) forget() {
	for key, l := range r.all {
		if l.Tokens() >= float64(r.burst) {
			delete(r.all, key)
		}
	}
	if len(r.all) >= maxKeys {
		clear(r.all)
	}
}
