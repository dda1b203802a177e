package bench

import (
	"context"
	"sync"
	"time"
)

// grain is the shortest sleep: what becomes due in it goes together.
const grain = 50 * time.Microsecond

// pace has messages become due on a schedule from begin to end, the nth after
// n/rate, whatever the server does. Senders take turns.
func (r *run) pace(ctx context.Context, a *alarm, begin, end int64) {
	var watching sync.WaitGroup
	watching.Go(a.watch)
	defer watching.Wait()
	defer a.close()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for n, due := 0, begin; due < end; {
		now := r.clock.now()
		for due <= now && due < end {
			r.senders[n%len(r.senders)].put(due, 1)
			n++
			due = begin + int64(float64(n)/r.options.Rate*1e9)
		}
		wait := max(time.Duration(due-now), grain)
		timer.Reset(wait)
		a.set(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}
