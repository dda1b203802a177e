package chat

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// rates are the rates of those who send requests without a connection, by who they are. It
// is safe for concurrent use.
type rates struct {
	perSecond rate.Limit
	burst     int

	mu  sync.Mutex
	all map[string]*rate.Limiter
}

// maxRates bounds who is remembered. Somebody who is forgotten begins anew.
const maxRates = 10_000

func newRates(perSecond rate.Limit, burst int) *rates {
	return &rates{perSecond: perSecond, burst: burst, all: make(map[string]*rate.Limiter)}
}

// take takes one request from the rate of who, or returns how long to wait.
func (r *rates) take(who string) (retryAfter time.Duration) {
	if r.perSecond == rate.Inf {
		return 0
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	l := r.all[who]
	if l == nil {
		if len(r.all) >= maxRates {
			r.forget()
		}
		l = rate.NewLimiter(r.perSecond, r.burst)
		r.all[who] = l
	}
	now := time.Now()
	reservation := l.ReserveN(now, 1)
	if retryAfter = reservation.DelayFrom(now); retryAfter > 0 {
		reservation.CancelAt(now)
	}
	return retryAfter
}

// forget forgets those whose rate is unused or, if there are none, all.
func (r *rates) forget() {
	for who, l := range r.all {
		if l.Tokens() >= float64(r.burst) {
			delete(r.all, who)
		}
	}
	if len(r.all) >= maxRates {
		clear(r.all)
	}
}
