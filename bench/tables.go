package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"
)

func median(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(all))
	return (s[len(s)/2] + s[(len(s)-1)/2]) / 2
}

// of returns one figure of a server in all rounds of a workload.
func (r *results) of(workload, server string, figure func(figures) float64) (all []float64) {
	for _, f := range r.Figures[workload][server] {
		all = append(all, figure(f))
	}
	return all
}

func deliveries(f figures) float64 { return f.Deliveries }
func cpu(f figures) float64        { return f.CPU }
func p50(f figures) float64        { return f.P50 }
func p99(f figures) float64        { return f.P99 }
func resident(f figures) float64   { return f.Resident }
func inUse(f figures) float64      { return f.InUse }
func joins(f figures) float64      { return f.Joins }
func joinCPU(f figures) float64    { return f.JoinCPU }

// thousands formats a rate with three digits.
func thousands(v float64) string {
	scale := 1.0
	for v/scale >= 1000 {
		scale *= 10
	}
	return humanize.Comma(int64(v/scale+0.5) * int64(scale))
}

func digits(v float64) string {
	switch {
	case v >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// cell formats the median, with the minimum and the maximum if rounds differ.
func cell(all []float64, show func(float64) string) string {
	if len(all) == 0 {
		return "–"
	}
	if len(all) == 1 {
		return show(all[0])
	}
	return fmt.Sprintf("**%s** (%s–%s)", show(median(all)), show(slices.Min(all)), show(slices.Max(all)))
}

// column is a column of a table.
type column struct {
	title, workload string
	figure          func(figures) float64
	show            func(float64) string
}

// atRate returns the columns of a workload at a fixed rate.
func atRate(title, workload string) []column {
	return []column{{title + ": µs of CPU", workload, cpu, digits}, {"p50 ms", workload, p50, digits}, {"p99 ms", workload, p99, digits}}
}

// table returns a table with a row for each server that has figures in it.
func (r *results) table(b *strings.Builder, columns ...column) {
	b.WriteString("|")
	for _, c := range columns {
		fmt.Fprintf(b, " | %s", c.title)
	}
	fmt.Fprintf(b, " |\n|---|%s\n", strings.Repeat("---|", len(columns)))
	for _, s := range servers() {
		row, any := "| "+s.name, false
		for _, c := range columns {
			all := r.of(c.workload, s.name, c.figure)
			any = any || len(all) > 0
			row += " | " + cell(all, c.show)
		}
		if any {
			fmt.Fprintf(b, "%s |\n", row)
		}
	}
	b.WriteString("\n")
}

func (r *results) markdown() string {
	var b strings.Builder
	m := r.Machine
	fmt.Fprintf(&b, "Measured on %s, %d cores, %s, %s; %s. One fsync takes %v.\n", m.Processor, m.Cores, m.Kernel, m.Go, strings.Join(m.Versions, ", "), m.Fsync.Round(1000))
	fmt.Fprintf(&b, "The floor is built by %s. %d rounds of %g s each, by turns, in %v: the median, and in brackets the least and the most; where these are far apart, something else was at work on the machine.\n\n    %s\n\n", m.C, r.Rounds, r.Seconds, r.Took.Round(1e9), r.Command)
	if len(r.Figures["1x1000"]) > 0 {
		b.WriteString("### As fast as it goes\n\nDeliveries a second; one sender in each room has 16 messages of 64 bytes under way.\n\n")
		r.table(&b,
			column{"1 room × 1,000", "1x1000", deliveries, thousands},
			column{"1 × 100", "1x100", deliveries, thousands},
			column{"100 rooms × 2", "100x2", deliveries, thousands})
		b.WriteString("![Deliveries a second](img/deliveries.svg)\n\n")
	}
	if len(r.Figures["1x1000by4"]) > 0 {
		b.WriteString("### Many senders\n\nDeliveries a second; each sender has so many messages of 64 bytes under way.\n\n")
		r.table(&b,
			column{"1 × 1,000: 4 senders, 4 each", "1x1000by4", deliveries, thousands},
			column{"1 × 1,000: 50 senders, 1 each", "1x1000by50", deliveries, thousands},
			column{"1 × 100: 4 senders, 4 each", "1x100by4", deliveries, thousands},
			column{"10 × 20: everyone, 1 each", "10x20byall", deliveries, thousands},
			column{"100 × 2: 1 sender, 4", "100x2with4", deliveries, thousands})
	}
	if len(r.Figures["rate1000by50"]) > 0 {
		b.WriteString("At a fixed rate: 50 senders in a room of 1,000, and everyone in 100 rooms of 10.\n\n")
		r.table(&b, append(atRate("1 × 1,000 at 500/s", "rate1000by50"), atRate("100 × 10 at 2,000/s", "rate10byall")...)...)
	}
	if len(r.Figures["rate1000"]) > 0 {
		b.WriteString("### At a fixed rate\n\nWhat a delivery costs the server's processor, and how long it takes.\n\n")
		r.table(&b, append(atRate("1 × 1,000 at 100/s", "rate1000"), atRate("50 × 20 at 2,000/s", "rate20")...)...)
		b.WriteString("![CPU for each delivery](img/cpu.svg)\n\n")
	}
	if len(r.Figures["idle"]) > 0 {
		b.WriteString("### At rest, and coming in\n\n19,000 connections in rooms of ten, opened at up to 5,000 a second, once. KiB a connection: resident, as the system sees it, and in use after a collection of garbage, as the runtime does.\n\n")
		r.table(&b,
			column{"resident KiB", "idle", resident, digits},
			column{"in use KiB", "idle", inUse, digits},
			column{"joins a second", "idle", joins, thousands},
			column{"µs of CPU a join", "idle", joinCPU, digits})
	}
	if len(r.Figures["stalled"]) > 0 {
		b.WriteString("### One in a thousand reads nothing\n\np99 of the others, in ms, with 1 × 1,000 at 100 messages/s of 1,000 bytes.\n\n")
		r.table(&b,
			column{"all read", "quiet", p99, digits},
			column{"one doesn't", "stalled", p99, digits})
	}
	if len(r.CatchUp) > 0 {
		fmt.Fprintf(&b, "### Coming back\n\nOnly Snug keeps what these are about. One who was away for %s messages has them after %s s (%s µs of the server's CPU each). "+
			"Of %s clients that come back at once to a server that is just starting, each with 20 messages to catch up, half are there after %s s, and the last one after %s s.\n\n",
			humanize.Comma(catchUpMessages), cell(r.CatchUp, digits), digits(median(r.CatchCPU)), humanize.Comma(restartClients), cell(r.Half, digits), cell(r.Restart, digits))
	}
	r.targets(&b)
	if r.Growth != nil {
		r.Growth.write(&b)
	}
	return b.String()
}

func (g *growth) write(b *strings.Builder) {
	b.WriteString("### How cost grows\n\nSnug, SQLite, once each.\n\n| members of one room | µs of CPU a delivery, at 50,000 deliveries/s | KiB in use a connection |\n|---|---|---|\n")
	for _, m := range g.Members {
		fmt.Fprintf(b, "| %s | %s | %s |\n", humanize.Comma(int64(m.N)), digits(m.CPU), digits(m.InUse))
	}
	b.WriteString("\n| rooms of two | µs of CPU a delivery, at 10,000 deliveries/s | KiB in use a connection |\n|---|---|---|\n")
	for _, m := range g.Rooms {
		fmt.Fprintf(b, "| %s | %s | %s |\n", humanize.Comma(int64(m.N)), digits(m.CPU), digits(m.InUse))
	}
	b.WriteString("\n| messages in the log | start ms | join with 50 of them, ms | page of 50 from the middle, ms | file MiB |\n|---|---|---|---|---|\n")
	for _, l := range g.Log {
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", humanize.Comma(int64(l.N)), digits(l.Start), digits(l.Join), digits(l.Page), digits(l.MiB))
	}
	b.WriteString("\n![Growth](img/growth.svg)\n\n")
}
