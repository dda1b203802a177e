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
	attempts int    // that have failed since the last one that hasn't
	seen     uint64 // what the member had read, when the room's state was read last
	told     uint64 // the newest message that was pushed
	slow     bool   // its push service takes long
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
		if i.seq > 0 && (i.seq < d.told || now.Sub(i.at) > d.room.ttl) { // a browser shows the newest message of a room alone
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
	host, slow, ok := d.reserve()
	if !ok {
		return outbound.Outcome{Retry: outbound.Backoff(time.Second, time.Second, 0)}
	}
	result, found, err := d.push(i, &to)
	d.giveBack(host, slow)
	switch {
	case err != nil:
		return c.cannotRead(err)
	case !found:
		return d.done(i)
	}
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

// push sends a push about a message, once; found is false if the message is erased, or isn't kept.
func (d *device) push(i item, to *policy.Device) (r result, found bool, err error) {
	c := d.room
	e, body, found, err := c.entry(i.seq)
	if err != nil || !found {
		return r, found, err
	}
	p := &push{room: c.room, message: c.message(&e, &body, i.why), why: i.why, ttl: c.left(e.At)}
	ctx, cancel := context.WithTimeout(c.run.ctx, c.run.options.Timeout)
	defer cancel()
	began := time.Now()
	r = c.run.send(ctx, to, p)
	c.run.mu.Lock()
	defer c.run.mu.Unlock()
	d.slow = time.Since(began) > c.run.options.SlowAfter
	if r.outcome == sent {
		d.told = max(d.told, i.seq)
	}
	return r, true, nil
}

// left returns for how long a message of a time may still be pushed.
func (c *cursor) left(at time.Time) time.Duration {
	c.run.mu.Lock()
	defer c.run.mu.Unlock()
	return max(0, c.ttl-time.Since(at))
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

// removeTimeout bounds how long the journal may take to remove a device.
const removeTimeout = 3 * time.Second

// remove removes the device from the room, because its push service says that it is gone.
func (d *device) remove(was *policy.Device) {
	c, r := d.room, d.room.run
	r.mu.Lock()
	d.waiting = [urgencies]item{}
	r.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.ctx), removeTimeout)
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

// reserve takes one of the pushes at once that a push service may have, and one of those that slow
// ones may have together: so those that are slow leave goroutines for the others.
func (d *device) reserve() (host string, slow, ok bool) {
	r := d.room.run
	r.mu.Lock()
	defer r.mu.Unlock()
	if u, err := url.Parse(d.device.Endpoint); err == nil {
		host = u.Host
	}
	if r.busy[host] >= r.options.PerHost || d.slow && r.slow >= r.options.Slow {
		return host, false, false
	}
	r.busy[host]++
	if d.slow {
		r.slow++
	}
	return host, d.slow, true
}

func (d *device) giveBack(host string, slow bool) {
	r := d.room.run
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[host]--; r.busy[host] == 0 {
		delete(r.busy, host)
	}
	if slow {
		r.slow--
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
