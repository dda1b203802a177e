package push

import (
	"cmp"
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"snug/internal/journal"
	"snug/internal/outbound"
	"snug/internal/room/policy"
)

// device is a browser that is told of messages, one push at a time.
type device struct {
	room *cursor
	task *outbound.Task

	// Guarded by run.mu.
	device   policy.Device
	waiting  [urgencies]item
	attempts int // that have failed since the last one that hasn't
}

// waits reports whether there is something to send. The caller holds run.mu.
func (d *device) waits() bool { return d.waiting != [urgencies]item{} }

// offer has the device told of newer messages, in place of what waits. The caller holds run.mu.
func (d *device) offer(f *found) {
	for u, i := range f.items {
		if i.seq > d.waiting[u].seq {
			d.waiting[u] = i
		}
	}
	d.task.Wake()
}

// next returns what is sent next, the most urgent first; ok is false if there is nothing. What is too
// old is dropped.
func (d *device) next(now time.Time) (next item, to policy.Device, attempts int, ok bool) {
	r := d.room.run
	r.mu.Lock()
	defer r.mu.Unlock()
	for u, i := range d.waiting {
		if i.seq > 0 && now.Sub(i.at) > TTL {
			d.waiting[u] = item{}
		}
	}
	i := slices.IndexFunc(d.waiting[:], func(i item) bool { return i.seq > 0 })
	if i < 0 {
		d.attempts = 0
		return item{}, d.device, 0, false
	}
	return d.waiting[i], d.device, d.attempts, true
}

// turn sends what waits, once.
func (d *device) turn() outbound.Outcome {
	c, r := d.room, d.room.run
	if r.ctx.Err() != nil {
		return outbound.Outcome{}
	}
	if c.isStale() { // the device may be gone by now: the cursor wakes it if it isn't
		c.task.Wake()
		return outbound.Outcome{Look: r.options.RetryReads}
	}
	i, to, attempts, ok := d.next(time.Now())
	if !ok {
		return outbound.Outcome{}
	}
	if attempts > 0 && c.visible([]string{to.Member})[to.Member] { // that was a while ago
		return d.done(i)
	}
	e, body, ok, err := c.entry(i.seq)
	if err != nil {
		return c.cannotRead(err)
	}
	if !ok {
		return d.done(i)
	}
	host, ok := r.reserve(to.Endpoint)
	if !ok {
		return outbound.Outcome{Retry: outbound.Backoff(time.Second, time.Second, 0)}
	}
	ctx, cancel := context.WithTimeout(r.ctx, r.options.Timeout)
	result := r.send(ctx, &to, &push{room: c.room, message: c.message(&e, &body, i.why), why: i.why})
	cancel()
	r.giveBack(host)
	if r.ctx.Err() != nil && result.outcome != sent {
		return outbound.Outcome{} // the push service isn't to blame
	}
	r.counts.add(result.outcome)
	switch result.outcome {
	case sent:
		return d.done(i)
	case gone:
		d.remove(&to)
		return outbound.Outcome{}
	case unfit:
		c.log().Debug("a push was refused and isn't sent again", "host", host, "reason", result.reason)
		return d.done(i)
	}
	return d.fail(host, result)
}

// done notes that i needs no more. What came meanwhile is sent next.
func (d *device) done(i item) outbound.Outcome {
	d.room.run.mu.Lock()
	defer d.room.run.mu.Unlock()
	if u := i.why.urgency(); d.waiting[u].seq == i.seq {
		d.waiting[u] = item{}
	}
	d.attempts = 0
	return outbound.Outcome{More: d.waits()}
}

// fail notes that a push has failed, and says when to try again.
func (d *device) fail(host string, f result) outbound.Outcome {
	r := d.room.run
	r.mu.Lock()
	defer r.mu.Unlock()
	wait := max(outbound.Backoff(r.options.Backoff, r.options.MaxBackoff, d.attempts), f.retryAfter)
	d.attempts++
	if f.outcome == refused && !r.refused[host] && len(r.refused) < maxRefused {
		r.refused[host] = true
		r.options.Log.Warn("a push service refuses this server's pushes; will try again, without another line", "host", host, "reason", f.reason)
	} else {
		d.room.log().Debug("a push service doesn't accept a push; will try again", "host", host, "reason", f.reason)
	}
	return outbound.Outcome{Retry: min(wait, TTL)}
}

// maxRefused bounds the push services that are remembered to refuse pushes.
const maxRefused = 100

// remove removes the device from the room, because its push service says that it is gone.
func (d *device) remove(was *policy.Device) {
	c, r := d.room, d.room.run
	r.mu.Lock()
	d.waiting = [urgencies]item{}
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), storeTimeout)
	defer cancel()
	// If that fails, the next push fails, too, and it is removed then.
	if _, err := journal.Commit(ctx, r.options.Journal, was.Remove(c.room)); err != nil && !errors.Is(err, journal.ErrChanged) {
		c.log().Debug("a device that is gone was not removed", "err", err)
	}
}

func (c *cursor) isStale() bool {
	c.run.mu.Lock()
	defer c.run.mu.Unlock()
	return c.stale
}

// reserve takes one of the pushes at once that an endpoint's push service may have, so that one that is
// slow leaves goroutines for the others.
func (r *run) reserve(endpoint string) (host string, ok bool) {
	if u, err := url.Parse(endpoint); err == nil {
		host = u.Host
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[host] >= r.options.PerHost {
		return host, false
	}
	r.busy[host]++
	return host, true
}

func (r *run) giveBack(host string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[host]--; r.busy[host] == 0 {
		delete(r.busy, host)
	}
}

// oldest returns the oldest message that the device hasn't been told of and whose push hasn't failed;
// 0 for none. The caller holds run.mu.
func (d *device) oldest() (seq uint64) {
	if d.attempts > 0 {
		return 0
	}
	for _, i := range d.waiting {
		if i.seq > 0 {
			seq = min(cmp.Or(seq, i.seq), i.seq)
		}
	}
	return seq
}
