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

// overwrite overwrites some of the copies of erased text that SQLite has left in the file.
func (c *Committer) overwrite() {
	if !c.remnants.Pending() || c.broken.Load() {
		return
	}
	c.inSteps(&c.overwrote, overwriteRest, func(ctx context.Context) (more bool, err error) {
		overwritten, err := c.File.overwriteRemnants(ctx, &c.remnants)
		c.unscrubbed = c.unscrubbed || overwritten
		return c.remnants.Pending(), err
	})
}

// sweep removes some of what closed rooms have left.
func (c *Committer) sweep() {
	if !c.leftovers || c.broken.Load() {
		return
	}
	c.inSteps(&c.swept, pruneRest, func(ctx context.Context) (more bool, err error) {
		if more, err = c.File.RemoveLeftovers(ctx); err != nil {
			return false, err
		}
		c.reportDropped()
		if c.leftovers = more; more {
			c.noteErased()
		}
		return more, nil
	})
}

// inSteps does one step of a work if it is time for it. If there is more to do, it sets next,
// and leaves rest times as long as the step took for commits. After an error the file is
// reopened.
func (c *Committer) inSteps(next *time.Time, rest int, step func(context.Context) (more bool, err error)) {
	if wait := time.Until(*next); wait > 0 {
		c.retryIn(wait)
		return
	}
	began := time.Now()
	more, err := step(context.Background())
	if err != nil {
		_ = c.fail(err) // it is logged
		c.retryIn(retryEvery)
		return
	}
	if more {
		pause := time.Duration(rest) * time.Since(began)
		*next = time.Now().Add(pause)
		c.retryIn(pause)
	}
}
