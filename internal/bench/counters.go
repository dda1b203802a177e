package bench

import (
	"math"
	"runtime"
	"sync"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// Histograms record latencies in microseconds, from 1 µs to an hour, with three
// significant digits.
const (
	longestLatency = 3600 * 1_000_000
	latencyDigits  = 3
)

func newHistogram() *hdr.Histogram { return hdr.New(1, longestLatency, latencyDigits) }

// counterShard is one part of what the receivers count together, with the buffer to
// read into. A receiver locks one while it reads, so that idle connections need no
// buffer.
type counterShard struct {
	mu       sync.Mutex
	buf      []byte
	from, to int64 // the latency of messages due in this time is recorded
	counters
}

// counters count deliveries and record latencies.
type counters struct {
	deliveries, bytes int64
	latency           *hdr.Histogram // of deliveries
	lag               *hdr.Histogram // how late this program itself sent messages
}

func newCounters() counters { return counters{latency: newHistogram(), lag: newHistogram()} }

// add adds other to c.
func (c *counters) add(other *counters) {
	c.deliveries += other.deliveries
	c.bytes += other.bytes
	c.latency.Merge(other.latency) // all histograms have the same range: nothing is dropped
	c.lag.Merge(other.lag)
}

func (c *counters) reset() {
	c.deliveries, c.bytes = 0, 0
	c.latency.Reset()
	c.lag.Reset()
}

// countDelivery counts the delivery at now of a message that was due at due.
func (s *counterShard) countDelivery(due, now int64) {
	s.deliveries++
	if s.from <= due && due < s.to {
		record(s.latency, now-due)
	}
}

// countSent records that a message due at due could have been sent earlier, by lag.
func (s *counterShard) countSent(due, lag int64) {
	if s.from <= due && due < s.to {
		record(s.lag, lag)
	}
}

func record(h *hdr.Histogram, nanoseconds int64) {
	_ = h.RecordValue(min(max(nanoseconds/1000, 0), longestLatency)) // the value is in range
}

const readBytes = 64 << 10

// counterShards are one for each goroutine that can run at the same time, and a spare
// one for when the system has suspended a thread that has one locked.
type counterShards []*counterShard

func newCounterShards() (all counterShards) {
	for range runtime.GOMAXPROCS(0) + 1 {
		all = append(all, &counterShard{buf: make([]byte, readBytes), from: math.MaxInt64, counters: newCounters()})
	}
	return all
}

// lock locks a free shard and returns it. The caller unlocks it, and waits for nothing
// before that.
func (all counterShards) lock() *counterShard {
	for _, s := range all {
		if s.mu.TryLock() {
			return s
		}
	}
	all[0].mu.Lock()
	return all[0]
}

// measure makes all shards record the latency of messages that are due between from
// and to.
func (all counterShards) measure(from, to int64) {
	for _, s := range all {
		s.mu.Lock()
		s.from, s.to = from, to
		s.mu.Unlock()
	}
}

// collect moves all counts into sum.
func (all counterShards) collect(sum *counters) {
	for _, s := range all {
		s.mu.Lock()
		sum.add(&s.counters)
		s.reset()
		s.mu.Unlock()
	}
}
