package check

import (
	"fmt"
	"math"
	"time"
)

// top returns the highest seq that any client has received.
func (l *ledger) top() (seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.views {
		seq = max(seq, l.views[i].high)
	}
	return seq
}

// reached reports whether a client has received the events up to head, and whether its
// view is whole, that is, without a hole that may still be filled.
func (l *ledger) reached(client int, head uint64) (there, whole bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := &l.views[client]
	return !v.joined || v.high >= head, len(v.holes) == 0
}

// waiting reports whether a client has a hole so new that it may still be filled.
func (l *ledger) waiting(client int, at time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := &l.views[client]
	return len(v.holes) > 0 && at-v.holeSince < grace
}

// stalled records that a client didn't receive the last events up to head, although it
// was connected.
func (l *ledger) stalled(client int, head uint64, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := &l.views[client]
	if rest := (span{v.high + 1, head}); rest.first <= rest.last && l.late <= grace {
		l.report.add(rest.width(), Late, client, rest.first, at, "client %d has waited in vain for %s, and resumes to receive the rest", client, rest)
	}
}

// openLog starts reading the log. It returns the seq after which to read.
func (l *ledger) openLog() (after uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	after = math.MaxUint64
	for i := range l.views[1:] {
		if v := &l.views[i+1]; v.joined {
			after = min(after, v.base)
		}
	}
	if after == math.MaxUint64 {
		after = 0
	}
	l.views[0] = view{joined: true, base: after, high: after}
	return after
}

// logged records an event that was read from the log.
func (l *ledger) logged(s observation, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.arrived(0, &l.views[0], s, at) == again {
		return
	}
	l.compare(0, &l.views[0], s, at)
	if m := l.message(s.name); m != nil && m.told == s.seq {
		m.found = true
	}
}

// closeLog adds the findings when the log is read up to head. first is the oldest event
// that is kept; shown is the highest that any client had received before.
func (l *ledger) closeLog(first, head, shown uint64, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	log := &l.views[0]
	kept := span{max(first, log.base+1), head}
	missing := lacking(log, kept)
	l.judgeConfirmed(first, at)
	for _, s := range missing {
		l.addLost(0, s, l.confirmedIn(s), at, "the log has no %s")
	}
	if beyond := (span{head + 1, shown}); beyond.first <= beyond.last {
		l.addLost(0, beyond, l.confirmedIn(beyond), at, "a client received %s, and the log ends before it")
	}
	for i := range l.views[1:] {
		client, v := i+1, &l.views[i+1]
		if !v.joined {
			continue
		}
		lacks := lacking(v, span{v.base + 1, head})
		for _, s := range missing {
			lacks, _ = lacks.without(s)
		}
		for _, s := range lacks {
			l.addLost(client, s, 0, at, fmt.Sprintf("client %d never got %%s, and no gap named it", client))
		}
		for _, g := range v.gaps {
			if s, ok := g.cut(kept); ok {
				l.addLost(client, s, 0, at, fmt.Sprintf("a gap told client %d that %%s is no longer kept, and the log has it", client))
			}
		}
	}
}

// lacking returns what a view lacks within bounds.
func lacking(v *view, bounds span) (lacks spans) {
	for _, s := range append(v.holes[:len(v.holes):len(v.holes)], span{v.high + 1, bounds.last}) {
		if s, ok := s.cut(bounds); ok {
			lacks = append(lacks, s)
		}
	}
	return lacks
}

// judgeConfirmed checks the messages whose senders have received their seq.
func (l *ledger) judgeConfirmed(first uint64, at time.Duration) {
	for client, all := range l.sent {
		for number := range all {
			m, n := &all[number], own(client, uint64(number))
			switch {
			case m.told == 0 && !m.over:
				l.report.Unsettled++
			case m.told == 0 || m.found:
			case m.told < first:
				l.report.Unkept++
			default:
				there := "no such event"
				if other, ok := l.names[m.told]; ok && other != n {
					there = other.String() + " there"
				}
				l.report.add(1, Lost, client, m.told, at, "%v was confirmed to client %d as event %d, and the log has %s", n, client, m.told, there)
			}
		}
	}
}

// confirmedIn counts the confirmed messages that the log should have in s and doesn't.
// Each of them has a finding already.
func (l *ledger) confirmedIn(s span) (count uint64) {
	for _, all := range l.sent {
		for i := range all {
			if m := &all[i]; !m.found && s.first <= m.told && m.told <= s.last {
				count++
			}
		}
	}
	return count
}

// addLost adds a finding that the events of s are lost, except for as many as have
// findings already.
func (l *ledger) addLost(client int, s span, less uint64, at time.Duration, format string) {
	if s.width() <= less {
		return
	}
	what := s.String()
	if n, ok := l.names[s.first]; ok && s.width() == 1 {
		what += " (" + n.String() + ")"
	}
	l.report.add(s.width()-less, Lost, client, s.first, at, format, what)
}
