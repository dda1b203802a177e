package jetstream_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"snug/internal/journal"
)

// load is members who send one message after the other. Each sends a message to one node
// after the other until it is confirmed.
type load struct {
	mu      sync.RWMutex
	js      []*stored // nil where a node is down
	stop    chan struct{}
	members sync.WaitGroup
	sent    [6]atomic.Int64
}

func begin(t *testing.T, js []*stored) *load {
	l := &load{js: js, stop: make(chan struct{})}
	for m := range l.sent {
		l.members.Go(func() {
			for {
				select {
				case <-l.stop:
					return
				default:
				}
				d := message(rooms[m%len(rooms)], fmt.Sprint("m", m), fmt.Sprint(l.sent[m].Load()), fmt.Sprint("number ", l.sent[m].Load()))
				for try := m; ; try++ {
					l.mu.RLock()
					j := l.js[try%3]
					err := journal.ErrClosed
					if j != nil {
						_, err = put(j, d)
					}
					l.mu.RUnlock()
					if err == nil {
						break
					}
					if !errors.Is(err, journal.ErrUnavailable) && !errors.Is(err, journal.ErrClosed) {
						t.Errorf("append: %v", err)
					}
					time.Sleep(10 * time.Millisecond) // the pace of a client that retries
				}
				l.sent[m].Add(1)
			}
		})
	}
	return l
}

// set replaces the journal of a node. Nobody uses the old one afterwards.
func (l *load) set(i int, j *stored) (was *stored) {
	l.mu.Lock()
	defer l.mu.Unlock()
	was, l.js[i] = l.js[i], j
	return was
}

// more waits until every member has sent some more.
func (l *load) more(t *testing.T) {
	t.Helper()
	for m := range l.sent {
		until := l.sent[m].Load() + 10
		wait(t, "they send on", func() bool { return l.sent[m].Load() >= until })
	}
}

// end checks that every message is there once, in order.
func (l *load) end(t *testing.T) {
	t.Helper()
	close(l.stop)
	l.members.Wait()
	var js []journal.Journal
	for _, j := range l.js {
		js = append(js, j)
	}
	agree(t, rooms, js...)
	next := map[string]int{}
	for _, room := range rooms {
		for _, e := range read(t, js[0], room) {
			if want := fmt.Sprint(next[e.From.Member]); e.ID != want {
				t.Errorf("in %q %s sent %s, should be %s", room, e.From.Member, e.ID, want)
			}
			next[e.From.Member]++
		}
	}
	for m := range l.sent {
		if got := next[fmt.Sprint("m", m)]; got != int(l.sent[m].Load()) {
			t.Errorf("of %d messages of m%d %d are there", l.sent[m].Load(), m, got)
		}
	}
}
