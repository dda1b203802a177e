package sqlite

import (
	"context"
	"time"
)

// Recover reopens the file after a failure, and passes to the followers what the file
// holds of a commit whose outcome was unknown. It reports whether it succeeded. It tries
// at most once per retryEvery, and sets RetryTimer for the next attempt.
func (c *Committer) Recover() bool {
	if wait := retryEvery - time.Since(c.reopened); wait > 0 {
		c.RetryTimer.Reset(wait)
		return false
	}
	c.reopened = time.Now()
	c.RetryTimer.Reset(retryEvery)
	found, err := c.File.Reopen(context.Background())
	if err != nil {
		c.log.Debug("the journal can't be reopened yet", "err", err)
		return false
	}
	for i := range found {
		c.followers.Push(found[i].Room, &found[i].Entry)
	}
	c.broken.Store(false)
	c.unscrubbed = false // Reopen has emptied the -wal
	return true
}
