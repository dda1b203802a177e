package outbound

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A task that is woken while it runs has another turn, and never two at once.
func TestATaskMissesNoWake(t *testing.T) {
	q := NewQueue(4)
	var running, turns atomic.Int64
	var seen, said atomic.Int64
	task := q.NewTask(func() Outcome {
		if running.Add(1) != 1 {
			t.Error("a task has two turns at once")
		}
		turns.Add(1)
		seen.Store(said.Load())
		running.Add(-1)
		return Outcome{}
	})
	var wakers sync.WaitGroup
	for range 8 {
		wakers.Go(func() {
			for range 1000 {
				said.Add(1)
				task.Wake()
			}
		})
	}
	wakers.Wait()
	for until := time.Now().Add(patience); seen.Load() != 8000; time.Sleep(time.Millisecond) {
		if time.Now().After(until) {
			t.Fatalf("after %d turns, the task has seen %d of 8000", turns.Load(), seen.Load())
		}
	}
	q.End()
}

// Tasks that are busy leave the others the rest of the workers, and no more run than there are.
func TestWorkersAreBounded(t *testing.T) {
	q := NewQueue(3)
	var running atomic.Int64
	release, began := make(chan struct{}), make(chan struct{}, 10)
	var tasks []*Task
	for range 10 {
		tasks = append(tasks, q.NewTask(func() Outcome {
			if n := running.Add(1); n > 3 {
				t.Errorf("%d tasks run at once", n)
			}
			began <- struct{}{}
			<-release
			running.Add(-1)
			return Outcome{}
		}))
	}
	for _, task := range tasks {
		task.Wake()
	}
	for range 3 {
		<-began
	}
	if !q.OthersWait() {
		t.Error("nobody waits for a worker")
	}
	tasks[9].Remove()
	close(release)
	for range 6 {
		<-began
	}
	q.End()
	if len(began) != 0 {
		t.Error("a task that was removed has had a turn")
	}
}

// A task that has failed isn't hurried by news, and is tried again in time.
func TestAFailedTaskWaits(t *testing.T) {
	q := NewQueue(1)
	defer q.End()
	turns := make(chan int, 10)
	n := 0
	task := q.NewTask(func() Outcome {
		n++
		turns <- n
		switch n {
		case 1:
			return Outcome{Retry: time.Millisecond}
		case 2:
			return Outcome{Look: time.Millisecond}
		}
		return Outcome{}
	})
	task.Wake()
	for want := 1; want <= 3; want++ {
		select {
		case got := <-turns:
			if got != want {
				t.Errorf("turn %d, want %d", got, want)
			}
		case <-time.After(patience):
			t.Fatalf("no turn %d", want)
		}
	}
	patient := q.NewTask(func() Outcome { turns <- 0; return Outcome{Retry: time.Hour} })
	patient.Wake()
	<-turns
	other := q.NewTask(func() Outcome { turns <- 1; return Outcome{} })
	other.Wake()
	<-turns // the queue's one worker has settled the turn before
	patient.Wake()
	other.Wake()
	if got := <-turns; got != 1 {
		t.Error("a task that waits for an hour was hurried")
	}
}
