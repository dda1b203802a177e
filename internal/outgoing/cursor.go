package outgoing

import (
	"context"
	"log/slog"
	"slices"
	"time"

	"snug/internal/journal"
	"snug/internal/outbound"
	"snug/internal/room/policy"
	"snug/protocol"
)

const (
	// pageEvents is how many events are read at once.
	pageEvents = 64
	// turnTime is how long a cursor may work while others wait for a worker.
	turnTime = time.Second
	// maxSkipped is how many events that aren't for the hook may come before its position is
	// stored because of them. To pass them over again costs little.
	maxSkipped = 500
)

// cursor is one outgoing hook: its place in the log of its room.
type cursor struct {
	run          *run
	task         *outbound.Task
	room, member string

	// Guarded by run.mu.
	storing bool             // a position is on its way to the journal
	stored  policy.Delivered // what the journal has
	refused bool             // the journal has something else: look at it

	// Of whoever runs it.
	loaded   bool
	hook     policy.Hook
	epoch    string // of the log
	secret   string // what deliveries are signed with
	at       policy.Delivered
	skipped  int // events since the last one that was delivered
	dirty    bool
	storedAt time.Time
	attempts int // that have failed since the last one that hasn't
}

func (c *cursor) log() *slog.Logger {
	return c.run.options.Log.With("room", c.room, "hook", c.member)
}

// turn delivers what there is, for a while.
func (c *cursor) turn() outbound.Outcome {
	if err := c.load(); err != nil {
		return c.cannotRead(err)
	}
	if c.hook.To == "" { // it is gone
		c.run.forget(c)
		return outbound.Outcome{}
	}
	began := time.Now()
	for c.active() {
		page, err := c.run.options.Journal.ReadAfter(c.run.ctx, c.room, c.at.Seq, pageEvents)
		if err != nil {
			return c.cannotRead(err)
		}
		if c.run.failing.Load() && c.run.failing.Swap(false) {
			c.run.options.Log.Info("outgoing hooks are delivered to again")
		}
		if len(page) == 0 {
			break
		}
		for i := range page {
			if !c.active() {
				break
			}
			if retry := c.pass(&page[i]); retry > 0 {
				return outbound.Outcome{Retry: retry}
			}
			c.storeIfDue()
			if time.Since(began) > turnTime && c.run.queue.OthersWait() {
				return outbound.Outcome{More: true}
			}
		}
	}
	return outbound.Outcome{Look: c.storeIfDue()}
}

// active reports whether there may be something to deliver. After a page was read it says
// whether that is still the log of the room that has the hook.
func (c *cursor) active() bool {
	return c.run.ctx.Err() == nil && !c.task.Removed() && !c.at.Paused && c.hook.To != ""
}

// load reads the hook and its position, if need be. A hook that isn't there any more has no
// To.
func (c *cursor) load() error {
	c.run.mu.Lock()
	refused := c.refused
	c.refused = false
	c.run.mu.Unlock()
	if c.loaded && !refused {
		return nil
	}
	c.loaded = false
	s, feed, err := c.run.options.Journal.Follow(c.run.ctx, c.room)
	if err != nil {
		return err
	}
	feed.Close()
	c.hook, c.epoch = policy.Hook{}, s.Epoch
	hooks, _ := policy.ReadOutgoing(s.State) // one that can't be read was logged
	if i := slices.IndexFunc(hooks, func(h policy.Hook) bool { return h.Member == c.member }); i >= 0 {
		c.hook = hooks[i]
	}
	at, there, err := policy.ReadDelivered(s.State, c.member)
	if err == nil && !there {
		at.Seq, err = c.madeAt()
	}
	if err != nil {
		return err
	}
	c.run.mu.Lock()
	c.stored = at
	c.run.mu.Unlock()
	c.dirty = c.dirty || !there || at.Seq < c.at.Seq
	at.Seq = max(at.Seq, c.at.Seq)
	c.at, c.loaded = at, true
	c.secret = c.run.signingSecret(c.room, c.member)
	return nil
}

// madeAt returns the seq of the event that made the hook, after which its deliveries begin;
// 0 if the log no longer has it.
func (c *cursor) madeAt() (uint64, error) {
	for before := uint64(protocol.MaxSeq); ; {
		page, err := c.run.options.Journal.ReadBefore(c.run.ctx, c.room, before, pageEvents)
		if err != nil || len(page) == 0 {
			return 0, err
		}
		for _, e := range slices.Backward(page) {
			if e.Type != protocol.EventModerated {
				continue
			}
			if body, err := e.Moderated(); err == nil && body.Action == protocol.ActionHook && body.Member == c.member {
				return e.Seq, nil
			}
		}
		before = page[0].Seq
	}
}

func (c *cursor) cannotRead(err error) outbound.Outcome {
	if c.run.ctx.Err() != nil {
		return outbound.Outcome{}
	}
	if !c.run.failing.Swap(true) {
		c.log().Error("outgoing hooks can't be delivered to: the log can't be read; will try again", "err", err)
	}
	return outbound.Outcome{Retry: c.run.options.RetryReads}
}

// pass delivers e, if it is for the hook, and moves on to it. If that has failed, pass
// returns when to try again.
func (c *cursor) pass(e *journal.Entry) (retry time.Duration) {
	if !wants(&c.hook, e) {
		c.at.Seq = e.Seq
		c.skipped++
		return 0
	}
	ctx, cancel := context.WithTimeout(c.run.ctx, c.run.options.Timeout)
	result := c.deliver(ctx, e)
	cancel()
	if c.run.ctx.Err() != nil && result.failed != "" {
		return 0 // the receiver isn't to blame; e comes again
	}
	if result.failed == "" && result.reply != "" {
		result.failed = c.reply(c.run.ctx, e, result.reply)
	}
	c.run.counts.add(&result)
	switch {
	case result.gone:
		return c.leave(e)
	case result.failed != "":
		return c.fail(e, result)
	}
	if !c.at.Failing.IsZero() {
		c.log().Debug("an outgoing hook's receiver accepts events again")
	}
	c.at = policy.Delivered{Seq: e.Seq}
	c.attempts, c.skipped, c.dirty = 0, 0, true
	return 0
}

// fail notes that the delivery of e has failed, and returns when to try again.
func (c *cursor) fail(e *journal.Entry, r result) time.Duration {
	o := &c.run.options
	if c.at.Failing.IsZero() {
		c.at.Failing = journal.Millis(time.Now()).UTC()
		c.dirty = true
		c.log().Debug("an outgoing hook's receiver doesn't accept events; will try again", "reason", r.failed)
	}
	left := o.PauseAfter - time.Since(c.at.Failing)
	if left <= 0 {
		return c.pause(e, r.failed)
	}
	c.storeIfDue()
	wait := max(outbound.Backoff(o.Backoff, o.MaxBackoff, c.attempts), r.retryAfter)
	c.attempts++
	return min(wait, left+o.Backoff)
}
