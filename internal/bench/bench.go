// Package bench loads a chat server as its users would and measures what comes of
// it: rooms with members, some of whom send, and the time from when a message was
// due to when each member of its room has it.
//
// Each connection has a goroutine that receives (receive.go), and each sender one
// that sends (sender.go). A pacer (pace.go) says when, and Run itself collects
// (collect.go) what the receivers have noted on their desks (desk.go). [Run] starts
// them all and waits for them all.
//
// It must not be what is measured. Frames are told apart where they were read into,
// without decoding; what was noted, how late the senders were and how much of its
// cores the program used all go into the [Report], and it says so when they matter.
package bench

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// Phase is what a run is at.
type Phase string

// The phases of a run, in order.
const (
	Connecting Phase = "connecting"
	WarmingUp  Phase = "warming up"
	Measuring  Phase = "measuring"
	Draining   Phase = "draining" // what is under way still arrives
)

// Progress is how far a phase is: Done of Total, which are connections while
// connecting, seconds otherwise.
type Progress struct {
	Phase       Phase
	Done, Total float64
	PerSecond   float64 // deliveries of late
}

// run is a run's state.
type run struct {
	options Options
	doors   []*door // of all nodes
	clock   clock
	desks   desks
	faults  faults

	members   []*member
	senders   []*sender
	ending    chan struct{}
	receiving sync.WaitGroup
	sending   sync.WaitGroup
}

// Run connects, warms up, measures and drains; it blocks for as long as that takes.
// When ctx ends it stops measuring and reports what there is, or returns an error if
// there is nothing yet. One server that can't be reached, or that refuses the first
// connection, is an error too; later failures are counted in the Report.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	var doors []*door
	for _, server := range append([]string{o.Server}, o.Nodes...) {
		d, err := newDoor(&o, server)
		if err != nil {
			return nil, err
		}
		doors = append(doors, d)
	}
	r := &run{options: o, doors: doors, clock: startClock(), ending: make(chan struct{})}
	r.desks.open()
	defer r.hangUp()

	connecting := r.clock.now()
	if err := r.connect(ctx); err != nil {
		return nil, err
	}
	r.gather(ctx)
	report := newReport(&r.options)
	report.Connections.Seconds = seconds(r.clock.now() - connecting)
	if err := r.load(ctx, report); err != nil {
		return nil, err
	}
	return report, nil
}

// load has the senders send, and measures.
func (r *run) load(ctx context.Context, report *Report) error {
	working, stop := context.WithCancel(context.Background())
	defer r.sending.Wait()
	defer func() {
		stop()
		for _, s := range r.senders { // a server may not read
			_ = s.member.conn.SetWriteDeadline(time.Unix(1, 0))
		}
	}()
	begin := r.clock.now()
	began := begin + int64(r.options.Warmup)
	end := began + int64(r.options.Duration)
	r.desks.measure(began, end)
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
	for _, s := range r.senders { // what is due is still sent
		s.stop()
	}
	c.drain(ctx)
	c.fill()
	return nil
}

// startPacing starts the pacer, if there is to be one. stop waits until all that its
// schedule has is due, or ends it early.
func (r *run) startPacing(begin, end int64) (stop func(early bool), err error) {
	if r.options.Rate == 0 {
		return func(bool) {}, nil
	}
	alarm, err := newAlarm()
	if err != nil {
		return nil, fmt.Errorf("make a timer: %w", err)
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

// hangUp ends all connections, and waits for their goroutines.
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

// isEnding says whether an end of a connection is the run's own doing.
func (r *run) isEnding() bool {
	select {
	case <-r.ending:
		return true
	default:
		return false
	}
}

// clock counts nanoseconds from the start of a run.
type clock struct{ start time.Time }

func startClock() clock { return clock{time.Now()} }

func (c clock) now() int64 { return int64(time.Since(c.start)) }

func seconds(nanoseconds int64) float64 { return float64(nanoseconds) / 1e9 }
