package outbound

import (
	"sync"
	"time"
)

// Queue has its tasks done by a bounded number of goroutines, first come, first served. A task that
// has nothing to do, or waits to try again, has no goroutine. It is safe for concurrent use, and
// none of its methods blocks but End.
type Queue struct {
	most    int
	working sync.WaitGroup

	mu      sync.Mutex
	ready   []*Task
	workers int
	ended   bool
}

// NewQueue returns a queue with up to most goroutines at a time.
func NewQueue(most int) *Queue { return &Queue{most: most} }

// Task is something that is done in turns, one at a time.
type Task struct {
	queue *Queue
	turn  func() Outcome

	// Guarded by queue.mu.
	state   state
	again   bool // something came while it was running
	removed bool
	timer   *time.Timer
}

// state is what a task is doing.
type state int

const (
	idle    state = iota // there is nothing to do
	ready                // it is in Queue.ready
	running              // a worker has it
	waiting              // its last turn failed, and a timer runs
)

// Outcome is how a task's turn has ended.
type Outcome struct {
	More  bool          // there is more to do
	Retry time.Duration // when to try again what has failed; 0 if nothing has
	Look  time.Duration // when to look again though nothing has come; 0 for never
}

// NewTask returns a task that does nothing before Wake. turn is called by a goroutine of the queue.
func (q *Queue) NewTask(turn func() Outcome) *Task { return &Task{queue: q, turn: turn} }

// Wake has a worker call turn, if the task is idle or, once more, if it is running. A task that
// waits to try again keeps waiting.
func (t *Task) Wake() {
	t.queue.mu.Lock()
	defer t.queue.mu.Unlock()
	t.wake()
}

func (t *Task) wake() {
	switch {
	case t.queue.ended || t.removed || t.state == ready || t.state == waiting:
	case t.state == running:
		t.again = true
	default:
		t.stopTimer()
		t.queue.enqueue(t)
	}
}

// Remove ends the task: there are no further turns. One may be under way.
func (t *Task) Remove() {
	t.queue.mu.Lock()
	defer t.queue.mu.Unlock()
	t.removed = true
	t.stopTimer()
}

// Removed reports whether Remove was called.
func (t *Task) Removed() bool {
	t.queue.mu.Lock()
	defer t.queue.mu.Unlock()
	return t.removed
}

func (q *Queue) enqueue(t *Task) {
	t.state = ready
	q.ready = append(q.ready, t)
	if q.workers < q.most {
		q.workers++
		q.working.Go(q.work)
	}
}

// work is a worker's goroutine. It ends when no task has work to do.
func (q *Queue) work() {
	for {
		t := q.next()
		if t == nil {
			return
		}
		q.settle(t, t.turn())
	}
}

func (q *Queue) next() *Task {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.ready) > 0 && !q.ended {
		t := q.ready[0]
		q.ready[0] = nil
		if q.ready = q.ready[1:]; t.removed {
			continue
		}
		t.state, t.again = running, false
		return t
	}
	q.workers--
	return nil
}

// OthersWait reports whether a worker should let others have their turn.
func (q *Queue) OthersWait() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.ready) > 0
}

// settle decides what a task does after its turn.
func (q *Queue) settle(t *Task, o Outcome) {
	q.mu.Lock()
	defer q.mu.Unlock()
	t.state = idle
	switch {
	case q.ended || t.removed:
	case o.Retry > 0:
		t.state = waiting
		t.after(o.Retry)
	case o.More || t.again:
		q.enqueue(t)
	case o.Look > 0:
		t.after(o.Look)
	}
}

// after wakes the task in a while, also if it waits. The caller holds the queue's mu.
func (t *Task) after(d time.Duration) {
	t.stopTimer()
	var timer *time.Timer
	timer = time.AfterFunc(d, func() {
		t.queue.mu.Lock()
		defer t.queue.mu.Unlock()
		if t.timer != timer { // it was stopped too late
			return
		}
		t.timer = nil
		if t.state == waiting {
			t.state = idle
		}
		t.wake()
	})
	t.timer = timer
}

func (t *Task) stopTimer() {
	if t.timer != nil {
		t.timer.Stop()
		t.timer = nil
	}
}

// End begins no further turns, and waits for those that are under way.
func (q *Queue) End() {
	q.mu.Lock()
	q.ended = true
	q.mu.Unlock()
	q.working.Wait()
}
