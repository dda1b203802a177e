package sqlite

import (
	"context"
	"time"
)

// scrub empties the -wal of erased text; only then is that text gone from the disk. It
// costs two fsyncs, so it runs at most once per retryEvery, for everything that was
// erased since.
func (c *Committer) scrub() {
	if !c.unscrubbed || c.broken.Load() { // recovery empties the -wal too
		return
	}
	if wait := retryEvery - time.Since(c.scrubbed); wait > 0 {
		c.RetryTimer.Reset(wait)
		return
	}
	c.scrubbed = time.Now()
	if err := c.File.WriteBack(context.Background()); err != nil {
		c.log.Warn("what was erased is still in the journal's -wal; will try again", "err", err)
		c.RetryTimer.Reset(retryEvery)
		return
	}
	c.unscrubbed = false
}
