package bench

import (
	"context"
	"time"
)

// collector gathers, all through a run, what the receivers have noted. It is Run's
// own goroutine.
type collector struct {
	run    *run
	report *Report

	began, last int64   // when measuring began, and when it last collected
	arrived     int64   // deliveries in all
	measured    int64   // those that came in the measured time
	bytes       int64   // what came in it, of whatever kind
	recent      float64 // deliveries a second
	sum, span   notes   // in all, and since the last collect
}

const (
	spanAtMost  = time.Second
	spanAtLeast = 100 * time.Millisecond
	spans       = 30 // a short run still gives a curve

	drainLook   = 20 * time.Millisecond
	drainQuiet  = 3 * time.Second // a server that says nothing for so long has said it all
	drainAtMost = 15 * time.Second
)

func newCollector(r *run, report *Report) *collector {
	return &collector{run: r, report: report, last: r.clock.now(), sum: newNotes(), span: newNotes()}
}

// wait collects until then, and reports whether ctx lasted so long.
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

// begin begins the measured time.
func (c *collector) begin() {
	c.collect(WarmingUp)
	c.began, c.report.Started = c.last, time.Now()
}

func (c *collector) collect(phase Phase) {
	now := c.run.clock.now()
	c.span.reset()
	c.run.desks.collect(&c.span)
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

// drain waits for what is under way to arrive, as long as something does.
func (c *collector) drain(ctx context.Context) {
	begin := c.run.clock.now()
	for heard := begin; ; {
		t := c.run.tally()
		if t.unsent == 0 && c.arrived >= t.expected || ctx.Err() != nil ||
			c.last-heard > int64(drainQuiet) || c.last-begin > int64(drainAtMost) {
			return
		}
		sleep(ctx, drainLook)
		c.collect(Draining)
		if c.span.deliveries > 0 {
			heard = c.last
		}
		c.progress(Draining, c.last-begin, int64(drainAtMost))
	}
}

func (c *collector) progress(phase Phase, done, total int64) {
	if tell := c.run.options.Progress; tell != nil {
		tell(Progress{Phase: phase, Done: seconds(done), Total: seconds(total), PerSecond: c.recent})
	}
}

// sleep reports whether ctx lasted as long.
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
