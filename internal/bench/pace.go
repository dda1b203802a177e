package bench

import (
	"context"
	"sync"
	"time"
)

// shortestSleep is the pacer's. Messages that become due within it are sent together.
const shortestSleep = 50 * time.Microsecond

// pace makes messages due on a schedule from begin to end, message n at n/rate seconds,
// independently of the server. The senders get them in turn.
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
		wait := max(time.Duration(due-now), shortestSleep)
		timer.Reset(wait)
		a.set(wait)
		select {
		case <-timer.C:
		case <-ctx.Done():
			return
		}
	}
}
