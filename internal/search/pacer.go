package search

import (
	"context"
	"time"
)

// slice is how long the indexer works before it pauses.
const slice = 500 * time.Microsecond

// pacer divides the indexer's work into slices, and pauses after each. Go lets a goroutine that
// only computes keep its processor for ten milliseconds, and where there is one processor, nobody
// looks meanwhile whether messages have arrived. It isn't safe for concurrent use.
type pacer struct {
	committed func() uint64 // how many events were committed so far

	paused time.Time // when the last pause began
	events uint64    // committed by then
	slice  time.Time // when the slice began
}

// begin begins a slice after other pauses than the pacer's.
func (p *pacer) begin() {
	p.slice = time.Now()
	p.paused, p.events = p.slice, p.committed()
}

// yield pauses if the slice is over, until ctx ends at most. It is called between two small
// pieces of work.
func (p *pacer) yield(ctx context.Context) {
	now := time.Now()
	took := now.Sub(p.slice)
	if took < slice {
		return
	}
	events := p.committed()
	rate := float64(events-p.events) / max(now.Sub(p.paused), time.Millisecond).Seconds()
	p.paused, p.events = now, events
	pause(ctx, rest(took, rate))
	p.slice = time.Now()
}

// rest returns how long to pause after work that took a while, with so many events committed
// a second: the busier the server, the less the index may take of it. With few commits it only
// lets others have the processor, and with ten thousand a second it takes a fiftieth of one.
func rest(took time.Duration, rate float64) time.Duration {
	const least, relaxed, most = 0.125, 200, 50
	return min(time.Duration(float64(took)*min(max(rate/relaxed, least), most)), 5*time.Second)
}

// pause waits, until ctx ends.
func pause(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
