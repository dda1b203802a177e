// Package check tests whether a running Snug server keeps its promises. Several
// clients in one room send messages with checksums, cut their own connections at
// random, reconnect, and repeat messages that weren't confirmed. They use a small v1
// client of this package, which corrects no faults of the server. At the end the
// whole log is read, and compared with what each client received.
//
// A message is confirmed when its sender has received its seq, in the message's event
// or in an ack. There are these kinds of findings:
//
//   - [Lost]: a confirmed message that the log doesn't have at its seq; an event that
//     a client never received, although it had joined before and resumed, unless a gap
//     named it; an event that a gap named and the log has; an event that a client
//     received and the log doesn't have; a seq that the log skips.
//   - [Doubled]: an event that a client received again, or another event with the same
//     seq, although it had asked for later ones; a message that the log has at two
//     seqs.
//   - [Reordered]: an event that a client received after one with a higher seq; a seq
//     at which two clients, or a client and the log, have different events.
//   - [Damaged]: a message whose content has changed; a frame that can't be decoded.
//   - [Late]: an event that reached a client that was connected and up to date more
//     than [Options.Late] after it was sent. Events of a replay aren't late. An event
//     that a client receives only after it has resumed at the end is late.
//
// All kinds except Late are faults. An event that arrives late after a hole is
// reordered and not lost, so losses are only decided at the end, when all clients are
// connected and have caught up. A fault that all clients see is counted once; a fault
// of one client's connection is counted for each client.
//
// The server may stop and restart during a check, and may refuse commands for a while.
// If the room gets another log (another epoch), everything that was confirmed before
// is lost. If the room is closed, there is no verdict. What the room's settings or the
// server remove as too old is not lost. Other people may send messages in the room: the order and completeness of
// their events are checked, their contents aren't.
//
// A check needs about 70 bytes of memory for each message, and a bit for each message
// and client. It ends with an error when the room has 5,000,000 events.
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

// run is the state of one check.
type run struct {
	options Options
	dialers []*dialer
	turn    atomic.Uint64 // counts connections, which use the dialers in turn
	stamps  stamps
	ledger  *ledger
	start   time.Time
	clients []*client

	interrupted context.Context // the caller's
	quiet       atomic.Bool     // no client sends new messages any more
}

// auditor is the number of the client that only reads the log.
const auditor = 0

const (
	grace       = 2 * time.Second  // for events that are on their way
	hurried     = 10 * time.Second // the patience of an interrupted check
	pollEvery   = 20 * time.Millisecond
	reportEvery = 200 * time.Millisecond
)

// Run does a check, and returns its report. When ctx ends, the clients stop sending,
// and the report covers the time until then; that may take half a minute more. The
// error says why there is no verdict: the server doesn't answer, refuses the clients,
// or was down for longer than [Options.Patience]. The Report then has the findings so
// far. Run waits for its goroutines, two for each client.
func Run(ctx context.Context, o Options) (Report, error) {
	if err := o.check(); err != nil {
		return Report{}, err
	}
	if o.Room == "" {
		o.Room = newRoom()
	}
	var dialers []*dialer
	for _, server := range append([]string{o.Server}, o.Nodes...) {
		d, err := newDialer(server, o.Room, o.HTTP)
		if err != nil {
			return Report{}, err
		}
		defer d.http.CloseIdleConnections()
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
		err = errors.New("no message was confirmed, so there is nothing to check")
		if refusal != nil {
			err = fmt.Errorf("%w: the server refuses messages: %w", err, refusal)
		}
	}
	return report, err
}

func (r *run) now() time.Duration { return time.Since(r.start) }

// finishing reports whether clients send nothing new and cut no connections any more.
func (r *run) finishing() bool { return r.quiet.Load() }

// patience returns how long the server may be down.
func (r *run) patience() time.Duration {
	if r.interrupted.Err() != nil {
		return min(r.options.Patience, hurried)
	}
	return r.options.Patience
}

// probe tests whether there is a server to check. It doesn't wait for a server that
// doesn't answer, only for one that asks to wait.
func (r *run) probe(ctx context.Context) error {
	for {
		s, err := r.connect(ctx, auditor, r.nick(auditor), "")
		var no *refused
		switch {
		case err == nil:
			s.leave(errDone)
			if most := s.Limits.ContentChars; most < stampChars {
				return fmt.Errorf("the server accepts messages of %d characters: a check needs %d", most, stampChars)
			}
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("interrupted before the check began: %w", err)
		case !errors.As(err, &no) || no.final || r.now()+no.retry > r.patience():
			return err
		}
		sleep(ctx, pause(err, 0))
	}
}

// check runs the clients, and then reads the log.
func (r *run) check(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel(errDone)
	for number := range r.options.Clients {
		c := &client{run: r, number: number + 1, wake: make(chan struct{}, 1)}
		r.clients = append(r.clients, c)
		running.Go(func() {
			sleep(ctx, time.Duration(number)*pollEvery) // one after the other
			if err := c.stay(ctx); err != nil {
				cancel(err)
			}
		})
	}
	r.wait(ctx, r.options.Duration, func() bool { return r.interrupted.Err() != nil || r.ledger.isFull() })
	r.quiet.Store(true)
	r.wait(ctx, r.patience(), func() bool { return r.every((*client).settled) })
	if r.ledger.isFull() {
		return fmt.Errorf("the room has %d events or more: a check can't hold them", maxEvents)
	}
	if err := r.audit(ctx); err != nil {
		if ctx.Err() != nil { // because a client has failed
			err = context.Cause(ctx)
		}
		return err
	}
	return nil
}

// wait waits until done returns true, or for most. Meanwhile it reports progress.
func (r *run) wait(ctx context.Context, most time.Duration, done func() bool) {
	end := r.now() + most
	for next := time.Duration(0); ctx.Err() == nil && r.now() < end && !done(); sleep(ctx, min(pollEvery, end-r.now())) {
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
