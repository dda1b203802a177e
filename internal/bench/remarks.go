package bench

import (
	"fmt"
	"time"

	"github.com/dustin/go-humanize"

	"snug/protocol"
)

// Bounds beyond which a run says that it measured itself.
const (
	busyShare  = 0.9  // of its cores
	lagShare   = 0.1  // of the latency…
	lagMatters = 1000 // …and so many microseconds
)

// remarks say whose limit was measured, and what is missing.
func (r *Report) remarks() (all []string) {
	say := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	r.sayRateLimit(say)
	if share := r.CPU.Cores / float64(r.CPU.Of); share >= busyShare {
		say("snug bench itself was measured: it used %.0f %% of the %s that it may. Give it more, or less to do.", 100*share, counted(int64(r.CPU.Of), "core", "cores"))
	}
	for _, q := range []struct {
		name         string
		lag, latency int64
	}{{"p50", r.SendLag.P50, r.Latency.P50}, {"p99", r.SendLag.P99, r.Latency.P99}} {
		if q.lag >= lagMatters && float64(q.lag) >= lagShare*float64(q.latency) {
			say("snug bench itself was late to send: by %v at %s, which is part of the latency. It had too little of the processor.", duration(q.lag), q.name)
			break
		}
	}
	if r.Messages.Unsent > 0 {
		say("The server fell behind: %s due and not sent by the end, because it didn't read.", counted(r.Messages.Unsent, "message was", "messages were"))
	}
	if open := r.Connections.Open; open < r.Connections.Wanted {
		say("%s could not be opened.", counted(int64(r.Connections.Wanted-open), "connection", "connections"))
	}
	if missing := r.Deliveries.Expected - r.Deliveries.Arrived; missing > 0 && !r.Interrupted {
		more := ""
		if r.Options.Rate == 0 {
			more = " A sender whose own message is lost sends no other in its place."
		}
		say("%s of %s never came.%s", humanize.Comma(missing), counted(r.Deliveries.Expected, "delivery", "deliveries"), more)
	} else if missing < 0 {
		say("%s more than there should have been: the server sends some twice, or the refused ones too.", counted(-missing, "delivery", "deliveries"))
	}
	if r.Interrupted {
		say("It was interrupted: the figures are of the first %v.", time.Duration(r.Seconds*1e9).Round(10*time.Millisecond))
	}
	return all
}

func (r *Report) sayRateLimit(say func(string, ...any)) {
	limit, each := r.Connections.MessageRate, r.Options.Rate/float64(r.Options.Rooms*r.Options.Senders)
	of := ""
	if limit > 0 {
		of = fmt.Sprintf(" of %g messages a second from a connection", limit)
	}
	const lift = "Have more --senders or a lower --rate; a Snug server takes --limits off."
	switch {
	case r.Faults[string(protocol.RateLimited)] > 0:
		say("The server's rate limit%s was measured: it refused %s of %s. %s", of, humanize.Comma(r.Messages.Refused), counted(r.Messages.Sent, "message", "messages"), lift)
	case limit > 0 && each > limit:
		say("The server has a rate limit%s, and each sender was to send %.3g: a longer run would meet it. %s", of, each, lift)
	}
}
