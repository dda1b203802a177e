package jetstream

import (
	"sync"
	"time"

	"snug/internal/journal"
)

// pending has the published drafts whose senders wait for an outcome, by number. The
// publisher adds them; whoever removes one reports its outcome, once. It is safe for
// concurrent use.
type pending struct {
	mu    sync.Mutex
	all   map[uint64]published
	order []uint64      // ascending numbers; some of them are no longer in all
	freed chan struct{} // receives a value when a draft was removed
}

type published struct {
	began func() // nil for none
	done  journal.Done
	at    time.Time
}

func newPending() *pending {
	return &pending{all: make(map[uint64]published), freed: make(chan struct{}, 1)}
}

// add adds a draft. Numbers must ascend.
func (p *pending) add(number uint64, began func(), done journal.Done) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all[number] = published{began, done, time.Now()}
	p.order = append(p.order, number)
}

// begin says that the commit of drafts begins. Those that aren't pending any more are left out.
func (p *pending) begin(numbers []uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, number := range numbers {
		if d := p.all[number]; d.began != nil {
			d.began()
		}
	}
}

// remove removes a draft, if it is still pending.
func (p *pending) remove(number uint64) (d published, ok bool) {
	p.mu.Lock()
	d, ok = p.all[number]
	delete(p.all, number)
	p.mu.Unlock()
	if ok {
		p.wakePublisher()
	}
	return d, ok
}

func (p *pending) wakePublisher() {
	select {
	case p.freed <- struct{}{}:
	default: // one wake is enough
	}
}

// finish reports a draft's outcome if it is still pending, and returns how long it was.
func (p *pending) finish(number uint64, o journal.Outcome, err error) (waited time.Duration, ok bool) {
	d, ok := p.remove(number)
	if !ok {
		return 0, false
	}
	d.done(o, err)
	return time.Since(d.at), true
}

// expire reports an unknown outcome for the drafts that were published before a time, and
// returns how many there were.
func (p *pending) expire(before time.Time) (n int) {
	var expired []published
	p.mu.Lock()
	for len(p.order) > 0 {
		d, ok := p.all[p.order[0]]
		if ok && !d.at.Before(before) {
			break
		}
		if ok {
			delete(p.all, p.order[0])
			expired = append(expired, d)
		}
		p.order = p.order[1:]
	}
	p.mu.Unlock()
	for _, d := range expired {
		d.done(journal.Outcome{}, journal.ErrUnavailable)
	}
	if len(expired) > 0 {
		p.wakePublisher()
	}
	return len(expired)
}

func (p *pending) len() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.all)
}
