package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"
	"time"

	"snug/internal/check"
)

type checkCmd struct {
	Code     string        `arg:"" optional:"" help:"The room's code. Without it, a new room that nobody else can know."`
	Nodes    []string      `placeholder:"URL" help:"The other nodes of a cluster: connections go to all of them by turns, so that clients move from node to node as they are cut."`
	Clients  int           `default:"5" placeholder:"N" help:"How many talk, 1 to 1000 (${default})."`
	Duration time.Duration `default:"30s" help:"How long they talk (${default}); the verdict takes some seconds more."`
	Rate     float64       `placeholder:"R" help:"Messages a second from each client, whatever the server's limit. Without it, 5, or less where the limit is near."`
	CutEvery time.Duration `default:"5s" help:"Cut each connection after this time, give or take half of it (${default}); 0 cuts none."`
	Late     time.Duration `default:"1s" help:"An event is late that takes longer than this (${default})."`
	Patience time.Duration `default:"1m" help:"Give up when the server is away for longer than this (${default})."`
	JSON     bool          `name:"json" help:"Print the result as one JSON object."`
}

// Help is shown by snug check --help.
func (checkCmd) Help() string {
	return `Clients in one room send messages with checksums, cut their own connections at random, come back, and send again what wasn't confirmed. Then the whole log is read, and compared with what each of them was shown and told:

  lost       confirmed and not in the log, or never given to a client that should have got it
  doubled    given to a client again, or in the log twice
  reordered  given out of order, or in another order than to others
  damaged    not as it was sent
  late       longer on its way than --late to a client that was connected; no fault

A server that is killed and started again meanwhile loses nothing: try it. They go by --nick, or check, each with a number. The exit status is 0 if there is no fault, 1 if there is, and 2 if the check couldn't be done. Ctrl-C ends it early, with a verdict on what was until then.

Examples:

  snug check
  snug check --server https://chat.example --clients 20 --duration 10m
  snug check --json | jq .lost
  snug check --rate 50 --cut-every 500ms`
}

// undecided is an error that isn't the server's fault: the check couldn't be done.
type undecided struct{ error }

func (undecided) ExitCode() int { return 2 }

func (e undecided) Unwrap() error { return e.error }

var errFaults = errors.New("the server has broken promises")

// Run checks.
func (c *checkCmd) Run(ctx context.Context, s *site, std *streams) error {
	// The first signal asks for the verdict; the next one ends the process.
	defer context.AfterFunc(ctx, func() { signal.Reset(os.Interrupt, syscall.SIGTERM) })()
	o := check.Options{
		Server: s.Server, Nodes: c.Nodes, Room: c.Code, Nick: cmp.Or(s.Nick, check.Defaults().Nick), Token: s.Token, Clients: c.Clients, Duration: c.Duration, Rate: c.Rate,
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
		err = errors.Join(err, printJSON(std.out, report))
	} else {
		err = errors.Join(err, printReport(std.out, report))
	}
	switch {
	case err != nil:
		return undecided{err}
	case report.Faults() > 0:
		return errFaults
	}
	return nil
}

// showProgress draws how far a check is.
func (c *checkCmd) showProgress(b bar, r *check.Report) {
	doing := "talking"
	if r.Took > c.Duration {
		doing = "judging"
	}
	counts := fmt.Sprintf("%d confirmed, %d cuts, %d faults, %d late", r.Confirmed, r.Cuts+r.Drops, r.Faults(), r.Counts[check.Late])
	b.show(doing, counts, r.Took.Seconds()/c.Duration.Seconds())
}

func printJSON(out io.Writer, r check.Report) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return enc.Encode(r)
}

// printReport writes what a person wants to know.
func printReport(out io.Writer, r check.Report) error {
	t := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	row := func(what string, n uint64, note string) {
		if note != "" {
			note = "\t" + note
		}
		_, _ = fmt.Fprintf(t, "  %s\t%d%s\n", what, n, note) // Flush tells of errors
	}
	_, _ = fmt.Fprintf(t, "room %s: %d clients, %v\n\n", r.Room, r.Clients, r.Took.Round(100*time.Millisecond))
	row("sent", r.Sent, "messages")
	row("confirmed", r.Confirmed, fmt.Sprintf("%d repeats were recognised", r.Repeats))
	row("delivered", r.Delivered, "events")
	row("cuts", r.Cuts, fmt.Sprintf("%d connections were lost otherwise", r.Drops))
	for _, rare := range []struct {
		what string
		n    uint64
		note string
	}{
		{"refused", r.Refused, "by the server"},
		{"unsettled", r.Unsettled, "of these nobody knows"},
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
