package check

import (
	"math/rand/v2"
	"time"
)

// interval is how long a client waits from one message to the next, at random so
// that they meet in all ways. limit is the server's message rate; 0 is none.
func (r *run) interval(limit float64) time.Duration {
	rate := r.options.Rate
	if rate == 0 {
		rate = politeRate
		if limit > 0 {
			rate = min(rate, limit*politePart)
		}
	}
	wait := spread(time.Duration(float64(time.Second) / rate))
	if limit > 0 && r.options.Rate == 0 {
		wait = max(wait, time.Duration(float64(time.Second)/limit))
	}
	return wait
}

// cutTime is when to cut a connection that begins now; 0 is never.
func (r *run) cutTime(now time.Duration) time.Duration {
	if r.options.CutEvery == 0 {
		return 0
	}
	return now + spread(r.options.CutEvery)
}

// spread is d, give or take half of it.
func spread(d time.Duration) time.Duration {
	return d/2 + rand.N(d+1) //nolint:gosec // jitter, no secret
}
