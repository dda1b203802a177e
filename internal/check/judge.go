package check

import (
	"fmt"
	"math"
	"time"
)

// top is the highest seq that any client was shown.
func (l *ledger) top() (seq uint64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.views {
		seq = max(seq, l.views[i].high)
	}
	return seq
}

// reached reports whether a client was given everything up to head; whole, whether
// without a hole that may still be filled.
func (l *ledger) reached(client int, head uint64) (there, whole bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := &l.views[client]
	return !v.joined || v.high >= head, len(v.holes) == 0
}

// waiting reports whether a hole is so new that it may still be filled.
func (l *ledger) waiting(client int, at time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := &l.views[client]
	return len(v.holes) > 0 && at-v.holeSince < grace
}

// stalled notes that a client, connected all the while, wasn't given the last
// events up to head.
func (l *ledger) stalled(client int, head uint64, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := &l.views[client]
	if rest := (span{v.high + 1, head}); rest.first <= rest.last && l.late <= grace {
		l.report.find(rest.width(), Late, client, rest.first, at, "client %d has waited in vain for %s, and resumes to get what is there", client, rest)
	}
}

// openLog begins to read the log, after the seq that it returns.
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

// logged notes an event of the log itself.
func (l *ledger) logged(s sighting, at time.Duration) {
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

// closeLog gives the verdict when the log is read up to head. first is the oldest
// event that is kept; shown is the highest that anyone had been shown before.
func (l *ledger) closeLog(first, head, shown uint64, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	log := &l.views[0]
	kept := span{max(first, log.base+1), head}
	missing := lacking(log, kept)
	l.judgeConfirmed(first, at)
	for _, s := range missing {
		l.lose(0, s, l.confirmedIn(s), at, "the log has no %s")
	}
	if beyond := (span{head + 1, shown}); beyond.first <= beyond.last {
		l.lose(0, beyond, l.confirmedIn(beyond), at, "%s was shown, and the log ends before it")
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
			l.lose(client, s, 0, at, fmt.Sprintf("client %d never got %%s, and no gap was named", client))
		}
		for _, g := range v.gaps {
			if s, ok := g.cut(kept); ok {
				l.lose(client, s, 0, at, fmt.Sprintf("client %d was told that %%s is no longer kept, and the log has it", client))
			}
		}
	}
}

// lacking is what a view lacks within bounds.
func lacking(v *view, bounds span) (lacks spans) {
	for _, s := range append(v.holes[:len(v.holes):len(v.holes)], span{v.high + 1, bounds.last}) {
		if s, ok := s.cut(bounds); ok {
			lacks = append(lacks, s)
		}
	}
	return lacks
}

// judgeConfirmed judges the messages whose senders were shown their seq.
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
				l.report.find(1, Lost, client, m.told, at, "%v was confirmed to client %d as event %d, and the log has %s", n, client, m.told, there)
			}
		}
	}
}

// confirmedIn counts the confirmed messages that the log doesn't have in s, where they
// were told to be: they have been found out by themselves.
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

// lose finds the events of s lost, less so many that have been found already.
func (l *ledger) lose(client int, s span, less uint64, at time.Duration, format string) {
	if s.width() <= less {
		return
	}
	what := s.String()
	if n, ok := l.names[s.first]; ok && s.width() == 1 {
		what += " (" + n.String() + ")"
	}
	l.report.find(s.width()-less, Lost, client, s.first, at, format, what)
}
