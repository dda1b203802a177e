// Package bench puts load on a chat server, as its users would, and measures how fast
// the server delivers messages: from the time at which a message is due to the time at
// which each member of its room has it.
//
// Each connection has a goroutine that receives (receive.go), and each sender has one
// that sends (sender.go). A pacer (pace.go) decides when messages are due, and Run's own
// goroutine collects (collect.go) what the receivers have counted in counter shards
// (counters.go). [Run] starts all goroutines and waits for them.
//
// The benchmark must not measure itself. It recognizes messages in the buffer that they
// were read into, without decoding them. The [Report] contains how late this program
// sent messages and how much of its cores it used, and warns if that affects the result.
package bench

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Phase is a part of a run.
type Phase string

// The phases of a run, in order.
const (
	Connecting Phase = "connecting"
	WarmingUp  Phase = "warming up"
	Measuring  Phase = "measuring"
	Draining   Phase = "draining" // messages that were sent still arrive
)

// Progress says how far a phase is: Done of Total. These are connections in the phase
// Connecting, and seconds in all others.
type Progress struct {
	Phase       Phase
	Done, Total float64
	PerSecond   float64 // recent deliveries
}

// run is the state of one benchmark.
type run struct {
	options Options
	dialers []*dialer // one for each node
	clock   clock
	shards  counterShards
	faults  faults

	members   []*member
	senders   []*sender
	ending    chan struct{}
	receiving sync.WaitGroup
	sending   sync.WaitGroup
}

// Run connects, warms up, measures and drains, and blocks until that is done. When ctx
// ends it stops measuring and returns the report so far, or an error if nothing was
// measured yet. It also returns an error if the first connection fails. Later failures
// are counted in the Report.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	var dialers []*dialer
	for _, server := range append([]string{o.Server}, o.Nodes...) {
		d, err := newDialer(&o, server)
		if err != nil {
			return nil, err
		}
		dialers = append(dialers, d)
	}
	r := &run{options: o, dialers: dialers, shards: newCounterShards(), clock: startClock(), ending: make(chan struct{})}
	defer r.hangUp()

	connecting := r.clock.now()
	if err := r.connect(ctx); err != nil {
		return nil, err
	}
	r.awaitPresence(ctx)
	report := newReport(&r.options)
	report.Connections.Seconds = seconds(r.clock.now() - connecting)
	if err := r.load(ctx, report); err != nil {
		return nil, err
	}
	return report, nil
}

// load makes the senders send, and measures.
func (r *run) load(ctx context.Context, report *Report) error {
	working, stop := context.WithCancel(context.Background())
	defer r.sending.Wait()
	defer func() {
		stop()
		for _, s := range r.senders { // which may be blocked by a server that doesn't read
			_ = s.member.conn.SetWriteDeadline(time.Unix(1, 0))
		}
	}()
	begin := r.clock.now()
	began := begin + int64(r.options.Warmup)
	end := began + int64(r.options.Duration)
	r.shards.measure(began, end)
	for _, s := range r.senders {
		r.sending.Go(func() { s.run(working) })
	}
	stopPacing, err := r.startPacing(begin, end)
	if err != nil {
		return err
	}

	c := newCollector(r, report)
	if !c.wait(ctx, WarmingUp, began) {
		stopPacing(true)
		return fmt.Errorf("warm up: %w", context.Cause(ctx))
	}
	before := cpuTime()
	c.begin()
	report.Interrupted = !c.wait(ctx, Measuring, end)
	report.Seconds = seconds(c.last - c.began)
	report.CPU.Cores = (cpuTime() - before).Seconds() / report.Seconds
	stopPacing(report.Interrupted)
	for _, s := range r.senders { // they still send what is due
		s.stop()
	}
	c.drain(ctx)
	c.fill()
	return nil
}

// startPacing starts the pacer if messages are sent at a rate. stop waits for the end of
// its schedule, or stops it early.
func (r *run) startPacing(begin, end int64) (stop func(early bool), err error) {
	if r.options.Rate == 0 {
		return func(bool) {}, nil
	}
	alarm, err := newAlarm()
	if err != nil {
		return nil, fmt.Errorf("create a timer: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var pacing sync.WaitGroup
	pacing.Go(func() { r.pace(ctx, alarm, begin, end) })
	return func(early bool) {
		if early {
			cancel()
		}
		pacing.Wait()
		cancel()
	}, nil
}

// hangUp closes all connections, and waits for their goroutines.
func (r *run) hangUp() {
	close(r.ending)
	until := time.Now().Add(time.Second)
	for _, m := range r.members {
		if m.conn != nil {
			m.hangUp(until)
		}
	}
	r.receiving.Wait()
}

// isEnding reports whether the run itself is closing its connections.
func (r *run) isEnding() bool {
	select {
	case <-r.ending:
		return true
	default:
		return false
	}
}

// clock counts nanoseconds since the start of a run.
type clock struct{ start time.Time }

func startClock() clock { return clock{time.Now()} }

func (c clock) now() int64 { return int64(time.Since(c.start)) }

func seconds(nanoseconds int64) float64 { return float64(nanoseconds) / 1e9 }
