package check

import (
	"slices"
	"sync"
	"time"
)

// ledger is what the clients have seen and were told, and what is wrong about it.
// All clients write to the same one, so that two who see different things are
// found out. It knows no clock: times are given to it, since the check's start.
type ledger struct {
	late time.Duration // what is late

	mu      sync.Mutex
	report  Report
	refusal error           // the last
	epoch   string          // of the log that what follows is about
	names   map[uint64]name // what is at a seq, as it was seen first
	counted map[fault]bool  // faults that others may see too
	views   []view          // by client; 0 is the reading of the log at the end
	sent    [][]message     // the check's own, by client and number
}

// message is one of the check's own.
type message struct {
	at    time.Duration // when it was sent, or sent anew after a cut or a refusal
	told  uint64        // the seq that its sender was shown; 0 if it wasn't
	seen  uint64        // the seq at which anyone saw it first; 0 if nobody did
	found bool          // the log has it where it was told
	over  bool          // it was refused, or confirmed in a log that is no more
}

// fault is one that is counted once, however many see it.
type fault struct {
	kind Kind
	seq  uint64
	name name
}

func newLedger(clients int, late time.Duration) *ledger {
	l := &ledger{late: late, sent: make([][]message, clients+1)}
	l.report.Clients = clients
	l.begin("")
	return l
}

// begin begins with a log of which nothing is known.
func (l *ledger) begin(epoch string) {
	l.epoch = epoch
	l.names, l.counted = make(map[uint64]name), make(map[fault]bool)
	l.views = make([]view, len(l.sent))
}

// enter notes that a client was welcomed.
func (l *ledger) enter(client int, epoch string, head uint64, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch l.epoch {
	case epoch:
	case "":
		l.begin(epoch)
	default:
		l.begunAnew(epoch, at)
	}
	if v := &l.views[client]; !v.joined {
		*v = view{joined: true, base: head, high: head}
	}
}

// begunAnew notes that the room has another log, which has nothing of what was
// confirmed before.
func (l *ledger) begunAnew(epoch string, at time.Duration) {
	var lost uint64
	for _, all := range l.sent {
		for i := range all {
			if all[i].told > 0 {
				lost++
			}
			all[i] = message{at: all[i].at, over: all[i].over || all[i].told > 0}
		}
	}
	l.report.Epochs++
	if lost > 0 {
		l.report.find(lost, Lost, 0, 0, at, "the room's log was begun anew (epoch %s after %s): nothing is left of the %d messages that were confirmed before", epoch, l.epoch, lost)
	}
	l.begin(epoch)
}

// position is where a client resumes: after the highest seq that it was given, so
// that a hole below is the server's to explain.
func (l *ledger) position(client int) (epoch string, seq uint64, joined bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := &l.views[client]
	return l.epoch, v.high, v.joined
}

// compose makes room for a client's next message.
func (l *ledger) compose(client int) name {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent[client] = append(l.sent[client], message{})
	l.report.Sent++
	return own(client, uint64(len(l.sent[client])-1))
}

// wrote notes that a message goes out, for the first time or anew.
func (l *ledger) wrote(n name, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.message(n).at = at
}

// message is an own message; nil if there is none of that name.
func (l *ledger) message(n name) *message {
	if n.foreign() || n.client() >= len(l.sent) || n.number() >= uint64(len(l.sent[n.client()])) {
		return nil
	}
	return &l.sent[n.client()][n.number()]
}

// refused notes that the server said no to a message.
func (l *ledger) refused(n name, why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.message(n); m != nil && m.told == 0 && !m.over {
		m.over = true
		l.report.Refused++
		l.refusal = why
	}
}

// repeat notes that the server has recognised a repeat.
func (l *ledger) repeat() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.report.Repeats++
}

// ended notes that a connection has ended.
func (l *ledger) ended(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if cut {
		l.report.Cuts++
	} else {
		l.report.Drops++
	}
}

// broken notes that a client was sent what nobody can read.
func (l *ledger) broken(client int, at time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := &l.views[client]
	l.report.find(1, Damaged, client, v.high, at, "client %d was sent %v, after event %d", client, err, v.high)
}

// snapshot is the report so far, and why a message was refused, if any was.
func (l *ledger) snapshot() (Report, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	report := l.report
	report.Findings = slices.Clone(report.Findings)
	return report, l.refusal
}

// told notes that the sender of a message was shown its seq.
func (l *ledger) told(epoch string, n name, seq uint64, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.message(n)
	switch {
	case m == nil || epoch != l.epoch:
	case m.told == 0:
		m.told = seq
		l.report.Confirmed++
	case m.told != seq && !l.repeated(Doubled, seq, n):
		l.report.find(1, Doubled, n.client(), seq, at, "client %d was told that its %v is event %d, and before that it is %d", n.client(), n, seq, m.told)
	}
}

// repeated reports whether a fault has been counted, and notes it.
func (l *ledger) repeated(k Kind, seq uint64, n name) bool {
	f := fault{k, seq, n}
	before := l.counted[f]
	l.counted[f] = true
	return before
}
