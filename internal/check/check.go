// Package check finds out whether a running Snug server keeps its promises. Some
// clients in one room send messages with checksums, cut their own connections at
// random, come back and send again what they don't know to be kept. They do it on
// a small v1 client of their own, which mends nothing: what is on the wire counts.
// At the end the whole log is read back and compared with all that anyone was
// shown or told.
//
// A message is confirmed when its sender was shown its seq, by its own event or by
// an ack. What is found is of these kinds:
//
//   - [Lost]: a confirmed message that the log doesn't have under that seq; an
//     event that a client never got, though it had joined before and came back
//     with since, and that no gap named; one named by a gap that the log has; one
//     that was shown and that the log doesn't have; a seq that the log leaves out.
//   - [Doubled]: an event, or another one with its seq, that a client was given
//     again although it had asked for what comes after it; one message that is
//     there under two seqs.
//   - [Reordered]: an event that a client was given after one with a higher seq; a
//     seq at which two clients, or a client and the log, have different events.
//   - [Damaged]: a message whose content isn't what was sent, a frame that can't be
//     read.
//   - [Late]: an event that reached a client, connected and up to date, more than
//     [Options.Late] after it was sent. What comes in a replay isn't late; what
//     didn't come until the client resumed at the end is.
//
// All but Late are faults. A hole that is filled later is a reordering and no
// loss; so it is decided at the end what is lost, when every client is connected
// and has caught up. What everyone can see alike is counted once, what concerns
// one client's view once for each.
//
// The server may go and come back meanwhile, and may refuse what it likes for a
// while. If its log is begun anew (another epoch), all that was confirmed before
// is lost. Other people may talk in the room: their events count for order and
// completeness, their contents don't.
//
// A check holds about 70 bytes in memory for each message, and a bit for each
// message and client.
package check

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"hash/maphash"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// run is one check under way.
type run struct {
	options Options
	dialers []*dialer
	turn    atomic.Uint64 // counts connections, which use the dialers in turn
	stamps  stamps
	ledger  *ledger
	start   time.Time
	clients []*client

	interrupted context.Context // the caller's
	quiet       atomic.Bool     // nobody sends anything new any more
}

// auditor is the client that reads the log, and no more.
const auditor = 0

const (
	grace       = 2 * time.Second  // for what is on its way
	hurried     = 10 * time.Second // how patient an interrupted check is
	askEvery    = 20 * time.Millisecond
	reportEvery = 200 * time.Millisecond
)

// Run does a check, and returns what it has found when that is decided. When ctx
// ends, the clients stop talking, and the verdict is on what was until then; it may
// take half a minute more. An error says why there is no verdict: the server isn't there,
// doesn't want us, or was away for longer than [Options.Patience]; the Report is
// then what had been found before. Run waits for its goroutines, two for each
// client.
func Run(ctx context.Context, o Options) (Report, error) {
	if err := o.check(); err != nil {
		return Report{}, err
	}
	if o.Room == "" {
		o.Room = newRoom()
	}
	var dialers []*dialer
	for _, server := range append([]string{o.Server}, o.Nodes...) {
		d, err := newDialer(server, o.Room)
		if err != nil {
			return Report{}, err
		}
		dialers = append(dialers, d)
	}
	r := &run{
		options:     o,
		dialers:     dialers,
		stamps:      stamps{strings.ToLower(rand.Text()[:10]), maphash.MakeSeed()},
		ledger:      newLedger(o.Clients, o.Late),
		start:       time.Now(),
		interrupted: ctx,
	}
	r.ledger.report.Room = o.Room
	err := r.probe(ctx)
	if err == nil {
		err = r.check(context.WithoutCancel(ctx))
	}
	report, refusal := r.ledger.snapshot()
	report.Took = r.now()
	if err == nil && report.Confirmed == 0 {
		err = errors.New("no message was confirmed, so there is nothing to judge")
		if refusal != nil {
			err = fmt.Errorf("%w: the server says %w", err, refusal)
		}
	}
	return report, err
}

func (r *run) now() time.Duration { return time.Since(r.start) }

// finishing reports whether it is time to send nothing new and to cut nothing.
func (r *run) finishing() bool { return r.quiet.Load() }

// patience is how long the server may be away.
func (r *run) patience() time.Duration {
	if r.interrupted.Err() != nil {
		return min(r.options.Patience, hurried)
	}
	return r.options.Patience
}

// probe sees whether there is a server to check. One that isn't there at the very
// beginning isn't waited for; one that asks to wait is.
func (r *run) probe(ctx context.Context) error {
	for {
		s, err := r.connect(ctx, auditor, r.nick(auditor), "")
		var no *refused
		switch {
		case err == nil:
			s.leave(errDone)
			if most := s.Limits.ContentChars; most < stampChars {
				return fmt.Errorf("the server takes messages of %d characters: a check needs %d", most, stampChars)
			}
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("interrupted before it began: %w", err)
		case !errors.As(err, &no) || no.final || r.now()+no.retry > r.patience():
			return err
		}
		sleep(ctx, pause(err, 0))
	}
}

// check lets the clients talk, and judges.
func (r *run) check(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel(errDone)
	for number := range r.options.Clients {
		c := &client{run: r, number: number + 1, wake: make(chan struct{}, 1)}
		r.clients = append(r.clients, c)
		running.Go(func() {
			sleep(ctx, time.Duration(number)*askEvery) // not all at once
			if err := c.live(ctx); err != nil {
				cancel(err)
			}
		})
	}
	r.wait(ctx, r.options.Duration, func() bool { return r.interrupted.Err() != nil })
	r.quiet.Store(true)
	r.wait(ctx, r.patience(), func() bool { return r.every((*client).settled) })
	if err := r.audit(ctx); err != nil {
		if ctx.Err() != nil { // a client has failed, which is why
			err = context.Cause(ctx)
		}
		return err
	}
	return nil
}

// wait waits until something is so, for at most so long.
func (r *run) wait(ctx context.Context, most time.Duration, so func() bool) {
	end := r.now() + most
	for next := time.Duration(0); ctx.Err() == nil && r.now() < end && !so(); sleep(ctx, min(askEvery, end-r.now())) {
		if now := r.now(); r.options.Progress != nil && now >= next {
			next = now + reportEvery
			report, _ := r.ledger.snapshot()
			report.Took = now
			r.options.Progress(report)
		}
	}
}

func (r *run) every(is func(*client) bool) bool {
	for _, c := range r.clients {
		if !is(c) {
			return false
		}
	}
	return true
}
