package push

import (
	"errors"
	"time"

	"snug/internal/journal"
	"snug/internal/room/policy"
)

// position returns the newest event after which a Sender that starts anew should look: what devices
// are being told of comes again, and what has failed doesn't. The caller holds run.mu.
func (c *cursor) position() uint64 {
	at := c.at
	for _, d := range c.devices {
		if seq := d.oldest(); seq > 0 {
			at = min(at, seq-1)
		}
	}
	return at
}

// storeIfDue has the position stored if the last time is long enough ago, and doesn't wait for it. It
// returns when to call it again; 0 for no need.
func (c *cursor) storeIfDue() time.Duration {
	if wait := c.run.options.StoreEvery - time.Since(c.storedAt); wait > 0 {
		return wait
	}
	if c.store() {
		return c.run.options.StoreEvery
	}
	return 0
}

// store has the position stored, unless the journal has it or another one is on its way. It reports
// whether the position should be looked at again.
func (c *cursor) store() (again bool) {
	r := c.run
	r.mu.Lock()
	defer r.mu.Unlock()
	at, was := c.position(), c.stored
	switch {
	case c.epoch == "" || at <= was && at == c.at && !c.storing:
		return false
	case c.storing || c.unsure || at <= was:
		return true
	}
	c.storing, c.storedAt = true, time.Now()
	r.positions.Store(policy.NotePushed(c.room, was, at), func(err error) { c.noteStored(at, err) })
	return true
}

// noteStored notes the outcome of storing a position. If that has failed, the journal may have it or
// not: the cursor looks before it stores the next one.
func (c *cursor) noteStored(at uint64, err error) {
	c.run.mu.Lock()
	defer c.run.mu.Unlock()
	c.storing = false
	if err == nil {
		c.stored = at
		return
	}
	if !errors.Is(err, journal.ErrChanged) && !errors.Is(err, journal.ErrClosed) {
		c.log().Debug("how far a room's devices were told was not stored", "err", err)
	}
	c.unsure, c.stale = true, true
	c.task.Wake()
}
