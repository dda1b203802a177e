package push

import (
	"log/slog"
	"time"

	"snug/internal/journal"
	"snug/internal/outbound"
	"snug/internal/room"
	"snug/internal/room/policy"
	"snug/protocol"
)

const (
	// pageEvents is how many events are read at once.
	pageEvents = 256
	// turnTime is how long a cursor may read while others wait.
	turnTime = time.Second
)

// cursor is one room with devices: its place in the room's log.
type cursor struct {
	run  *run
	task *outbound.Task
	room string

	// Guarded by run.mu.
	stale   bool               // the room's state has changed: read it before anything is sent
	name    string             // of the room
	ttl     time.Duration      // of its messages, at most TTL
	epoch   string             // of the log; empty before the state was read
	devices map[string]*device // by their keys in the room's state
	storing bool               // a position is on its way to the journal
	stored  uint64             // the position that the journal has
	unsure  bool               // the journal may have another one

	// Of the task.
	at       uint64    // the newest event that was looked at
	storedAt time.Time // when the position was stored last
	lookedAt time.Time // when there was last something to look at
	loadedAt time.Time // when the room's state was read last
}

func (c *cursor) log() *slog.Logger { return c.run.options.Log.With("room", c.room) }

// turn looks at what was said, and has the devices told.
func (c *cursor) turn() outbound.Outcome {
	there, err := c.load()
	if err != nil {
		return c.cannotRead(err)
	}
	if !there {
		return outbound.Outcome{}
	}
	now := time.Now()
	found, more := make(findings), false
	for c.run.ctx.Err() == nil {
		page, err := c.run.options.Journal.ReadAfter(c.run.ctx, c.room, c.at, pageEvents)
		if err != nil {
			return c.cannotRead(err)
		}
		if c.run.failing.Load() && c.run.failing.Swap(false) {
			c.run.options.Log.Info("devices are told of messages again")
		}
		if len(page) == 0 {
			break
		}
		if c.isStale() { // a device may have come, or gone, before something on this page was said
			more = true
			break
		}
		if err := c.find(page, now, found); err != nil {
			return c.cannotRead(err)
		}
		c.at, c.lookedAt = page[len(page)-1].Seq, now
		if time.Since(now) > turnTime && c.run.rooms.OthersWait() {
			more = true
			break
		}
	}
	c.tell(found)
	return outbound.Outcome{More: more, Look: c.rest()}
}

// rest stores the position if that is due, and lets go of the devices if the room is quiet. It
// returns when to look again; 0 for no need.
func (c *cursor) rest() time.Duration {
	if wait := c.storeIfDue(); wait > 0 {
		return wait
	}
	if quiet := time.Since(c.lookedAt); quiet < c.run.options.Forget {
		return c.run.options.Forget - quiet
	}
	c.run.mu.Lock()
	defer c.run.mu.Unlock()
	for _, d := range c.devices {
		if d.waits() {
			return c.run.options.Forget
		}
	}
	for key, d := range c.devices {
		d.task.Remove()
		delete(c.devices, key)
	}
	c.stale = true
	return 0
}

// load reads the room's state, if need be. there is false if the room has no devices any more: then
// the cursor has ended.
func (c *cursor) load() (there bool, err error) {
	c.run.mu.Lock()
	stale := c.stale || time.Since(c.loadedAt) > c.run.options.Forget // a ban may have ended, which no event says
	c.stale = false
	c.run.mu.Unlock()
	if !stale {
		return true, nil
	}
	s, feed, err := c.run.options.Journal.Follow(c.run.ctx, c.room)
	if err != nil {
		c.setStale()
		return false, err
	}
	feed.Close()
	c.loadedAt = time.Now()
	p, err := policy.New(s.State)
	if err != nil {
		c.log().Error("a room's devices can't be read", "err", err) // the rest of the state is there
	}
	pushed, err := policy.Pushed(s.State)
	if err != nil {
		c.log().Error("how far a room's devices were told can't be read", "err", err)
		pushed = s.Head
	}
	c.run.mu.Lock()
	defer c.run.mu.Unlock()
	if !hasDevices(s.State) && !c.stale {
		c.update(nil)
		c.task.Remove()
		delete(c.run.cursors, c.room)
		return false, nil
	}
	if s.Epoch != c.epoch { // the first time, or another room with this code
		c.at, c.epoch = pushed, s.Epoch
	}
	c.stored, c.unsure = pushed, false
	c.at = max(c.at, pushed)
	c.name, c.ttl = p.Settings().Name, TTL
	if keep := p.Settings().KeepSeconds; keep > 0 {
		c.ttl = min(TTL, time.Duration(keep)*time.Second)
	}
	c.update(p.Devices(time.Now()))
	for _, d := range c.devices {
		d.seen = p.Seen(d.device.Member)
	}
	return true, nil
}

// update makes the devices those that the room has. The caller holds run.mu.
func (c *cursor) update(devices []policy.Device) {
	there := make(map[string]bool, len(devices))
	for _, now := range devices {
		key := now.Key()
		there[key] = true
		d := c.devices[key]
		if d == nil {
			d = &device{room: c}
			d.task = c.run.devices.NewTask(d.turn)
			c.devices[key] = d
		}
		if d.device = now; d.waits() {
			d.task.Wake()
		}
	}
	for key, d := range c.devices {
		if !there[key] {
			d.task.Remove()
			delete(c.devices, key)
		}
	}
}

func (c *cursor) setStale() {
	c.run.mu.Lock()
	defer c.run.mu.Unlock()
	c.stale = true
}

func (c *cursor) cannotRead(err error) outbound.Outcome {
	if c.run.ctx.Err() != nil {
		return outbound.Outcome{}
	}
	if !c.run.failing.Swap(true) {
		c.log().Error("devices can't be told of messages: the log can't be read; will try again", "err", err)
	}
	return outbound.Outcome{Retry: c.run.options.RetryReads}
}

// tell has the devices told of what was found, except those of members to whom a page of the room is
// visible.
func (c *cursor) tell(found findings) {
	if len(found) == 0 {
		return
	}
	visible := c.visible(found.members())
	c.run.mu.Lock()
	defer c.run.mu.Unlock()
	for key, f := range found {
		if d := c.devices[key]; d != nil && !visible[d.device.Member] {
			d.offer(f)
		}
	}
}

// visible returns which of some members see the room.
func (c *cursor) visible(members []string) map[string]bool {
	visible := make(map[string]bool)
	for _, member := range c.run.options.Visible(c.run.ctx, room.Code(c.room), members) {
		visible[member] = true
	}
	return visible
}

// entry returns a message that may still be pushed; ok is false if it is erased, or isn't kept.
func (c *cursor) entry(seq uint64) (e journal.Entry, body protocol.MessageBody, ok bool, err error) {
	page, err := c.run.options.Journal.ReadAfter(c.run.ctx, c.room, seq-1, 1)
	if err != nil || len(page) == 0 || page[0].Seq != seq || page[0].Type != protocol.EventMessage {
		return e, body, false, err
	}
	body, err = page[0].Message()
	return page[0], body, err == nil && !body.Deleted, nil
}
