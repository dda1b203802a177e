package bench

import (
	"context"
	"sync"
	"time"

	"snug/protocol"
)

// sender sends a member's messages. What is due is put into its queue, by the pacer
// on a schedule or by the member's receiver when a message has come back; its own
// goroutine writes, and alone waits for a server that doesn't read.
type sender struct {
	member  *member
	number  int
	message message
	hearers int64 // members of the room, itself among them
	window  bool  // what comes back lets the next one go

	wake chan struct{} // one slot: there is something due

	mu      sync.Mutex
	due     []int64 // when the messages that wait to be sent were due
	stopped bool
	sent    int64 // in all, or being sent
	failed  int64 // of them, refused by the server
}

func newSender(m *member, number int) *sender {
	m.scanner.sender = number
	return &sender{member: m, number: number, window: m.run.options.Rate == 0, wake: make(chan struct{}, 1)}
}

// put has n messages sent that are due at due, which may be later, but not before
// what is in the queue.
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

// stop lets nothing more become due. What was on a schedule is still owed; what was
// only allowed is not.
func (s *sender) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stopped = true
	if s.window {
		s.due = nil
	}
}

// returned takes note that n messages of its own have come back at now.
func (s *sender) returned(n int, now int64) {
	if s.window {
		s.put(now, n)
	}
}

// retryAfter is when a refused message's place is used again, if the server doesn't
// say.
const retryAfter = 100 * time.Millisecond

func (s *sender) refused(e *protocol.Error, now int64) {
	s.mu.Lock()
	s.failed++
	if last := len(s.due) - 1; last >= 0 { // all at once would be refused again
		now = max(now, s.due[last])
	}
	s.mu.Unlock()
	if s.window {
		s.put(now+int64(max(e.RetryAfter, retryAfter)), 1)
	}
}

// next takes what is due by now, as much as fits in batch, and counts it as sent;
// if that is nothing, wait is how long it is until something is, or 0 if nothing
// waits.
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
	if rest := s.due[n:]; len(rest) > n { // moving a long queue each time would take ever longer
		s.due = rest
	} else {
		s.due = s.due[:copy(s.due, rest)]
	}
	s.sent += int64(n)
	return due, 0
}

// maxBurst is how many bytes are written at once, or one message.
const maxBurst = 32 << 10

// run sends until ctx ends or the connection does.
func (s *sender) run(ctx context.Context) {
	if s.window {
		s.put(s.member.run.clock.now(), s.member.run.options.Window)
	}
	free := int64(0) // since when nothing but its own pace has held it up
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
			if wait > 0 { // for the server's sake
				free = s.member.run.clock.now()
			}
			continue
		}
		burst = burst[:0]
		for _, at := range due {
			id++
			burst = s.message.append(burst, at, id)
		}
		s.noteLag(due, now, free)
		if _, err := s.member.conn.Write(burst); err != nil {
			s.stop() // its receiver says why
			return
		}
		free = s.member.run.clock.now()
	}
}

// sleep waits for something due, or for wait if that isn't 0. It reports whether
// there is to be sent more.
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

// noteLag notes how late messages are sent at now that could have been sent when
// they were due, or since the server has taken the ones before.
func (s *sender) noteLag(due []int64, now, free int64) {
	d := s.member.run.desks.take()
	defer d.mu.Unlock()
	for _, at := range due {
		d.noteSent(at, now-max(at, free))
	}
}

// tally adds up what the sender has done.
func (s *sender) tally(t *tally) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.sent += s.sent
	t.refused += s.failed
	t.unsent += int64(len(s.due))
	t.expected += (s.sent - s.failed) * s.hearers
}

// tally is what all senders have done.
type tally struct {
	sent     int64
	refused  int64 // of those, by the server
	unsent   int64 // due, and not sent
	expected int64 // deliveries that come of what was sent
}

func (r *run) tally() (t tally) {
	for _, s := range r.senders {
		s.tally(&t)
	}
	return t
}
