package jetstream

import (
	"sync"
	"time"

	"snug/internal/journal"
)

// waiting is who waits for what was published, by its number. It is safe for
// concurrent use; each is told once, by whoever took it out.
type waiting struct {
	mu    sync.Mutex
	all   map[uint64]published
	order []uint64 // the numbers in all, ascending, and some that are no longer in it
	freed chan struct{}
}

type published struct {
	done journal.Done
	at   time.Time
}

func newWaiting() *waiting {
	return &waiting{all: make(map[uint64]published), freed: make(chan struct{}, 1)}
}

// add notes who waits. Numbers ascend.
func (w *waiting) add(number uint64, done journal.Done) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.all[number] = published{done, time.Now()}
	w.order = append(w.order, number)
}

// take takes one out, if it waits still.
func (w *waiting) take(number uint64) (p published, ok bool) {
	w.mu.Lock()
	p, ok = w.all[number]
	delete(w.all, number)
	w.mu.Unlock()
	if ok {
		w.free()
	}
	return p, ok
}

// free wakes who waits for there to be fewer.
func (w *waiting) free() {
	select {
	case w.freed <- struct{}{}:
	default: // one wake is enough
	}
}

// tell tells one the outcome, if it waits still, and reports how long it has.
func (w *waiting) tell(number uint64, o journal.Outcome, err error) (waited time.Duration, ok bool) {
	p, ok := w.take(number)
	if !ok {
		return 0, false
	}
	p.done(o, err)
	return time.Since(p.at), true
}

// expire tells those that were published before at that the outcome is unknown,
// and returns how many they were.
func (w *waiting) expire(at time.Time) (n int) {
	var gone []published
	w.mu.Lock()
	for len(w.order) > 0 {
		p, there := w.all[w.order[0]]
		if there && !p.at.Before(at) {
			break
		}
		if there {
			delete(w.all, w.order[0])
			gone = append(gone, p)
		}
		w.order = w.order[1:]
	}
	w.mu.Unlock()
	for _, p := range gone {
		p.done(journal.Outcome{}, journal.ErrUnavailable)
	}
	if len(gone) > 0 {
		w.free()
	}
	return len(gone)
}

func (w *waiting) len() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.all)
}
