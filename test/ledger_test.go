package test

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
)

// ledger records what clients have seen and were promised, over all runs of a server on one
// journal. All clients share it, so it finds two that have seen different things.
type ledger struct {
	t *testing.T

	mu      sync.Mutex
	rooms   map[string]*page
	wrong   map[string]int // promises broken, by which
	acks    int            // repeats that were recognised
	refused int            // messages that were unavailable
}

// page is a room's part of the ledger.
type page struct {
	epoch     string
	bySeq     map[uint64]said
	byCommand map[command]uint64
	confirmed map[command]uint64
}

// said is a message as everyone must see it.
type said struct {
	command
	content, at string
}

// command is a message's name for all time.
type command struct{ member, id string }

func newLedger(t *testing.T) *ledger {
	return &ledger{t: t, rooms: make(map[string]*page), wrong: make(map[string]int)}
}

// broken tells of a broken promise, of the first few of a kind in full.
func (l *ledger) broken(promise, format string, args ...any) {
	l.wrong[promise]++
	if l.wrong[promise] <= 5 {
		l.t.Errorf("%s: %s", promise, fmt.Sprintf(format, args...))
	}
}

func (l *ledger) room(code string) *page {
	r := l.rooms[code]
	if r == nil {
		r = &page{bySeq: make(map[uint64]said), byCommand: make(map[command]uint64), confirmed: make(map[command]uint64)}
		l.rooms[code] = r
	}
	return r
}

// opened notes the epoch of a room's log.
func (l *ledger) opened(code, epoch string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.room(code)
	if r.epoch != "" && r.epoch != epoch {
		l.broken("epoch changed", "room %s: %s, then %s", code, r.epoch, epoch)
	}
	r.epoch = epoch
}

// saw notes that somebody was shown a message.
func (l *ledger) saw(code string, e *event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.room(code)
	m := said{command{e.From.Member, e.ID}, e.Content, e.At}
	if before, ok := r.bySeq[e.Seq]; ok && before != m {
		l.broken("seq reused", "room %s, seq %d: %v, then %v", code, e.Seq, before, m)
		return
	}
	if before, ok := r.byCommand[m.command]; ok && before != e.Seq {
		l.broken("doubled", "room %s: %v is %d and %d", code, m.command, before, e.Seq)
		return
	}
	r.bySeq[e.Seq], r.byCommand[m.command] = m, e.Seq
}

// confirm notes that a sender was shown its message's seq.
func (l *ledger) confirm(code string, c command, seq uint64, byAck bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.room(code)
	if byAck {
		l.acks++
	}
	if before, ok := r.byCommand[c]; ok && before != seq {
		l.broken("doubled", "room %s: %v is %d, and %d by its ack", code, c, before, seq)
	}
	r.confirmed[c] = seq
}

// unavailable notes that a message was refused, its outcome unknown.
func (l *ledger) unavailable() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.refused++
}

// refusals are how many messages were unavailable.
func (l *ledger) refusals() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.refused
}

// head is the last seq of a room that anyone was shown, or had confirmed.
func (l *ledger) head(code string) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	var head uint64
	for seq := range l.room(code).bySeq {
		head = max(head, seq)
	}
	for _, seq := range l.room(code).confirmed {
		head = max(head, seq)
	}
	return head
}

// holds checks that a room's whole log keeps every promise about the events up to shown, which
// were there before it was read.
func (l *ledger) holds(code string, log []event, shown uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	r := l.room(code)
	byCommand := make(map[command]uint64, len(log))
	for i := range log {
		e := &log[i]
		if e.Seq != uint64(i+1) {
			l.broken("not contiguous", "room %s: event %d has seq %d", code, i+1, e.Seq)
			return
		}
		c := command{e.From.Member, e.ID}
		if first, ok := byCommand[c]; ok {
			l.broken("doubled", "room %s: %v is %d and %d", code, c, first, e.Seq)
		}
		byCommand[c] = e.Seq
	}
	for seq, m := range r.bySeq {
		if seq > max(shown, uint64(len(log))) {
			continue
		}
		if seq > uint64(len(log)) {
			l.broken("lost", "room %s: %d was shown, and the log ends at %d", code, seq, len(log))
			continue
		}
		e := &log[seq-1]
		if now := (said{command{e.From.Member, e.ID}, e.Content, e.At}); now != m {
			l.broken("seq reused", "room %s, seq %d: shown as %v, now %v", code, seq, m, now)
		}
	}
	for c, seq := range r.confirmed {
		if byCommand[c] != seq && seq <= max(shown, uint64(len(log))) {
			l.broken("lost", "room %s: %v was confirmed as %d and is %d", code, c, seq, byCommand[c])
		}
	}
}

// codes are the rooms.
func (l *ledger) codes() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Sorted(maps.Keys(l.rooms))
}

// figures are how many messages were confirmed, and how many repeats were
// recognised.
func (l *ledger) figures() (confirmed, acks int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.rooms {
		confirmed += len(r.confirmed)
	}
	return confirmed, l.acks
}

// count is how many messages were confirmed.
func (l *ledger) count() int {
	confirmed, _ := l.figures()
	return confirmed
}

// verdict is the ledger in a line.
func (l *ledger) verdict() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return fmt.Sprintf("lost %d, doubled %d, seq reused %d, gaps %d, epochs changed %d",
		l.wrong["lost"], l.wrong["doubled"], l.wrong["seq reused"], l.wrong["not contiguous"], l.wrong["epoch changed"])
}
