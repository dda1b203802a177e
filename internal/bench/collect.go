package bench

import (
	"context"
	"time"
)

// collector adds up what the receivers count. It belongs to Run's goroutine.
type collector struct {
	run    *run
	report *Report

	began, last int64    // when measuring began, and when collect was called last
	arrived     int64    // deliveries in the whole run
	measured    int64    // deliveries in the measured time
	bytes       int64    // received in the measured time, in frames of all kinds
	recent      float64  // deliveries a second
	sum, span   counters // of the whole run, and since the last collect
}

const (
	spanAtMost  = time.Second
	spanAtLeast = 100 * time.Millisecond
	spans       = 30 // even in a short run

	drainLook   = 20 * time.Millisecond
	drainQuiet  = 3 * time.Second // after this time without a delivery, no more are expected
	drainAtMost = 15 * time.Second
)

func newCollector(r *run, report *Report) *collector {
	return &collector{run: r, report: report, last: r.clock.now(), sum: newCounters(), span: newCounters()}
}

// wait collects until the time until, and reports whether it was reached before ctx
// ended.
func (c *collector) wait(ctx context.Context, phase Phase, until int64) bool {
	every := int64(min(max(c.run.options.Duration/spans, spanAtLeast), spanAtMost))
	begin := c.last
	for next := begin; next < until; {
		next = min(next+every, until)
		done := sleep(ctx, time.Duration(next-c.run.clock.now()))
		c.collect(phase)
		c.progress(phase, c.last-begin, until-begin)
		if !done {
			return false
		}
	}
	return true
}

// begin starts the measured time.
func (c *collector) begin() {
	c.collect(WarmingUp)
	c.began, c.report.Started = c.last, time.Now()
}

func (c *collector) collect(phase Phase) {
	now := c.run.clock.now()
	c.span.reset()
	c.run.shards.collect(&c.span)
	c.sum.add(&c.span)
	c.arrived += c.span.deliveries
	if phase == Measuring {
		c.measured += c.span.deliveries
		c.bytes += c.span.bytes
		c.report.Timeline = append(c.report.Timeline, newMoment(&c.span, now-c.began, now-c.last))
	}
	c.recent = float64(c.span.deliveries) / seconds(now-c.last)
	c.last = now
}

// drain waits for deliveries that are still missing, for as long as any arrive.
func (c *collector) drain(ctx context.Context) {
	begin := c.run.clock.now()
	for lastDelivery := begin; ; {
		t := c.run.tally()
		if t.unsent == 0 && c.arrived >= t.expected || ctx.Err() != nil ||
			c.last-lastDelivery > int64(drainQuiet) || c.last-begin > int64(drainAtMost) {
			return
		}
		sleep(ctx, drainLook)
		c.collect(Draining)
		if c.span.deliveries > 0 {
			lastDelivery = c.last
		}
		c.progress(Draining, c.last-begin, int64(drainAtMost))
	}
}

func (c *collector) progress(phase Phase, done, total int64) {
	if report := c.run.options.Progress; report != nil {
		report(Progress{Phase: phase, Done: seconds(done), Total: seconds(total), PerSecond: c.recent})
	}
}

// sleep waits for d, and reports whether ctx lasted that long.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}
