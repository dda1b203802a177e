package bench

import (
	"context"
	"sync"
	"time"

	"snug/protocol"
)

// sender sends a member's messages. The pacer puts those that are due into its queue, or
// the member's receiver does when a message has come back. Only the sender's own
// goroutine writes, so only it waits for a server that doesn't read.
type sender struct {
	member    *member
	number    int
	message   message
	receivers int64 // members of the room that receive, including this one
	window    bool  // a message that comes back makes the next one due

	wake chan struct{} // one slot: something is due

	mu      sync.Mutex
	due     []int64 // the due times of the messages that aren't sent yet
	stopped bool
	sent    int64 // messages that were sent, or are being sent
	failed  int64 // of those, the ones that the server refused
}

func newSender(m *member, number int) *sender {
	m.scanner.sender = number
	return &sender{member: m, number: number, window: m.run.options.Rate == 0, wake: make(chan struct{}, 1)}
}

// put adds n messages to the queue. They are due at due, which may be in the future, but
// not before those already in the queue.
func (s *sender) put(due int64, n int) {
	s.mu.Lock()
	if !s.stopped {
		if last := len(s.due) - 1; last >= 0 {
			due = max(due, s.due[last])
		}
		for range n {
			s.due = append(s.due, due)
		}
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// stop accepts no more messages. Those that are due by a schedule are still sent; those
// of a window are dropped.
func (s *sender) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	if s.window {
		s.due = nil
	}
}

// returned is called when n of the sender's messages have come back, at now.
func (s *sender) returned(n int, now int64) {
	if s.window {
		s.put(now, n)
	}
}

// retryAfter is how long to wait before replacing a refused message, at least.
const retryAfter = 100 * time.Millisecond

func (s *sender) refused(e *protocol.Error, now int64) {
	s.mu.Lock()
	s.failed++
	if last := len(s.due) - 1; last >= 0 { // one after the other, or they would be refused again
		now = max(now, s.due[last])
	}
	s.mu.Unlock()
	if s.window {
		s.put(now+int64(max(e.RetryAfter, retryAfter)), 1)
	}
}

// next removes the messages that are due at now from the queue, as many as fit in batch,
// and counts them as sent. If there are none, wait is the time until the next one is due,
// or 0 if the queue is empty.
func (s *sender) next(now int64, batch []int64) (due []int64, wait time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for n < len(s.due) && n < cap(batch) && s.due[n] <= now {
		n++
	}
	if n == 0 && len(s.due) > 0 {
		return batch[:0], time.Duration(s.due[0] - now)
	}
	due = append(batch[:0], s.due[:n]...)
	if rest := s.due[n:]; len(rest) > n { // copying a long queue each time would be slow
		s.due = rest
	} else {
		s.due = s.due[:copy(s.due, rest)]
	}
	s.sent += int64(n)
	return due, 0
}

// maxBurst is how many bytes are written at a time, unless one message is longer.
const maxBurst = 32 << 10

// run sends until ctx ends or the connection does.
func (s *sender) run(ctx context.Context) {
	if s.window {
		s.put(s.member.run.clock.now(), s.member.run.options.Window)
	}
	free := int64(0) // since when the server has not kept the sender waiting
	id := uint64(0)
	batch := make([]int64, 0, max(1, maxBurst/len(s.message.frame)))
	burst := make([]byte, 0, cap(batch)*len(s.message.frame))
	for {
		now := s.member.run.clock.now()
		due, wait := s.next(now, batch)
		if len(due) == 0 {
			if !s.sleep(ctx, wait) {
				return
			}
			if wait > 0 { // after a refusal
				free = s.member.run.clock.now()
			}
			continue
		}
		burst = burst[:0]
		for _, at := range due {
			id++
			burst = s.message.append(burst, at, id)
		}
		s.countLag(due, now, free)
		if _, err := s.member.conn.Write(burst); err != nil {
			s.stop() // the receiver reports what is wrong
			return
		}
		free = s.member.run.clock.now()
	}
}

// sleep waits until something is due, or for the time wait if that isn't 0. It returns
// false if ctx ends first.
func (s *sender) sleep(ctx context.Context, wait time.Duration) bool {
	var later <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		later = timer.C
	}
	select {
	case <-s.wake:
	case <-later:
	case <-ctx.Done():
		return false
	}
	return true
}

// countLag records how late the messages are sent at now: they could have been sent when
// they were due, or at free, when the server had accepted the ones before.
func (s *sender) countLag(due []int64, now, free int64) {
	shard := s.member.run.shards.lock()
	defer shard.mu.Unlock()
	for _, at := range due {
		shard.countSent(at, now-max(at, free))
	}
}

// tally adds the sender's counts to t.
func (s *sender) tally(t *tally) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.sent += s.sent
	t.refused += s.failed
	t.unsent += int64(len(s.due))
	t.expected += (s.sent - s.failed) * s.receivers
}

// tally is the sum of all senders' counts.
type tally struct {
	sent     int64 // messages
	refused  int64 // of those, the ones that the server refused
	unsent   int64 // messages that were due and not sent
	expected int64 // deliveries of the messages that were sent
}

func (r *run) tally() (t tally) {
	for _, s := range r.senders {
		s.tally(&t)
	}
	return t
}
