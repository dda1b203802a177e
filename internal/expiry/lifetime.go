package expiry

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"snug/internal/journal"
	"snug/internal/room/policy"
)

// lifetime is a room that has one. Its fields are guarded by Sweeper.mu, except state while
// working is set.
type lifetime struct {
	room    string
	index   int  // in the queue
	working bool // a goroutine works on it, and it isn't in the queue
	unread  bool // the settings may be others than those in state
	state

	retryAt time.Time     // nothing is done before; zero for no pause
	retry   time.Duration // the last pause
}

// state is what is known of a room.
type state struct {
	policy.Lifetime
	oldest  time.Time // of the events that are kept, or of one soon after it; zero if none are, or it isn't known
	pruneAt time.Time // when those that are too old were last removed
}

// due returns when something is to be done, by the log's clock.
func (l *lifetime) due() time.Time {
	var due time.Time
	earliest := func(at time.Time) {
		if !at.IsZero() && (due.IsZero() || at.Before(due)) {
			due = at
		}
	}
	if !l.unread {
		if l.Expires.IsZero() || l.Warned {
			earliest(l.Expires)
		} else {
			earliest(l.WarnAt())
		}
		earliest(l.pruneDue())
		if due.IsZero() {
			due = forever
		}
	}
	if l.retryAt.After(due) {
		return l.retryAt
	}
	return due
}

// forever is when something is due that isn't.
var forever = time.Unix(1<<40, 0)

// pruneDue returns when the oldest event is to be removed; zero for never. Events that come due
// soon after each other are removed together.
func (s *state) pruneDue() time.Time {
	if s.Keep == 0 || s.oldest.IsZero() {
		return time.Time{}
	}
	at := s.oldest.Add(s.Keep)
	if again := s.pruneAt.Add(min(max(s.Keep/60, time.Second), time.Minute)); at.Before(again) {
		return again
	}
	return at
}

// pause sets when the room is looked at again after an attempt that ended with err.
func (l *lifetime) pause(err error, now time.Time) {
	if err == nil {
		l.retry, l.retryAt = 0, time.Time{}
		return
	}
	l.retry = min(max(2*l.retry, minRetry), maxRetry)
	l.retryAt = now.Add(l.retry)
	l.unread = l.unread || refused(err)
}

// refused reports whether the journal has refused a draft: the settings are others by now, or
// it is too early by the log's clock.
func refused(err error) bool {
	return errors.Is(err, journal.ErrChanged) || errors.Is(err, journal.ErrRoomClosed)
}

// read returns the lifetime of a room by its state in the journal.
func (s *Sweeper) read(ctx context.Context, room string) (policy.Lifetime, error) {
	snapshot, feed, err := s.options.Journal.Follow(ctx, room)
	if err != nil {
		return policy.Lifetime{}, err
	}
	feed.Close()
	return policy.ReadLifetime(snapshot.State)
}

// end ends what is due in a room at now, and brings known up to date.
func (s *Sweeper) end(ctx context.Context, room string, known *state, now time.Time) error {
	switch {
	case known.Expires.IsZero():
	case !now.Before(known.Expires):
		d, err := known.Lifetime.Close(room, rand.Text(), s.options.From)
		if err == nil {
			_, err = journal.Commit(ctx, s.options.Journal, d)
		}
		if err == nil {
			*known = state{}
		}
		return err
	case !known.Warned && !now.Before(known.WarnAt()):
		d, err := known.Warn(room, rand.Text(), s.options.From)
		if err == nil {
			_, err = journal.Commit(ctx, s.options.Journal, d)
		}
		if err != nil {
			return err
		}
		known.Warned = true
	}
	if known.Keep == 0 {
		return nil
	}
	var err error
	if known.oldest, err = s.oldest(ctx, room); err != nil {
		return err
	}
	for more := !now.Before(known.pruneDue()) && !known.oldest.IsZero(); more; {
		o, err := journal.Commit(ctx, s.options.Journal, known.Prune(room))
		if err != nil {
			return err
		}
		known.pruneAt = now
		if known.oldest, err = s.oldest(ctx, room); err != nil {
			return err
		}
		more = o.More && ctx.Err() == nil
	}
	return nil
}

// oldest returns the time of the room's oldest event; zero if it has none.
func (s *Sweeper) oldest(ctx context.Context, room string) (time.Time, error) {
	page, err := s.options.Journal.ReadAfter(ctx, room, 0, 1)
	if err != nil || len(page) == 0 {
		return time.Time{}, err
	}
	return page[0].At, nil
}

// queue is a heap of rooms by when something is due in them. See [heap.Interface].
type queue []*lifetime

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].due().Before(q[j].due()) }

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *queue) Push(x any) {
	l, _ := x.(*lifetime) // nothing else is pushed
	l.index = len(*q)
	*q = append(*q, l)
}

func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return last
}
