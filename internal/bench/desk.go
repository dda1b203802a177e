package bench

import (
	"math"
	"runtime"
	"sync"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Latencies are kept in microseconds, from 1 µs to an hour, to three digits.
const (
	longestLatency = 3600 * 1_000_000
	latencyDigits  = 3
)

func newHistogram() *hdr.Histogram { return hdr.New(1, longestLatency, latencyDigits) }

// desk is what a receiver needs while it has something to read: a buffer, and the
// paper to note deliveries on. Idle connections have none. mu is held meanwhile.
type desk struct {
	mu       sync.Mutex
	buf      []byte
	from, to int64 // the latency of messages due in this time is recorded
	notes
}

// notes are what the desks are there for.
type notes struct {
	deliveries, bytes int64
	latency           *hdr.Histogram // of deliveries
	lag               *hdr.Histogram // how late messages were sent by the sender's own doing
}

func newNotes() notes { return notes{latency: newHistogram(), lag: newHistogram()} }

// add adds other to n.
func (n *notes) add(other *notes) {
	n.deliveries += other.deliveries
	n.bytes += other.bytes
	n.latency.Merge(other.latency) // all are of one shape: nothing is dropped
	n.lag.Merge(other.lag)
}

func (n *notes) reset() {
	n.deliveries, n.bytes = 0, 0
	n.latency.Reset()
	n.lag.Reset()
}

// note counts a delivery at now of a message that was due at due.
func (d *desk) note(due, now int64) {
	d.deliveries++
	if d.from <= due && due < d.to {
		record(d.latency, now-due)
	}
}

// noteSent notes that a message due at due was sent late, and that its sender could
// have sent it earlier, by lag.
func (d *desk) noteSent(due, lag int64) {
	if d.from <= due && due < d.to {
		record(d.lag, lag)
	}
}

func record(h *hdr.Histogram, nanoseconds int64) {
	_ = h.RecordValue(min(max(nanoseconds/1000, 0), longestLatency)) // it is within bounds
}

const readBytes = 64 << 10

// desks are as many as goroutines can run at once, and one to spare for who holds
// one while the system has taken its core away.
type desks []*desk

func (all *desks) open() {
	for range runtime.GOMAXPROCS(0) + 1 {
		*all = append(*all, &desk{buf: make([]byte, readBytes), from: math.MaxInt64, notes: newNotes()})
	}
}

// take takes a free desk; who has it unlocks it and doesn't wait for anything
// meanwhile.
func (all desks) take() *desk {
	for _, d := range all {
		if d.mu.TryLock() {
			return d
		}
	}
	all[0].mu.Lock()
	return all[0]
}

// measure has the latency of messages due in this time recorded.
func (all desks) measure(from, to int64) {
	for _, d := range all {
		d.mu.Lock()
		d.from, d.to = from, to
		d.mu.Unlock()
	}
}

// collect empties the desks into sum.
func (all desks) collect(sum *notes) {
	for _, d := range all {
		d.mu.Lock()
		sum.add(&d.notes)
		d.reset()
		d.mu.Unlock()
	}
}
