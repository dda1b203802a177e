package outgoing

import "time"

// state is what a cursor is doing. It is guarded by run.mu.
type state int

const (
	idle    state = iota // everything is delivered
	ready                // it is in run.ready
	running              // a worker has it
	waiting              // its last delivery failed, and a timer runs
)

// wake has a worker look at what there is for a cursor. It doesn't block. The caller holds
// r.mu.
func (r *run) wake(c *cursor) {
	switch {
	case r.ended || c.removed || c.state == ready || c.state == waiting:
	case c.state == running:
		c.again = true
	default:
		c.stopTimer()
		r.enqueue(c)
	}
}

func (r *run) enqueue(c *cursor) {
	c.state = ready
	r.ready = append(r.ready, c)
	if r.workers < r.options.Concurrent {
		r.workers++
		r.working.Go(r.work)
	}
}

// work is a worker's goroutine. It ends when no hook has work to do.
func (r *run) work() {
	for {
		c := r.next()
		if c == nil {
			return
		}
		r.settle(c, c.turn())
	}
}

func (r *run) next() *cursor {
	r.mu.Lock()
	defer r.mu.Unlock()
	for len(r.ready) > 0 && !r.ended {
		c := r.ready[0]
		r.ready[0] = nil
		if r.ready = r.ready[1:]; c.removed {
			continue
		}
		c.state, c.again = running, false
		return c
	}
	r.workers--
	return nil
}

// othersWait reports whether a worker should let others have their turn.
func (r *run) othersWait() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.ready) > 0
}

// outcome is how a cursor's turn has ended.
type outcome struct {
	more  bool          // there is more to do
	retry time.Duration // when to try again what has failed; 0 if nothing has
	look  time.Duration // when to look again though nothing has come; 0 for never
}

// settle decides what a cursor does after its turn.
func (r *run) settle(c *cursor, o outcome) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c.state = idle
	switch {
	case r.ended || c.removed:
	case o.retry > 0:
		c.state = waiting
		c.after(o.retry)
	case o.more || c.again:
		r.enqueue(c)
	case o.look > 0:
		c.after(o.look)
	}
}

// after wakes the cursor in a while, also if it waits. The caller holds run.mu.
func (c *cursor) after(d time.Duration) {
	c.stopTimer()
	var t *time.Timer
	t = time.AfterFunc(d, func() {
		c.run.mu.Lock()
		defer c.run.mu.Unlock()
		if c.timer != t { // it was stopped too late
			return
		}
		c.timer = nil
		if c.state == waiting {
			c.state = idle
		}
		c.run.wake(c)
	})
	c.timer = t
}

func (c *cursor) stopTimer() {
	if c.timer != nil {
		c.timer.Stop()
		c.timer = nil
	}
}
