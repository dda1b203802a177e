package bench

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"

	"github.com/dustin/go-humanize"
)

//go:embed page.html
var pageSource string

// page is the data of the template.
type page struct {
	*Report
	Throughput, Spans, Curve plot
	Latencies                []figure // of Latency
	Figures                  []figure
}

// figure is a number with its name.
type figure struct{ Name, Value, Unit string }

// WriteHTML writes the report as one page that loads nothing from elsewhere.
func (r *Report) WriteHTML(w io.Writer) error {
	t, err := template.New("page").Parse(pageSource)
	if err != nil {
		return fmt.Errorf("parse the page's template: %w", err)
	}
	p := page{
		Report:     r,
		Throughput: throughputPlot(r.Timeline),
		Spans:      latencyPlot(r.Timeline),
		Curve:      curvePlot(r.Distribution),
		Latencies: []figure{
			{"p50", duration(r.Latency.P50), ""},
			{"p90", duration(r.Latency.P90), ""},
			{"p99", duration(r.Latency.P99), ""},
			{"p99.9", duration(r.Latency.P999), ""},
			{"max", duration(r.Latency.Max), ""},
		},
		Figures: []figure{
			{"Deliveries", humanize.Comma(int64(r.Deliveries.PerSecond)), "a second"},
			{"Messages", rate(r.Messages.PerSecond), "a second"},
			{"Arrived", r.Share(), r.Arrived()},
			{"Connections", humanize.Comma(int64(r.Connections.Open)), fmt.Sprintf("opened in %.3gs", r.Connections.Seconds)},
			{"Own CPU", fmt.Sprintf("%.2f", r.CPU.Cores), "of " + counted(int64(r.CPU.Of), "core", "cores")},
			{"Send lag", duration(r.SendLag.P99), "at p99, of snug bench itself"},
		},
	}
	if err := t.Execute(w, p); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}

func throughputPlot(moments []Moment) plot {
	most := 0.0
	points := make([]point, 0, len(moments))
	for _, m := range moments {
		most = max(most, m.PerSecond)
		points = append(points, point{m.Seconds, m.PerSecond, fmt.Sprintf("%.1fs: %s deliveries a second", m.Seconds, humanize.Comma(int64(m.PerSecond)))})
	}
	p := plot{x: timeScale(moments), y: fromZero(most, func(v float64) string { return short(v) })}
	p.add("deliveries", "main", points)
	p.Area = true
	return p
}

func latencyPlot(moments []Moment) plot {
	least, most := int64(math.MaxInt64), int64(0)
	for _, m := range moments {
		if m.P50 > 0 {
			least, most = min(least, m.P50), max(most, m.Max)
		}
	}
	p := plot{x: timeScale(moments), y: decades(least, most)}
	for _, line := range []struct { // the last one is drawn on top
		name, class string
		of          func(Moment) int64
	}{
		{"max", "worst", func(m Moment) int64 { return m.Max }},
		{"p99", "tail", func(m Moment) int64 { return m.P99 }},
		{"p50", "main", func(m Moment) int64 { return m.P50 }},
	} {
		var points []point
		for _, m := range moments {
			if v := line.of(m); v > 0 {
				points = append(points, point{m.Seconds, float64(v), fmt.Sprintf("%.1fs: %s %s", m.Seconds, line.name, duration(v))})
			}
		}
		p.add(line.name, line.class, points)
	}
	return p
}

func curvePlot(curve []Quantile) plot {
	least, most, finest := int64(math.MaxInt64), int64(0), 90.0
	var points []point
	for _, q := range curve {
		if q.US > 0 && q.Percent < 100 {
			least, most, finest = min(least, q.US), max(most, q.US), max(finest, q.Percent)
			points = append(points, point{q.Percent, float64(q.US), fmt.Sprintf("%.5g %% within %s", q.Percent, duration(q.US))})
		}
	}
	p := plot{x: percentScale(finest), y: decades(least, most)}
	p.add("latency", "main", points)
	return p
}
