package outgoing

import (
	"errors"
	"time"

	"snug/internal/journal"
	"snug/internal/room/policy"
)

// unstored reports whether the journal should get the cursor's position.
func (c *cursor) unstored() bool {
	return c.loaded && c.hook.To != "" && (c.dirty || c.skipped > 0)
}

// storeIfDue has the position stored if the last time is long enough ago, and doesn't wait
// for it. It returns when to call it again; 0 for no need.
func (c *cursor) storeIfDue() time.Duration {
	if !c.loaded || c.hook.To == "" || !c.dirty && c.skipped < maxSkipped {
		return 0
	}
	if wait := c.run.options.StoreEvery - time.Since(c.storedAt); wait > 0 {
		return wait
	}
	if !c.store() {
		return c.run.options.StoreEvery
	}
	return 0
}

// store has the position stored, unless the one before is still on its way.
func (c *cursor) store() bool {
	r := c.run
	r.mu.Lock()
	defer r.mu.Unlock()
	if c.storing {
		return false
	}
	note, at, err := c.hook.Note(c.room, c.at, c.stored)
	if err != nil {
		c.log().Error("an outgoing hook's position can't be encoded", "err", err)
		return true
	}
	c.storing, c.dirty, c.skipped, c.storedAt = true, false, 0, time.Now()
	r.positions.Store(note, func(err error) { c.noteStored(at, err) })
	return true
}

// noteStored notes the outcome of storing a position. If that has failed, the journal may
// have it or not: the cursor looks before it stores the next one.
func (c *cursor) noteStored(at policy.Delivered, err error) {
	c.run.mu.Lock()
	defer c.run.mu.Unlock()
	c.storing = false
	if err == nil {
		c.stored = at
		return
	}
	if !errors.Is(err, journal.ErrChanged) && !errors.Is(err, journal.ErrClosed) {
		c.log().Debug("an outgoing hook's position was not stored", "err", err)
	}
	c.refused = true
	c.task.Wake()
}
