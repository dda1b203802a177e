// Package retention removes the entries of a journal that are no longer to be kept.
//
// A [Scheduler] prunes once a minute, by a [Rule]. It protects the log from a wrong clock and
// from a rule with a typing error: a pruning that would remove more than a tenth of all
// entries is announced in the log, and waits for an hour. Entries that merely grow old
// while the Scheduler runs don't wait.
//
// The caller owns the goroutine that runs Run. The other methods are safe for concurrent
// use.
package retention

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"snug/internal/journal"
)

const (
	// pruneEvery is the pause between two prunings.
	pruneEvery = time.Minute
	// holdFor is how long a large pruning waits after it was announced.
	holdFor = time.Hour
	// largeShare is the share of all entries, as its inverse, that makes a pruning large.
	largeShare = 10
	// jump is by how much the clock may differ from the elapsed time before it counts as a
	// jump. Corrections by NTP are smaller.
	jump = 5 * time.Minute
)

// Rule says what to keep. The zero value keeps everything.
type Rule struct {
	Age  time.Duration // keeps entries of this age and younger; 0 keeps any age
	Last uint64        // keeps this many of a room's newest entries; 0 keeps any number
}

// At returns what the rule keeps at a time.
func (r Rule) At(now time.Time) journal.Retention {
	keep := journal.Retention{Last: r.Last}
	if r.Age > 0 {
		keep.Since = now.Add(-r.Age)
	}
	return keep
}

// Scheduler prunes a journal by a rule.
type Scheduler struct {
	pruner journal.Pruner
	rule   Rule
	log    *slog.Logger
	wall   func() time.Time // the system's clock, which may jump

	mu       sync.Mutex
	approved *moment // the last pruning that waited or was asked for, or the first one; nil before that
	held     *moment // the pruning that was announced and waits; nil if there is none

	// For Run.
	last   moment // the last tick
	future bool   // the log was told that the newest entry is from the future
}

// moment is a time by the system's clock, and by the monotonic clock, which doesn't jump.
type moment struct{ wall, elapsed time.Time }

// since returns how much time has passed since m by the system's clock, and by the
// monotonic one.
func (now moment) since(m moment) (wall, elapsed time.Duration) {
	return now.wall.Sub(m.wall), now.elapsed.Sub(m.elapsed)
}

// New returns a Scheduler for a journal.
func New(p journal.Pruner, rule Rule, log *slog.Logger) *Scheduler {
	return &Scheduler{pruner: p, rule: rule, log: log, wall: time.Now}
}

func (s *Scheduler) now() moment {
	return moment{wall: s.wall().Round(0), elapsed: time.Now()}
}

// Run prunes once a minute until ctx ends.
func (s *Scheduler) Run(ctx context.Context) {
	tick := time.NewTicker(pruneEvery)
	defer tick.Stop()
	s.last = s.now()
	for {
		s.tick(ctx)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// tick prunes, unless that has to wait.
func (s *Scheduler) tick(ctx context.Context) {
	now := s.now()
	jumped := s.noticeJump(now)
	may, err := s.mayPrune(ctx, now, jumped)
	n := 0
	if err == nil && may {
		n, err = s.pruner.Prune(ctx, s.rule.At(now.wall))
	}
	switch {
	case ctx.Err() != nil:
	case err != nil:
		s.log.Warn("the journal can't be pruned; will try again", "err", err)
	case n > 0:
		s.log.Debug("the journal was pruned", "entries", n)
	}
}

// noticeJump logs a jump of the system's clock since the last tick, and reports whether
// there was one.
func (s *Scheduler) noticeJump(now moment) bool {
	wall, elapsed := now.since(s.last)
	s.last = now
	by := wall - elapsed
	if by.Abs() < jump {
		return false
	}
	s.log.Warn("the system's clock has jumped; --keep removes entries by this clock: unless the machine was suspended, check the clock",
		"by", by.Round(time.Second).String(), "now", now.wall)
	return true
}

// mayPrune reports whether a pruning may be done now. If it is too large it is announced,
// and may be done after holdFor. A pruning that only follows an approved one isn't looked
// at.
func (s *Scheduler) mayPrune(ctx context.Context, now moment, jumped bool) (bool, error) {
	s.mu.Lock()
	held := s.held
	ordinary := s.approved != nil && s.follows(now, *s.approved)
	s.mu.Unlock()
	if ordinary && held == nil {
		return true, nil
	}
	if held != nil && !jumped && now.elapsed.Sub(held.elapsed) < holdFor {
		return false, nil
	}
	keep := s.rule.At(now.wall)
	p, err := s.pruner.Preview(ctx, keep)
	if err != nil {
		return false, err
	}
	s.checkFuture(p, now)
	large := p.Excess*largeShare > p.Total
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case !large:
		if held != nil {
			s.log.Info("the announced pruning is no longer large, and doesn't wait any more", "entries", p.Excess, "of", p.Total)
		}
		s.held = nil
		if s.approved == nil { // not later, or a clock that is too fast would never be noticed
			s.approved = &now
		}
		return true, nil
	case held != nil && s.held == nil: // the operator has pruned meanwhile
		return true, nil
	case held != nil && now.elapsed.Sub(held.elapsed) >= holdFor && s.follows(now, *held):
		s.approved, s.held = &now, nil
		s.log.Info("the announced pruning begins", "entries", p.Excess, "of", p.Total)
		return true, nil
	case held != nil && s.follows(now, *held):
		return false, nil
	}
	s.held = &now
	s.announce(p, keep, now)
	return false, nil
}

// follows reports whether a pruning at now removes, compared with one at an earlier moment,
// only entries that have grown old since: whether the system's clock has advanced by no
// more than the elapsed time.
func (s *Scheduler) follows(now, earlier moment) bool {
	wall, elapsed := now.since(earlier)
	return s.rule.Age == 0 || wall-elapsed < jump
}

// announce logs that a large pruning waits.
func (s *Scheduler) announce(p journal.Preview, keep journal.Retention, now moment) {
	args := []any{
		"entries", p.Excess, "of", p.Total,
		"at", now.wall.Add(holdFor), "clock", now.wall, "newest_entry", p.Newest,
	}
	if !keep.Since.IsZero() {
		args = append(args, "keep_since", keep.Since)
	}
	if keep.Last > 0 {
		args = append(args, "keep_last", keep.Last)
	}
	s.log.Warn("--keep would remove more than a tenth of the journal, and waits for an hour: check --keep and the system's clock, or stop the server; to remove the entries now, run snug admin prune", args...)
}

// checkFuture logs once that the newest entry is from the future.
func (s *Scheduler) checkFuture(p journal.Preview, now moment) {
	ahead := p.Newest.Sub(now.wall)
	if ahead < jump {
		s.future = false
		return
	}
	if !s.future {
		s.future = true
		s.log.Warn("the journal's newest entry is from the future: check the system's clock", "newest_entry", p.Newest, "clock", now.wall)
	}
}

// Now prunes at once, however large the pruning is, and returns how many entries it has
// removed. It is for an operator who asks for it.
func (s *Scheduler) Now(ctx context.Context) (int, error) {
	now := s.now()
	n, err := s.pruner.Prune(ctx, s.rule.At(now.wall))
	if err == nil {
		s.mu.Lock()
		s.approved, s.held = &now, nil
		s.mu.Unlock()
	}
	return n, err
}
