package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// targets returns a table of the targets and the results. Ratios are those of medians.
func (r *results) targets(b *strings.Builder) {
	const original, gorilla, centrifuge, floor = "the original's design", "gorilla's hub", "Centrifuge", "the floor (C, no chat)"
	m := func(workload, server string, figure func(figures) float64) float64 {
		if all := r.of(workload, server, figure); len(all) > 0 {
			return median(all)
		}
		return math.NaN()
	}
	at := func(workload, server string) float64 { return m(workload, server, deliveries) }
	least := func(workload string, not ...string) float64 {
		least := math.Inf(1)
		for _, s := range servers() {
			if !slices.Contains(append(not, floor), s.name) && !s.isSnug {
				least = math.Min(least, m(workload, s.name, cpu))
			}
		}
		return least
	}
	rows := []struct {
		what         string
		reached      float64
		want         float64
		atMost, unit bool
	}{
		{what: "memory, 1 × 1,000: deliveries of the original's design", reached: at("1x1000", snugMemory) / at("1x1000", original), want: 10},
		{what: "memory, 1 × 1,000: of Centrifuge's", reached: at("1x1000", snugMemory) / at("1x1000", centrifuge), want: 3},
		{what: "memory, 100 × 2: of the original's design", reached: at("100x2", snugMemory) / at("100x2", original), want: 3},
		{what: "memory, 100 × 2: of Centrifuge's", reached: at("100x2", snugMemory) / at("100x2", centrifuge), want: 2},
		{what: "SQLite, 1 × 1,000: of memory's", reached: at("1x1000", snugSQLite) / at("1x1000", snugMemory), want: 0.9},
		{what: "SQLite, 100 × 2: of the original's design, which keeps nothing", reached: at("100x2", snugSQLite) / at("100x2", original), want: 1.2},
		{what: "SQLite, 100 × 2: of gorilla's hub, which keeps nothing", reached: at("100x2", snugSQLite) / at("100x2", gorilla), want: 1},
		{what: "memory, 1 × 1,000: of the floor's", reached: at("1x1000", snugMemory) / at("1x1000", floor), want: 0.9},
		{what: "memory, 1 × 1,000 by 4: of the floor's", reached: at("1x1000by4", snugMemory) / at("1x1000by4", floor), want: 0.9},
		{what: "memory, 1 × 1,000 by 50: of the floor's", reached: at("1x1000by50", snugMemory) / at("1x1000by50", floor), want: 0.9},
		{what: "memory, 1 × 100 by 4: of the floor's", reached: at("1x100by4", snugMemory) / at("1x100by4", floor), want: 0.6},
		{what: "memory, 10 × 20 by all: of the floor's", reached: at("10x20byall", snugMemory) / at("10x20byall", floor), want: 0.6},
		{what: "SQLite, 1 × 1,000 by 4: of memory's", reached: at("1x1000by4", snugSQLite) / at("1x1000by4", snugMemory), want: 0.8},
		{what: "SQLite, 1 × 1,000 by 50: of memory's", reached: at("1x1000by50", snugSQLite) / at("1x1000by50", snugMemory), want: 0.8},
		{what: "SQLite, 100 × 2 with 4: of the original's design, which keeps nothing", reached: at("100x2with4", snugSQLite) / at("100x2with4", original), want: 1.2},
		{what: "SQLite, 100 × 10 at 2,000/s: CPU of the original's design's, which keeps nothing", reached: m("rate10byall", snugSQLite, cpu) / m("rate10byall", original, cpu), want: 1, atMost: true},
		{what: "memory, 1 × 1,000 by 50 at 500/s: p99 of the floor's", reached: m("rate1000by50", snugMemory, p99) / m("rate1000by50", floor, p99), want: 1.5, atMost: true},
		{what: "SQLite, 1 × 1,000 by 50 at 500/s: p99 of the floor's", reached: m("rate1000by50", snugSQLite, p99) / m("rate1000by50", floor, p99), want: 3, atMost: true},
		{what: "memory, 100 × 10 at 2,000/s: p99 of the floor's", reached: m("rate10byall", snugMemory, p99) / m("rate10byall", floor, p99), want: 1.5, atMost: true},
		{what: "SQLite, 100 × 10 at 2,000/s: p99 of the floor's", reached: m("rate10byall", snugSQLite, p99) / m("rate10byall", floor, p99), want: 3, atMost: true},
		{what: "memory over TLS, 1 × 1,000: of the deliveries without", reached: at("1x1000", snugTLS) / at("1x1000", snugMemory), want: 0.7},
		{what: "memory over TLS, 1 × 1,000 at 100/s: CPU of that without", reached: m("rate1000", snugTLS, cpu) / m("rate1000", snugMemory, cpu), want: 1.35, atMost: true},
		{what: "memory, 1 × 1,000 as event streams: of the deliveries over WebSockets", reached: at("1x1000", snugStreams) / at("1x1000", snugMemory)},
		{what: "memory, a join: CPU of gws's", reached: m("idle", snugMemory, joinCPU) / m("idle", "gws", joinCPU), want: 1.2, atMost: true},
		{what: "memory, 1 × 1,000 at 100/s: CPU of the best peer's", reached: m("rate1000", snugMemory, cpu) / least("rate1000"), want: 1, atMost: true},
		{what: "memory, 50 × 20 at 2,000/s: CPU of the best peer's", reached: m("rate20", snugMemory, cpu) / least("rate20"), want: 1, atMost: true},
		{what: "memory, 1 × 1,000 at 100/s: CPU of the floor's", reached: m("rate1000", snugMemory, cpu) / m("rate1000", floor, cpu)},
		{what: "KiB resident, a connection at rest", reached: m("idle", snugMemory, resident), want: 8, atMost: true, unit: true},
		{what: "KiB in use, a connection at rest", reached: m("idle", snugMemory, inUse), want: 8, atMost: true, unit: true},
		{what: "p99 with one stalled reader, of that without", reached: m("stalled", snugMemory, p99) / m("quiet", snugMemory, p99), want: 1.1, atMost: true},
	}
	b.WriteString("### What was to be reached\n\n| | to reach | reached | |\n|---|---|---|---|\n")
	for _, row := range rows {
		if math.IsNaN(row.reached) || math.IsInf(row.reached, 0) {
			continue
		}
		sign, suffix, verdict := "≥", "×", "yes"
		if row.atMost {
			sign = "≤"
		}
		if row.unit {
			suffix = ""
		}
		if row.atMost == (row.reached > row.want) && row.reached != row.want {
			verdict = "**no**"
		}
		want := fmt.Sprintf("%s %g%s", sign, row.want, suffix)
		if row.want == 0 {
			want, verdict = "as near as can be", ""
		}
		fmt.Fprintf(b, "| %s | %s | %s%s | %s |\n", row.what, want, digits(row.reached), suffix, verdict)
	}
	b.WriteString("\n")
}
