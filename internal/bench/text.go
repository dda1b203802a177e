package bench

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
)

// WriteText writes the report as text for a terminal.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-12s%s\n", name, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
	fmt.Fprintf(&b, "%s\n%s\n\n", r.Shape(), r.Load())
	line("", "%9s %9s %9s %9s %9s", "p50", "p90", "p99", "p99.9", "max")
	l := r.Latency
	line("latency", "%9v %9v %9v %9v %9v", duration(l.P50), duration(l.P90), duration(l.P99), duration(l.P999), duration(l.Max))
	line("deliveries", "%9s/s  %s in %.4gs, %s/s", humanize.Comma(int64(r.Deliveries.PerSecond)),
		humanize.Comma(r.Deliveries.Measured), r.Seconds, humanize.Bytes(uint64(r.Deliveries.BytesPerSecond)))
	line("messages", "%9s/s", rate(r.Messages.PerSecond))
	line("arrived", "%9s    %s", r.Share(), r.Arrived())
	if r.CPU.Cores > 0 {
		line("own CPU", "%9.2f    of %s", r.CPU.Cores, counted(int64(r.CPU.Of), "core", "cores"))
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Faults)) {
		line("error", "%9s ×  %s", humanize.Comma(r.Faults[kind]), kind)
	}
	for _, remark := range r.Remarks {
		fmt.Fprintf(&b, "\n! %s\n", remark)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Shape describes the rooms, members and messages.
func (r *Report) Shape() string {
	o := r.Options
	return fmt.Sprintf("%s × %s, %s in each, %d bytes a message, %s",
		counted(int64(o.Rooms), "room", "rooms"), counted(int64(o.Members), "member", "members"),
		counted(int64(o.Senders), "sender", "senders"), o.Size, o.Dialect)
}

// Load describes how messages were sent.
func (r *Report) Load() string {
	o := r.Options
	lasted := fmt.Sprintf("for %.4gs after %.4gs of warm-up", o.DurationSeconds, o.WarmupSeconds)
	if o.Rate > 0 {
		return fmt.Sprintf("%s messages a second in all, %s", rate(o.Rate), lasted)
	}
	return fmt.Sprintf("as fast as possible with %s of each sender in flight, %s", counted(int64(o.Window), "message", "messages"), lasted)
}

// Share returns the share of the expected deliveries that arrived.
func (r *Report) Share() string {
	d := r.Deliveries
	if d.Expected == 0 || d.Arrived == d.Expected {
		return "all"
	}
	return fmt.Sprintf("%.3f %%", 100*float64(d.Arrived)/float64(d.Expected))
}

// Arrived returns the numbers behind [Report.Share].
func (r *Report) Arrived() string {
	return fmt.Sprintf("%s of %s, including the warm-up", humanize.Comma(r.Deliveries.Arrived), counted(r.Deliveries.Expected, "delivery", "deliveries"))
}

func rate(perSecond float64) string {
	if perSecond < 100 {
		return fmt.Sprintf("%.3g", perSecond)
	}
	return humanize.Comma(int64(perSecond + 0.5))
}

// counted returns n with the singular or plural noun.
func counted(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return humanize.Comma(n) + " " + many
}

// duration formats microseconds with three digits.
func duration(us int64) string {
	d := time.Duration(us) * time.Microsecond
	switch {
	case us < 1000:
		return fmt.Sprintf("%d µs", us)
	case d < time.Second:
		return fmt.Sprintf("%.3g ms", float64(us)/1000)
	}
	return fmt.Sprintf("%.3g s", d.Seconds())
}
