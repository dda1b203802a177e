package sqlite

import (
	"context"
	"time"
)

// overwriteRest is how long a Committer pauses after it has looked at some pages, as a
// multiple of the time that it took.
const overwriteRest = 10

// scrub empties the -wal of erased text; only then is that text gone from the disk. It
// costs two fsyncs, so it runs at most once per retryEvery, for everything that was
// erased since.
func (c *Committer) scrub() {
	if !c.unscrubbed || c.broken.Load() { // recovery empties the -wal too
		return
	}
	if wait := retryEvery - time.Since(c.scrubbed); wait > 0 {
		c.retryIn(wait)
		return
	}
	c.scrubbed = time.Now()
	if err := c.File.WriteBack(context.Background()); err != nil {
		c.log.Warn("what was erased is still in the journal's -wal; will try again", "err", err)
		c.retryIn(retryEvery)
		return
	}
	c.unscrubbed = false
}

// overwrite overwrites some of the copies of erased text that SQLite has left in the file,
// and leaves time for commits before the next time.
func (c *Committer) overwrite() {
	if !c.remnants.Pending() || c.broken.Load() {
		return
	}
	if wait := time.Until(c.overwrote); wait > 0 {
		c.retryIn(wait)
		return
	}
	began := time.Now()
	overwritten, err := c.File.overwriteRemnants(context.Background(), &c.remnants)
	if err != nil {
		_ = c.fail(err) // it is logged
		c.retryIn(retryEvery)
		return
	}
	c.unscrubbed = c.unscrubbed || overwritten
	if c.remnants.Pending() {
		rest := overwriteRest * time.Since(began)
		c.overwrote = time.Now().Add(rest)
		c.retryIn(rest)
	}
}

// sweep removes some of what closed rooms have left, and leaves time for commits before
// the next time.
func (c *Committer) sweep() {
	if !c.leftovers || c.broken.Load() {
		return
	}
	if wait := time.Until(c.swept); wait > 0 {
		c.retryIn(wait)
		return
	}
	began := time.Now()
	more, err := c.File.RemoveLeftovers(context.Background())
	if err != nil {
		_ = c.fail(err) // it is logged
		c.retryIn(retryEvery)
		return
	}
	c.reportDropped()
	c.leftovers = more
	if more {
		c.noteErased()
		rest := pruneRest * time.Since(began)
		c.swept = time.Now().Add(rest)
		c.retryIn(rest)
	}
}
