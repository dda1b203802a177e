package sqlite

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"snug/internal/journal"
	"snug/internal/remnants"
)

// retryEvery is the pause between attempts to reopen a file after a failure, and
// between two attempts to empty the -wal of erased text.
const retryEvery = time.Second

// Committer commits drafts to a file, and passes the committed entries to the
// followers. It recovers by itself: after a failure it reopens the file (recover.go). It
// also overwrites what is left of erased text (scrub.go).
//
// It is for the one goroutine of an engine that commits. That goroutine calls Maintain
// after each commit, once the senders have their outcomes, and Retry when RetryTimer
// fires. Broken and Metrics are safe for concurrent use.
type Committer struct {
	File *File
	// RetryTimer fires when the caller should call Retry.
	RetryTimer *time.Timer
	// Dropped is called with files that were removed from the log by a commit, whose bytes
	// can be removed now; or with nil if, after a failure, it isn't known which. It must not
	// block. It may be nil.
	Dropped func(ids []string)
	// Recorded is called with each file that a commit has recorded, under the same terms.
	Recorded func(id string)

	log        *slog.Logger
	followers  *journal.Followers
	outage     journal.OutageLog
	durations  prometheus.Histogram
	broken     atomic.Bool // the file must be reopened before the next commit
	reopened   time.Time   // when the last attempt to reopen it began
	leftovers  bool        // closed rooms may have left rows
	swept      time.Time   // when the next of these may be removed
	unsure     []Placed    // drafts of state alone of a commit whose outcome is unknown
	retryAt    time.Time   // when RetryTimer fires
	unscrubbed bool        // erased text is still in the -wal
	scrubbed   time.Time   // when the last attempt to empty the -wal began
	remnants   remnants.Sweep
	overwrote  time.Time // when its next step may begin
}

// NewCommitter returns a Committer for an open file. The caller must call Close, which
// closes the file too.
func NewCommitter(f *File, followers *journal.Followers, log *slog.Logger) *Committer {
	c := &Committer{
		File: f, RetryTimer: time.NewTimer(retryEvery), log: log, followers: followers, durations: newCommitDurations(),
		leftovers: true, // of the time before
		outage:    journal.OutageLog{Log: log, Began: "the journal takes no messages", Over: "the journal takes messages again"},
	}
	c.remnants.Add() // of the time before
	return c
}

// Broken reports whether the file must be reopened before it accepts a commit.
func (c *Committer) Broken() bool { return c.broken.Load() }

// Commit makes drafts durable and passes the new entries to the followers. It blocks
// for the disk. The error wraps ErrUnavailable; the Committer logs the beginning and the
// end of an outage.
func (c *Committer) Commit(drafts []Placed) ([]Result, error) {
	if c.broken.Load() && !c.Recover() {
		return nil, journal.ErrUnavailable
	}
	// Without the caller's context: a sender that stops waiting must not cancel the
	// commit.
	began := time.Now()
	results, err := c.File.Commit(context.Background(), drafts)
	c.durations.Observe(time.Since(began).Seconds())
	if err != nil {
		c.noteUnsure(drafts)
		return nil, c.fail(err)
	}
	if c.outage.Succeed() {
		c.retryIn(retryEvery)
	}
	c.publish(drafts, results)
	c.reportDropped()
	return results, nil
}

// Prune makes cuts in a transaction of their own, for an engine in which cuts have no
// position. Blocking and errors are those of Commit.
func (c *Committer) Prune(cuts []Cut) error {
	if c.broken.Load() && !c.Recover() {
		return journal.ErrUnavailable
	}
	if err := c.File.Prune(context.Background(), cuts); err != nil {
		return c.fail(err)
	}
	c.publishCuts(cuts)
	c.reportDropped()
	c.noteErased()
	return nil
}

func (c *Committer) reportDropped() {
	if ids := c.File.takeDropped(); len(ids) > 0 && c.Dropped != nil {
		c.Dropped(ids)
	}
}

func (c *Committer) fail(err error) error {
	c.outage.Fail(err)
	c.broken.Store(true)
	return fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
}

// noteErased notes that a commit has erased text.
func (c *Committer) noteErased() {
	c.unscrubbed = true
	c.remnants.Add()
}

// publish passes committed entries to the followers. Consecutive entries of one room go
// together.
func (c *Committer) publish(drafts []Placed, results []Result) {
	run := make([]*journal.Entry, 0, len(results))
	for i, r := range results {
		room := drafts[i].Draft.Room
		if control := drafts[i].Control; control != nil {
			c.publishCuts(control.Cuts)
		}
		if r.Erased != 0 {
			c.noteErased()
		}
		c.leftovers = c.leftovers || r.Closed
		if rec := drafts[i].Draft.Record; rec != nil && r.Err == nil && c.Recorded != nil {
			c.Recorded(rec.ID)
		}
		if r.First != 0 {
			c.followers.SetFirst(room, r.Generation, r.First)
		}
		if len(r.Changes) > 0 {
			c.followers.PushChanges(room, r.Generation, drafts[i].Position.Position, r.Changes)
		}
		if r.Entry != nil {
			run = append(run, r.Entry)
		}
		if i+1 == len(results) || drafts[i+1].Draft.Room != room || results[i+1].Generation != r.Generation {
			if len(run) > 0 {
				c.followers.Push(room, r.Generation, run...)
			}
			run = run[:0]
		}
	}
}

func (c *Committer) publishCuts(cuts []Cut) {
	for _, cut := range cuts {
		c.followers.SetFirst(cut.Room, cut.Generation, cut.First)
	}
}

// Maintain does the work that is due after a commit: it reopens a broken file, or removes
// some of what closed rooms have left, and overwrites what is left of erased text. It
// blocks for the disk.
func (c *Committer) Maintain() {
	if c.broken.Load() {
		c.Recover()
		return
	}
	c.publishUnsure()
	c.sweep()
	c.overwrite()
	c.scrub()
}

// Retry does the work for which RetryTimer has fired. It blocks for the disk.
func (c *Committer) Retry() {
	if c.broken.Load() {
		c.Recover()
	} else if c.outage.CheckOver() {
		c.retryIn(retryEvery)
	}
	if !c.broken.Load() {
		c.publishUnsure()
	}
	c.sweep()
	c.overwrite()
	c.scrub()
}

// retryIn has RetryTimer fire after d, if it doesn't earlier.
func (c *Committer) retryIn(d time.Duration) {
	now := time.Now()
	if at := now.Add(d); !c.retryAt.After(now) || at.Before(c.retryAt) {
		c.retryAt = at
		c.RetryTimer.Reset(d)
	}
}

// Close closes the file.
func (c *Committer) Close() error {
	c.RetryTimer.Stop()
	return c.File.Close()
}
