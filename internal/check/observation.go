package check

import (
	"strconv"
	"time"
)

// observation is a log event as a client has received it.
type observation struct {
	seq    uint64
	name   name
	intact bool
}

// maxEvents bounds the events that the ledger holds, and so its memory: to some 500 MB.
const maxEvents = 5_000_000

// isFull reports whether the ledger holds no more events.
func (l *ledger) isFull() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.names) >= maxEvents
}

// gap records that a client has received a gap.
func (l *ledger) gap(client int, epoch string, g span, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if epoch == l.epoch && g.first <= g.last {
		l.views[client].gap(g, at)
	}
}

// observed records that a client has received an event. live is the time since which
// the client is up to date; it is negative if the event belongs to a replay.
func (l *ledger) observed(client int, epoch string, s observation, at, live time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if epoch != l.epoch || len(l.names) >= maxEvents {
		return // a connection from before isn't cut yet, or the check is about to end
	}
	l.report.Delivered++
	v := &l.views[client]
	if l.arrived(client, v, s, at) == again {
		return
	}
	l.compare(client, v, s, at)
	m := l.message(s.name)
	if m == nil || live < 0 {
		return
	}
	took := at - max(m.at, live)
	l.report.Slowest = max(l.report.Slowest, took)
	if took > l.late {
		l.report.add(1, Late, client, s.seq, at, "client %d received event %d (%v) %v after it was sent", client, s.seq, s.name, took.Round(time.Millisecond))
	}
}

// arrived checks the order in which a client receives events.
func (l *ledger) arrived(client int, v *view, s observation, at time.Duration) arrival {
	high := v.high
	how := v.receive(s.seq, at)
	switch how {
	case again:
		also := ""
		if before := l.names[s.seq]; before != s.name {
			l.repeated(Reordered, s.seq, s.name) // this finding covers it
			also = ", this time as " + s.name.String() + " after " + before.String()
		}
		l.report.add(1, Doubled, client, s.seq, at, "client %d received event %d again%s", client, s.seq, also)
	case overtaken:
		l.report.add(1, Reordered, client, s.seq, at, "client %d received event %d (%v) after event %d", client, s.seq, s.name, high)
	}
	return how
}

// compare compares an event with what others have received.
func (l *ledger) compare(client int, v *view, s observation, at time.Duration) {
	who := reader(client)
	if before, known := l.names[s.seq]; !known {
		l.names[s.seq] = s.name
	} else if before != s.name && !l.repeated(Reordered, s.seq, s.name) {
		l.report.add(1, Reordered, client, s.seq, at, "event %d is %v for %s and %v for others", s.seq, s.name, who, before)
	}
	if !s.intact && !l.repeated(Damaged, s.seq, s.name) {
		l.report.add(1, Damaged, client, s.seq, at, "event %d (%v) for %s is changed: its content doesn't match its checksum", s.seq, s.name, who)
	}
	m := l.message(s.name)
	if m == nil {
		return
	}
	if m.seen == 0 {
		m.seen = s.seq
	}
	if v.given(s.name) && !l.repeated(Doubled, s.seq, s.name) {
		l.report.add(1, Doubled, client, s.seq, at, "the log has %v twice, as event %d and as event %d", s.name, m.seen, s.seq)
	}
}

func reader(client int) string {
	if client == 0 {
		return "the log"
	}
	return "client " + strconv.Itoa(client)
}
