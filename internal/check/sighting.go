package check

import (
	"strconv"
	"time"
)

// sighting is an event of the log as somebody was shown it.
type sighting struct {
	seq    uint64
	name   name
	intact bool
}

// gap notes that a client was told of events that are no longer kept.
func (l *ledger) gap(client int, epoch string, g span, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if epoch == l.epoch && g.first <= g.last {
		l.views[client].gap(g, at)
	}
}

// saw notes that a client was given an event. live is since when it has been up
// to date; negative if the event belongs to a replay.
func (l *ledger) saw(client int, epoch string, s sighting, at, live time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if epoch != l.epoch {
		return // of a connection that hasn't been cut yet
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
		l.report.find(1, Late, client, s.seq, at, "client %d was given event %d (%v) %v after it was sent", client, s.seq, s.name, took.Round(time.Millisecond))
	}
}

// arrived judges in which order a client is given events.
func (l *ledger) arrived(client int, v *view, s sighting, at time.Duration) arrival {
	high := v.high
	how := v.take(s.seq, at)
	switch how {
	case again:
		also := ""
		if before := l.names[s.seq]; before != s.name {
			l.repeated(Reordered, s.seq, s.name) // which this finding says
			also = ", this time as " + s.name.String() + " after " + before.String()
		}
		l.report.find(1, Doubled, client, s.seq, at, "client %d was given event %d again%s", client, s.seq, also)
	case overtaken:
		l.report.find(1, Reordered, client, s.seq, at, "client %d was given event %d (%v) after event %d", client, s.seq, s.name, high)
	}
	return how
}

// compare judges an event by what else is known of it and of its seq.
func (l *ledger) compare(client int, v *view, s sighting, at time.Duration) {
	who := reader(client)
	if before, known := l.names[s.seq]; !known {
		l.names[s.seq] = s.name
	} else if before != s.name && !l.repeated(Reordered, s.seq, s.name) {
		l.report.find(1, Reordered, client, s.seq, at, "event %d is %v for %s and %v for others", s.seq, s.name, who, before)
	}
	if !s.intact && !l.repeated(Damaged, s.seq, s.name) {
		l.report.find(1, Damaged, client, s.seq, at, "event %d (%v) reached %s changed: its content doesn't match its checksum", s.seq, s.name, who)
	}
	m := l.message(s.name)
	if m == nil {
		return
	}
	if m.seen == 0 {
		m.seen = s.seq
	}
	if v.given(s.name) && !l.repeated(Doubled, s.seq, s.name) {
		l.report.find(1, Doubled, client, s.seq, at, "%v is there twice, as event %d and as event %d", s.name, m.seen, s.seq)
	}
}

func reader(client int) string {
	if client == 0 {
		return "the log"
	}
	return "client " + strconv.Itoa(client)
}
