package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/netip"
	"os"
	"time"

	"snug/internal/bench"
	"snug/protocol"
)

// workload is a load that each server gets in each round.
type workload struct {
	name     string // for flags and the log
	options  bench.Options
	variants bool // also for servers that speak something else than plain WebSockets
}

// figures are the results of one run.
type figures struct {
	Deliveries float64 // a second
	CPU        float64 // microseconds of the server's CPU for each delivery
	P50, P99   float64 // milliseconds
	Missing    bool    // not all deliveries arrived
	Resident   float64 // KiB a connection, as the system sees it
	InUse      float64 // KiB per connection that the runtime uses after a garbage collection
	Joins      float64 // a second
	JoinCPU    float64 // microseconds of the server's CPU for each join
}

// loopback returns addresses to connect from.
var loopback = []netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 2}), netip.AddrFrom4([4]byte{127, 0, 0, 3}), netip.AddrFrom4([4]byte{127, 0, 0, 4})}

// load returns options with one sender in each room, who sends for d, as fast as possible
// if rate is 0.
func load(d time.Duration, rooms, members int, rate float64) bench.Options {
	return bench.Options{
		Nick: "bench", Rooms: rooms, Members: members, Senders: 1, Rate: rate, Window: 16, Size: 64,
		Warmup: d / 4, Duration: d, Dialect: protocol.Plain, ConnectRate: 5000,
	}
}

// many returns options with so many senders in each room, who have window messages under way
// each, or send at rate together.
func many(d time.Duration, rooms, members, senders, window int, rate float64) bench.Options {
	o := load(d, rooms, members, rate)
	o.Senders, o.Window = senders, window
	return o
}

func workloads(d time.Duration) []workload {
	stalled, quiet := load(d, 1, 1000, 100), load(d, 1, 1000, 100)
	stalled.Stalled = 1
	stalled.Size, quiet.Size = 1000, 1000
	idle := load(d, 1900, 10, 1)
	idle.From = loopback                                             // or the number of ports would be the limit
	idle.Warmup, idle.Duration = time.Second, max(d, 12*time.Second) // quiet connections release memory after ten seconds
	return []workload{
		{name: "1x1000", options: load(d, 1, 1000, 0), variants: true},
		{name: "1x100", options: load(d, 1, 100, 0), variants: true},
		{name: "100x2", options: load(d, 100, 2, 0)},
		{name: "1x1000by4", options: many(d, 1, 1000, 4, 4, 0)},
		{name: "1x1000by50", options: many(d, 1, 1000, 50, 1, 0)},
		{name: "1x100by4", options: many(d, 1, 100, 4, 4, 0)},
		{name: "10x20byall", options: many(d, 10, 20, 20, 1, 0)},
		{name: "100x2with4", options: many(d, 100, 2, 1, 4, 0)},
		{name: "rate1000by50", options: many(d, 1, 1000, 50, 1, 500)},
		{name: "rate10byall", options: many(d, 100, 10, 10, 1, 2000)},
		{name: "rate1000", options: load(d, 1, 1000, 100), variants: true},
		{name: "rate20", options: load(d, 50, 20, 2000), variants: true},
		{name: "quiet", options: quiet},
		{name: "stalled", options: stalled},
		{name: "idle", options: idle, variants: true},
	}
}

// run runs the workload on a server.
func (w *workload) run(ctx context.Context, s server, bin string) (f figures, err error) {
	r, err := s.start(bin, "")
	if err != nil {
		return f, err
	}
	defer r.end()
	pid := r.cmd.Process.Pid
	o := w.options
	o.Server = s.scheme() + r.addr
	if s.streams {
		o.Dialect = protocol.Stream
	}
	if s.secure {
		o.TLS = &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: true}
	}
	connections := float64(o.Rooms * o.Members)
	each := func(bytes int64) float64 { return float64(bytes) / 1024 / connections }
	empty, emptyInUse, fresh := residentOf(pid), r.inUse(), cpuOf(pid)
	var began, ended time.Duration
	o.Progress = func(p bench.Progress) {
		switch {
		case p.Phase == bench.WarmingUp && f.JoinCPU == 0:
			f.JoinCPU = float64((cpuOf(pid) - fresh).Microseconds()) / connections
		case p.Phase == bench.Measuring && began == 0:
			began = cpuOf(pid)
		case p.Phase == bench.Measuring:
			ended = cpuOf(pid)
			if w.name == "idle" && p.Done > p.Total-0.5 && f.InUse == 0 {
				f.Resident = each(residentOf(pid) - empty)
				f.InUse = each(r.inUse() - emptyInUse)
			}
		}
	}
	report, err := bench.Run(ctx, o)
	if err != nil {
		return f, fmt.Errorf("%s, %s: %w", s.name, w.name, err)
	}
	f.Deliveries = report.Deliveries.PerSecond
	var deliveries float64 // since began, in the first span
	for i := 1; i < len(report.Timeline); i++ {
		m := report.Timeline[i]
		deliveries += m.PerSecond * (m.Seconds - report.Timeline[i-1].Seconds)
	}
	if deliveries > 0 {
		f.CPU = float64((ended - began).Microseconds()) / deliveries
	}
	f.P50, f.P99 = float64(report.Latency.P50)/1000, float64(report.Latency.P99)/1000
	f.Missing = report.Deliveries.Arrived < report.Deliveries.Expected || report.Connections.Open < report.Connections.Wanted
	f.Joins = float64(report.Connections.Open) / report.Connections.Seconds
	for _, remark := range report.Remarks {
		fmt.Fprintf(os.Stderr, "  ! %s\n", remark)
	}
	for kind, n := range report.Faults {
		fmt.Fprintf(os.Stderr, "  ! %d × %s\n", n, kind)
	}
	return f, nil
}
