package check

import (
	"math/rand/v2"
	"time"
)

// interval returns the time between two messages of a client. It is random, so that
// clients send in varying order. limit is the server's message rate; 0 for none.
func (r *run) interval(limit float64) time.Duration {
	rate := r.options.Rate
	if rate == 0 {
		rate = defaultRate
		if limit > 0 {
			rate = min(rate, limit*limitShare)
		}
	}
	wait := spread(time.Duration(float64(time.Second) / rate))
	if limit > 0 && r.options.Rate == 0 {
		wait = max(wait, time.Duration(float64(time.Second)/limit))
	}
	return wait
}

// cutTime returns when to cut a connection that begins now; 0 for never.
func (r *run) cutTime(now time.Duration) time.Duration {
	if r.options.CutEvery == 0 {
		return 0
	}
	return now + spread(r.options.CutEvery)
}

// spread returns d, plus or minus half of it at random.
func spread(d time.Duration) time.Duration {
	return d/2 + rand.N(d+1) //nolint:gosec // jitter, no secret
}
