package search

import (
	"context"
	"time"
)

const (
	// slice is how long the indexer works before it pauses.
	slice = 500 * time.Microsecond
	// rateOver is over how long the rate of commits is measured, at least.
	rateOver = 20 * time.Millisecond
)

// pacer divides the indexer's work into slices, and pauses after each while something is
// committed. Go lets a goroutine that only computes keep its processor for ten milliseconds, and
// where there is one processor, nobody looks meanwhile whether messages have arrived. It isn't safe
// for concurrent use.
type pacer struct {
	committed func() uint64 // how many events were committed so far

	slice  time.Time // when the slice began
	rate   float64   // of commits, events a second, as it was measured last
	since  time.Time // when that was
	events uint64    // committed by then
}

// begin begins a slice after other pauses than the pacer's.
func (p *pacer) begin() {
	p.slice = time.Now()
	if p.since.IsZero() {
		p.since, p.events = p.slice, p.committed()
	}
}

// yield pauses if the slice is over, until ctx ends at most. It is called between two small
// pieces of work.
func (p *pacer) yield(ctx context.Context) {
	now := time.Now()
	took := now.Sub(p.slice)
	if took < slice {
		return
	}
	if past := now.Sub(p.since); past >= rateOver {
		events := p.committed()
		p.rate = float64(events-p.events) / past.Seconds()
		p.since, p.events = now, events
	}
	pause(ctx, rest(took, p.rate))
	p.slice = time.Now()
}

// rest returns how long to pause after work that took a while, with so many events committed
// a second: the busier the server, the less the index may take of it. Without commits it
// doesn't pause, and with ten thousand a second it takes a fiftieth of one processor.
func rest(took time.Duration, rate float64) time.Duration {
	const relaxed, most = 200, 50
	return min(time.Duration(float64(took)*min(rate/relaxed, most)), 5*time.Second)
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
