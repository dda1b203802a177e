package check

import (
	"slices"
	"sync"
	"time"
)

// ledger records what the clients have received, and finds what is wrong with it. All
// clients share one, so that it finds differences between them. Times count from the
// check's start and come from the caller. It is safe for concurrent use.
type ledger struct {
	late time.Duration // events that take longer are late

	mu      sync.Mutex
	report  Report
	refusal error           // the last one
	epoch   string          // of the present log; the fields below are about it
	names   map[uint64]name // which event is at a seq, as first received
	counted map[fault]bool  // faults that several clients may see
	views   []view          // by client; 0 is the log itself, read at the end
	sent    [][]message     // the check's messages, by client and number
}

// message is a message of the check.
type message struct {
	at    time.Duration // when it was sent, or repeated after a cut or a refusal
	told  uint64        // the seq that its sender has received; 0 for none
	seen  uint64        // the seq at which any client first received it; 0 for none
	found bool          // the log has it at the seq told
	over  bool          // it was refused, or confirmed in a former log
}

// fault is a fault that is counted once, even if several clients see it.
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

// begin starts with a log of which nothing is known.
func (l *ledger) begin(epoch string) {
	l.epoch = epoch
	l.names, l.counted = make(map[uint64]name), make(map[fault]bool)
	l.views = make([]view, len(l.sent))
}

// joined records that a client has joined.
func (l *ledger) joined(client int, epoch string, head uint64, at time.Duration) {
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

// begunAnew records that the room has another log, without what was confirmed before.
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
		l.report.add(lost, Lost, 0, 0, at, "the room's log was begun anew (epoch %s after %s): the %d messages that were confirmed before are gone", epoch, l.epoch, lost)
	}
	l.begin(epoch)
}

// position returns where a client resumes: after the highest seq that it has received.
// The server has to explain any hole before it.
func (l *ledger) position(client int) (epoch string, seq uint64, joined bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := &l.views[client]
	return l.epoch, v.high, v.joined
}

// compose adds a message of a client, which isn't sent yet.
func (l *ledger) compose(client int) name {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sent[client] = append(l.sent[client], message{})
	l.report.Sent++
	return own(client, uint64(len(l.sent[client])-1))
}

// wrote records that a message is sent, for the first time or again.
func (l *ledger) wrote(n name, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.message(n).at = at
}

// message returns a message of the check, or nil if there is none with that name.
func (l *ledger) message(n name) *message {
	if n.foreign() || n.client() >= len(l.sent) || n.number() >= uint64(len(l.sent[n.client()])) {
		return nil
	}
	return &l.sent[n.client()][n.number()]
}

// refused records that the server has refused a message.
func (l *ledger) refused(n name, why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := l.message(n); m != nil && m.told == 0 && !m.over {
		m.over = true
		l.report.Refused++
		l.refusal = why
	}
}

// repeat records that the server has recognized a repeat.
func (l *ledger) repeat() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.report.Repeats++
}

// ended records that a connection has ended.
func (l *ledger) ended(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if cut {
		l.report.Cuts++
	} else {
		l.report.Drops++
	}
}

// broken records that a client has received a frame that can't be decoded.
func (l *ledger) broken(client int, at time.Duration, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := &l.views[client]
	l.report.add(1, Damaged, client, v.high, at, "client %d was sent %v, after event %d", client, err, v.high)
}

// snapshot returns the report so far, and the last refusal of a message.
func (l *ledger) snapshot() (Report, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	report := l.report
	report.Findings = slices.Clone(report.Findings)
	return report, l.refusal
}

// confirmed records that the sender of a message has received its seq.
func (l *ledger) confirmed(epoch string, n name, seq uint64, at time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.message(n)
	switch {
	case m == nil || epoch != l.epoch:
	case m.told == 0:
		m.told = seq
		l.report.Confirmed++
	case m.told != seq && !l.repeated(Doubled, seq, n):
		l.report.add(1, Doubled, n.client(), seq, at, "client %d received event %d as the place of its %v, and before that event %d", n.client(), seq, n, m.told)
	}
}

// repeated reports whether a fault was counted before, and counts it.
func (l *ledger) repeated(k Kind, seq uint64, n name) bool {
	f := fault{k, seq, n}
	before := l.counted[f]
	l.counted[f] = true
	return before
}
