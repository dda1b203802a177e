package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"

	"snug/client"
	"snug/internal/check"
	"snug/internal/text"
)

type checkCmd struct {
	via

	Room     string        `arg:"" name:"room" optional:"" help:"The room's code, or a link to the room. If absent, a new room with a random code."`
	Nodes    []string      `placeholder:"URL" help:"The other nodes of a cluster. Connections use all nodes in turn, so that clients change nodes when their connections are cut."`
	Clients  int           `default:"5" placeholder:"N" help:"How many clients send, 1 to 1000 (${default})."`
	Duration time.Duration `default:"30s" help:"How long they send (${default}); reading the log takes some seconds more."`
	Rate     float64       `placeholder:"R" help:"Messages a second of each client, whatever the server's limit. If absent, 5, or less if the server's limit requires it."`
	CutEvery time.Duration `default:"5s" help:"Cut each connection after this time, plus or minus half of it (${default}); 0 cuts none."`
	Late     time.Duration `default:"1s" help:"Events that take longer than this are late (${default})."`
	Patience time.Duration `default:"1m" help:"Give up when the server is down for longer than this (${default})."`
	JSON     bool          `name:"json" help:"Print the result as one JSON object."`
}

// Help is shown by snug check --help.
func (checkCmd) Help() string {
	return `Clients in one room send messages with checksums, cut their own connections at random, reconnect, and repeat messages that weren't confirmed. Then the command reads the whole log, and compares it with what each client received:

  lost       confirmed and not in the log, or not received by a client that should have received it
  doubled    received twice by a client, or twice in the log
  reordered  received out of order, or in different orders by different clients
  damaged    changed on the way
  late       took longer than --late to reach a connected client; not a fault

Try it while you kill and restart the server: nothing is lost. The clients' nicks are --nick, or check, each with a number. The exit status is 0 without faults, 1 with faults, and 2 if the check couldn't be done. Ctrl-C ends the check early, and reports on the time until then.

Examples:

  snug check
  snug check --server https://chat.example --clients 20 --duration 10m
  snug check --json | jq .lost
  snug check --rate 50 --cut-every 500ms
  snug check --transport http`
}

// undecided is the error of a check that couldn't be done.
type undecided struct{ error }

func (undecided) ExitCode() int { return exitUsage }

func (e undecided) Unwrap() error { return e.error }

var errFaults = errors.New("the server has broken promises")

// Run checks the server.
func (c *checkCmd) Run(ctx context.Context, s *site, std *streams) error {
	// The first signal ends the check early; the next one ends the process.
	defer context.AfterFunc(ctx, func() { signal.Reset(os.Interrupt, syscall.SIGTERM) })()
	code := ""
	if c.Room != "" {
		var err error
		if code, err = s.find(c.Room); err != nil {
			return undecided{err}
		}
	}
	o := check.Options{
		Server: s.Server, Nodes: c.Nodes, Room: code, Nick: cmp.Or(s.Nick, check.Defaults().Nick), Password: s.Password, Token: s.Token, HTTP: c.Transport == client.HTTP, Clients: c.Clients, Duration: c.Duration, Rate: c.Rate,
		CutEvery: c.CutEvery, Late: c.Late, Patience: c.Patience,
	}
	b := newBar(std.err)
	o.Progress = func(r check.Report) { c.showProgress(b, &r) }
	report, err := check.Run(ctx, o)
	b.clear()
	if err != nil && report.Faults() == 0 {
		return undecided{err}
	}
	if c.JSON {
		err = errors.Join(err, std.printJSON(report, ""))
	} else {
		var words strings.Builder
		err = errors.Join(err, writeReport(&words, report), std.print(text.Visible(words.String()))) // the server's errors are in it
	}
	switch {
	case err != nil:
		return undecided{err}
	case report.Faults() > 0:
		return errFaults
	}
	return nil
}

// showProgress draws the progress of a check.
func (c *checkCmd) showProgress(b bar, r *check.Report) {
	doing := "sending"
	if r.Took > c.Duration {
		doing = "reading the log"
	}
	counts := fmt.Sprintf("%d confirmed, %d cuts, %d faults, %d late", r.Confirmed, r.Cuts+r.Drops, r.Faults(), r.Counts[check.Late])
	b.show(doing, counts, r.Took.Seconds()/c.Duration.Seconds())
}

// writeReport writes the report as text for people.
func writeReport(out io.Writer, r check.Report) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(what string, n uint64, note string) {
		if note != "" {
			note = "\t" + note
		}
		_, _ = fmt.Fprintf(t, "  %s\t%d%s\n", what, n, note) // Flush returns the error
	}
	_, _ = fmt.Fprintf(t, "room %s: %d clients, %v\n\n", r.Room, r.Clients, r.Took.Round(100*time.Millisecond))
	row("sent", r.Sent, "messages")
	row("confirmed", r.Confirmed, fmt.Sprintf("%d repeats were recognized", r.Repeats))
	row("delivered", r.Delivered, "events")
	row("cuts", r.Cuts, fmt.Sprintf("%d connections were lost for other reasons", r.Drops))
	for _, rare := range []struct {
		what string
		n    uint64
		note string
	}{
		{"refused", r.Refused, "by the server"},
		{"unsettled", r.Unsettled, "without an answer"},
		{"unkept", r.Unkept, "confirmed, and no longer kept when the log was read"},
		{"new logs", r.Epochs, "the room's log was begun anew"},
	} {
		if rare.n > 0 {
			row(rare.what, rare.n, rare.note)
		}
	}
	_, _ = fmt.Fprintln(t)
	for kind, n := range r.Counts {
		note := ""
		if check.Kind(kind) == check.Late {
			note = fmt.Sprintf("the slowest took %v", r.Slowest.Round(time.Millisecond))
		}
		row(check.Kind(kind).String(), n, note)
	}
	for i, f := range r.Findings {
		if i == 0 {
			_, _ = fmt.Fprintln(t)
		}
		_, _ = fmt.Fprintf(t, "after %v, %v: %s\n", f.At.Round(100*time.Millisecond), f.Kind, f.Text)
	}
	for kind := range r.Counts {
		if n := r.Hidden(check.Kind(kind)); n > 0 {
			_, _ = fmt.Fprintf(t, "and %d more, %v\n", n, check.Kind(kind))
		}
	}
	return t.Flush()
}
