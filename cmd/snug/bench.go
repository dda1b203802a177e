package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"time"

	"github.com/dustin/go-humanize"

	"snug/internal/bench"
	"snug/internal/version"
	"snug/protocol"
)

type benchCmd struct {
	Nodes []string     `placeholder:"URL" help:"The other nodes of a cluster: each room's members are spread over all nodes, the first on the one of --server."`
	From  []netip.Addr `placeholder:"ADDR" help:"Addresses of this machine to connect from, in turn. One has some 28,000 ports, and with many in use the system takes long to find another."`

	Rooms   int `default:"1" placeholder:"N" help:"Rooms (${default})."`
	Members int `default:"100" placeholder:"N" help:"Members in each room (${default})."`
	Senders int `default:"1" placeholder:"N" help:"Members of each room who send (${default})."`

	Stalled int `default:"0" placeholder:"N" help:"Members of each room who read nothing, to see whether the others wait for them (${default})."`

	Rate     float64       `default:"0" placeholder:"N" help:"Messages a second of all senders together, on a fixed schedule; 0 for as fast as it goes (${default})."`
	Window   int           `default:"16" placeholder:"N" help:"As fast as it goes: messages of each sender under way at once (${default})."`
	Duration time.Duration `default:"10s" help:"Measure for so long (${default})."`
	Warmup   time.Duration `default:"1s" placeholder:"DURATION" help:"Before that, load it for so long (${default})."`
	Size     int           `default:"64" placeholder:"BYTES" help:"Content of a message (${default})."`

	Dialect     string  `default:"v1" enum:"v1,plain" placeholder:"v1|plain" help:"plain measures any server of that protocol (${default})."`
	ConnectRate float64 `default:"1000" placeholder:"N" help:"Connections to open in a second (${default})."`

	JSON bool   `name:"json" help:"Print everything as one JSON object."`
	HTML string `name:"html" placeholder:"FILE" type:"path" help:"Write a page with plots, complete in itself."`
}

// Help is shown by snug bench --help.
func (benchCmd) Help() string {
	return `Rooms of its own are filled with members, whose nicks begin with --nick or with bench, and some of them send. What is measured is the time from when a message was due to when a member has it, for each member.

With --rate a message is due when the schedule says so, whether or not the server has taken the ones before: a server that stalls for a second makes all messages of that second late, and it shows. Without it, a sender's next message is due when an earlier one has come back to it, so it shows how much the server can do; the latency is then that of a full load.

A server takes so many messages a second from a connection, Snug 10, unless it is started with --limits off. Give the server and this command cores of their own: taskset -c 0 and taskset -c 1, say. It says so when it has measured itself, or a rate limit.

Examples:

  snug bench --rooms 1 --members 1000 --window 16
  snug bench --rooms 100 --members 2 --duration 30s
  snug bench --members 1000 --rate 100 --html report.html
  snug bench --dialect plain --server http://localhost:9000 --json | jq .latency_us`
}

// Run measures.
func (c *benchCmd) Run(ctx context.Context, s *site, std *streams) error {
	o := bench.Options{
		Server:      s.Server,
		Nodes:       c.Nodes,
		From:        c.From,
		Nick:        s.Nick,
		Token:       s.Token,
		Rooms:       c.Rooms,
		Members:     c.Members,
		Senders:     c.Senders,
		Stalled:     c.Stalled,
		Rate:        c.Rate,
		Window:      c.Window,
		Duration:    c.Duration,
		Warmup:      c.Warmup,
		Size:        c.Size,
		Dialect:     protocol.V1,
		ConnectRate: c.ConnectRate,
		Version:     version.String(),
	}
	if c.Dialect == "plain" {
		o.Dialect = protocol.Plain
	}
	if o.Nick == "" {
		o.Nick = "bench"
	}
	var page *os.File
	if c.HTML != "" { // a run takes a while: better to know before
		var err error
		if page, err = os.Create(c.HTML); err != nil {
			return fmt.Errorf("--html: %w", err)
		}
		defer page.Close()
	}
	b := newBar(std.err)
	o.Progress = func(p bench.Progress) { showBench(b, p) }
	report, err := bench.Run(ctx, o)
	b.clear()
	if err != nil {
		return err
	}
	return c.write(report, page, std.out)
}

func (c *benchCmd) write(r *bench.Report, page *os.File, out io.Writer) (err error) {
	if page != nil {
		err = errors.Join(r.WriteHTML(page), page.Close())
		if err != nil {
			return fmt.Errorf("--html: %w", err)
		}
	}
	if c.JSON {
		to := json.NewEncoder(out)
		to.SetEscapeHTML(false)
		to.SetIndent("", "  ")
		return to.Encode(r)
	}
	return r.WriteText(out)
}

// showBench draws how far a run is.
func showBench(b bar, p bench.Progress) {
	counts := humanize.Comma(int64(p.PerSecond)) + " deliveries/s"
	if p.Phase == bench.Connecting {
		counts = fmt.Sprintf("%s of %s", humanize.Comma(int64(p.Done)), humanize.Comma(int64(p.Total)))
	}
	b.show(fmt.Sprint(p.Phase), counts, p.Done/p.Total)
}
