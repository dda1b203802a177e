package sqlite

import (
	"context"
	"time"

	"snug/internal/journal"
)

// Recover reopens the file after a failure, and passes to the followers what the file
// holds of a commit whose outcome was unknown. It reports whether it succeeded. It tries
// at most once per retryEvery, and sets RetryTimer for the next attempt.
func (c *Committer) Recover() bool {
	if wait := retryEvery - time.Since(c.reopened); wait > 0 {
		c.retryIn(wait)
		return false
	}
	c.reopened = time.Now()
	c.retryIn(retryEvery)
	found, err := c.File.Reopen(context.Background())
	if err != nil {
		c.log.Debug("the journal can't be reopened yet", "err", err)
		return false
	}
	for i := range found {
		c.followers.Push(found[i].Room, found[i].Generation, &found[i].Entry)
	}
	c.broken.Store(false)
	c.unscrubbed = false // Reopen has emptied the -wal
	c.leftovers = true   // if the commit closed a room
	c.publishUnsure()
	if c.Dropped != nil {
		c.Dropped(nil)
	}
	return true
}

// noteUnsure notes the drafts of state alone of a commit whose outcome is unknown. In
// contrast to entries, the file doesn't show what they have done.
func (c *Committer) noteUnsure(drafts []Placed) {
	for _, d := range drafts {
		if d.Control == nil && d.Draft.StateOnly {
			c.unsure = append(c.unsure, d)
		}
	}
}

// publishUnsure passes to the followers what the keys have as values that these drafts
// may have changed.
func (c *Committer) publishUnsure() {
	for len(c.unsure) > 0 {
		d := &c.unsure[0].Draft
		s, position, err := c.File.Snapshot(context.Background(), d.Room)
		if err != nil {
			c.log.Debug("can't read a room after a failure; will try again", "err", err)
			c.retryIn(retryEvery)
			return
		}
		changes := make([]journal.Change, len(d.State))
		for i, change := range d.State {
			changes[i] = journal.Change{Key: change.Key, Value: s.State[change.Key]}
		}
		c.followers.PushChanges(d.Room, s.Generation, position, changes)
		c.followers.SetFirst(d.Room, s.Generation, s.First)
		c.unsure = c.unsure[1:]
	}
	c.unsure = nil
}
