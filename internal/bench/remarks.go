package bench

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	"snug/protocol"
)

// From these values on, a report warns that the benchmark measured itself.
const (
	busyShare  = 0.9  // of its cores
	lagShare   = 0.1  // of the latency
	lagMatters = 1000 // microseconds
)

// remarks returns sentences about whose limit was measured, and what is missing.
func (r *Report) remarks() (all []string) {
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	r.remarkRateLimit(add)
	if share := r.CPU.Cores / float64(r.CPU.Of); share >= busyShare {
		add("snug bench itself was the limit: it used %.0f %% of the %s that it may use. Give it more cores, or less load.", 100*share, counted(int64(r.CPU.Of), "core", "cores"))
	}
	for _, q := range []struct {
		name         string
		lag, latency int64
	}{{"p50", r.SendLag.P50, r.Latency.P50}, {"p99", r.SendLag.P99, r.Latency.P99}} {
		if q.lag >= lagMatters && float64(q.lag) >= lagShare*float64(q.latency) {
			add("snug bench itself sent messages late: by %v at %s, which is part of the latency. It had too little CPU time.", duration(q.lag), q.name)
			break
		}
	}
	if r.Messages.Unsent > 0 {
		add("The server fell behind: %s due and not sent by the end, because the server didn't read.", counted(r.Messages.Unsent, "message was", "messages were"))
	}
	if open := r.Connections.Open; open < r.Connections.Wanted {
		add("%s could not be opened.", counted(int64(r.Connections.Wanted-open), "connection", "connections"))
	}
	if missing := r.Deliveries.Expected - r.Deliveries.Arrived; missing > 0 && !r.Interrupted {
		more := ""
		if r.Options.Rate == 0 {
			more = " A sender doesn't replace its own messages that are lost."
		}
		add("%s of %s never arrived.%s", humanize.Comma(missing), counted(r.Deliveries.Expected, "delivery", "deliveries"), more)
	} else if missing < 0 {
		add("%s more than expected: the server sends some twice, or those that it refused.", counted(-missing, "delivery", "deliveries"))
	}
	if r.Interrupted {
		add("The run was interrupted: these are the figures of its first %v.", time.Duration(r.Seconds*1e9).Round(10*time.Millisecond))
	}
	return all
}

func (r *Report) remarkRateLimit(add func(string, ...any)) {
	limit, each := r.Connections.MessageRate, r.Options.Rate/float64(r.Options.Rooms*r.Options.Senders)
	of := ""
	if limit > 0 {
		of = fmt.Sprintf(" of %g messages a second from a connection", limit)
	}
	const advice = "Use more --senders or a lower --rate, or start a Snug server with --limits off."
	switch {
	case r.Faults[string(protocol.RateLimited)] > 0:
		add("The server's rate limit%s was measured: it refused %s of %s. %s", of, humanize.Comma(r.Messages.Refused), counted(r.Messages.Sent, "message", "messages"), advice)
	case limit > 0 && each > limit:
		add("The server has a rate limit%s, and each sender sends %.3g: a longer run would reach the limit. %s", of, each, advice)
	}
}
