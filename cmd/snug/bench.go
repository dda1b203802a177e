package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"snug/internal/bench"
	"snug/internal/text"
	"snug/internal/version"
)

type benchCmd struct {
	Nodes []string     `placeholder:"URL" help:"The other nodes of a cluster. The members of each room are spread over all nodes, starting with the one of --server."`
	From  []netip.Addr `placeholder:"ADDR" help:"Local addresses to connect from, in turn. Each has some 28,000 ports, and with many in use the system needs long to find another."`

	Rooms   int `default:"1" placeholder:"N" help:"Rooms (${default})."`
	Members int `default:"100" placeholder:"N" help:"Members in each room (${default})."`
	Senders int `default:"1" placeholder:"N" help:"Members of each room who send (${default})."`

	Stalled int `default:"0" placeholder:"N" help:"Members of each room who read nothing, to test whether the others wait for them (${default})."`

	Rate     float64       `default:"0" placeholder:"N" help:"Messages a second of all senders together, on a fixed schedule; 0 for as many as possible (${default})."`
	Window   int           `default:"16" placeholder:"N" help:"Without --rate: how many messages of each sender are in flight (${default})."`
	Duration time.Duration `default:"10s" help:"How long to measure (${default})."`
	Warmup   time.Duration `default:"1s" placeholder:"DURATION" help:"How long to put load on the server before that (${default})."`
	Size     int           `default:"64" placeholder:"BYTES" help:"Length of a message's content (${default})."`

	Dialect     string  `default:"v1" enum:"v1,plain,stream" placeholder:"v1|plain|stream" help:"The protocol; plain measures any server that speaks it, and with stream those who don't send read server-sent events (${default})."`
	ConnectRate float64 `default:"1000" placeholder:"N" help:"Connections to open per second (${default})."`

	JSON bool   `name:"json" help:"Print all figures as one JSON object."`
	HTML string `name:"html" placeholder:"FILE" type:"path" help:"Write a web page with plots into this file."`
}

// Help is shown by snug bench --help.
func (benchCmd) Help() string {
	return `The command fills new rooms with members, whose nicks begin with --nick or with bench. Some of them send. It measures the time from when a message is due to when a member has received it, for each member.

With --rate, messages are due on a schedule, whether or not the server has accepted the ones before. A server that stalls for a second makes all messages of that second late. Without --rate, a sender's next message is due when an earlier one has come back: this shows how much the server can do, and the latency at full load.

Servers limit the messages per second of a connection, Snug to 10, unless it is started with --limits off. Give the server and this command their own cores, for example with taskset -c 0 and taskset -c 1. The command says so if it has measured itself, or a rate limit.

Examples:

  snug bench --rooms 1 --members 1000 --window 16
  snug bench --rooms 100 --members 2 --duration 30s
  snug bench --members 1000 --rate 100 --html report.html
  snug bench --dialect plain --server http://localhost:9000 --json | jq .latency_us`
}

// Run runs the benchmark.
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
		ConnectRate: c.ConnectRate,
		Version:     version.String(),
	}
	for dialect, name := range bench.Dialects {
		if name == c.Dialect {
			o.Dialect = dialect
		}
	}
	if o.Nick == "" {
		o.Nick = "bench"
	}
	var page *os.File
	if c.HTML != "" { // now, because a run takes a while
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
	return c.write(report, page, std)
}

func (c *benchCmd) write(r *bench.Report, page *os.File, std *streams) (err error) {
	if page != nil {
		err = errors.Join(r.WriteHTML(page), page.Close())
		if err != nil {
			return fmt.Errorf("--html: %w", err)
		}
	}
	if c.JSON {
		return std.printJSON(r, "  ")
	}
	var words strings.Builder
	if err := r.WriteText(&words); err != nil {
		return err
	}
	return std.print(text.Visible(words.String())) // a server's close reasons are in it
}

// showBench draws the progress of a run.
func showBench(b bar, p bench.Progress) {
	counts := humanize.Comma(int64(p.PerSecond)) + " deliveries/s"
	if p.Phase == bench.Connecting {
		counts = fmt.Sprintf("%s of %s", humanize.Comma(int64(p.Done)), humanize.Comma(int64(p.Total)))
	}
	b.show(fmt.Sprint(p.Phase), counts, p.Done/p.Total)
}
