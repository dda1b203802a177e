// Package outgoing delivers the rooms' events to the programs behind outgoing hooks, and
// posts what they answer.
//
// An outgoing hook is a cursor whose position is stored in its room's state. A [Dispatcher]
// delivers the log events after it, in order and each at least once: an event may be
// delivered again when the server was killed or an answer got lost, under the same
// webhook-id. It observes the journal, so a room needn't be open for its hooks, and a
// commit waits for none of them.
//
// Dispatcher.Run has one goroutine, and starts up to Options.Concurrent others, each of
// which does one hook's work for a second at most while others wait. A hook that has nothing
// to do, or waits to try again, has no goroutine.
package outgoing

import (
	"cmp"
	"context"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"snug/internal/journal"
	"snug/internal/outbound"
	"snug/internal/room"
	"snug/internal/room/policy"
	"snug/protocol"
)

// Journal is what a Dispatcher needs of a journal. All engines have it.
type Journal interface {
	journal.Journal
	journal.Observable
}

// Options are what a Dispatcher is made with. A time or number that is 0 is the default.
type Options struct {
	Journal Journal
	Rooms   *room.Registry
	Log     *slog.Logger
	Private bool // deliver to addresses that aren't public, too

	MaxChars    int           // in a reply; what is longer is shortened. 0 for no limit
	Concurrent  int           // deliveries at once; default 256
	Timeout     time.Duration // of a delivery, with the answer; default 15 s
	Backoff     time.Duration // before the first retry, doubled for each further one; default 1 s
	MaxBackoff  time.Duration // between two retries, unless the receiver asks for more; default 15 min
	PauseAfter  time.Duration // of failures; default 24 h
	StoreEvery  time.Duration // between two writes of a hook's position; default 1 s
	RetryReads  time.Duration // after the journal failed; default 1 s
	MaxAnswered int64         // bytes of an answer; default 64 KiB
}

// Dispatcher delivers to outgoing hooks while Run runs.
type Dispatcher struct {
	options Options
	client  *http.Client
	counts  counts
}

// New returns a Dispatcher, which does nothing before Run.
func New(o Options) *Dispatcher {
	o.Concurrent = cmp.Or(o.Concurrent, 256)
	o.Timeout = cmp.Or(o.Timeout, 15*time.Second)
	o.Backoff = cmp.Or(o.Backoff, time.Second)
	o.MaxBackoff = cmp.Or(o.MaxBackoff, 15*time.Minute)
	o.PauseAfter = cmp.Or(o.PauseAfter, 24*time.Hour)
	o.StoreEvery = cmp.Or(o.StoreEvery, time.Second)
	o.RetryReads = cmp.Or(o.RetryReads, time.Second)
	o.MaxAnswered = cmp.Or(o.MaxAnswered, 64<<10)
	return &Dispatcher{options: o, client: outbound.NewClient(&net.Dialer{Timeout: o.Timeout}, o.Private, o.Timeout), counts: newCounts()}
}

// Run delivers until ctx ends. Then it cuts off what is under way, stores the positions and
// returns. It may run again, also on another node of a cluster: there must be one at a time.
func (d *Dispatcher) Run(ctx context.Context) {
	r := &run{
		Dispatcher: d, ctx: ctx, queue: outbound.NewQueue(d.options.Concurrent), positions: journal.NewPositions(ctx, d.options.Journal),
		rooms: make(map[string]*hooked), others: make(map[string]uint64),
	}
	stop := d.options.Journal.Observe(r.observe) // before the rooms are listed, so that none is missed
	for r.list() != nil && ctx.Err() == nil {
		select {
		case <-time.After(d.options.RetryReads):
		case <-ctx.Done():
		}
	}
	<-ctx.Done()
	stop()
	r.end()
	d.client.CloseIdleConnections()
}

// run is one Run of a Dispatcher.
type run struct {
	*Dispatcher
	ctx       context.Context
	queue     *outbound.Queue
	positions *journal.Positions
	failing   atomic.Bool // the journal can't be read

	mu     sync.Mutex
	rooms  map[string]*hooked // those with outgoing hooks
	others map[string]uint64  // the newest entry observed in each other room; nil once the rooms are listed
}

// hooked is a room with outgoing hooks. Its fields are guarded by run.mu.
type hooked struct {
	head    uint64             // the newest entry that was observed
	cursors map[string]*cursor // by the hook's member
}

// list finds the hooks that there are already.
func (r *run) list() error {
	rooms, err := r.options.Journal.Rooms(r.ctx, policy.HookKeys)
	if err != nil {
		if r.ctx.Err() == nil {
			r.options.Log.Error("the outgoing hooks can't be read", "err", err)
		}
		return err
	}
	for code, s := range rooms {
		r.listRoom(code, &s)
	}
	r.mu.Lock()
	r.others = nil
	r.mu.Unlock()
	return nil
}

// listRoom adds the hooks of one room, and wakes those that have something to deliver. It
// doesn't hold the lock for long, as commits wait for it.
func (r *run) listRoom(code string, s *journal.Snapshot) {
	hooks, err := policy.ReadOutgoing(s.State)
	if err != nil {
		r.options.Log.Error("an outgoing hook can't be read", "room", code, "err", err)
	}
	for _, h := range hooks {
		at, ok, err := policy.ReadDelivered(s.State, h.Member)
		behind := err != nil || !ok || at.Seq < s.Head && !at.Paused
		r.mu.Lock()
		// What was committed after s was read has been observed, and nobody was woken.
		if c := r.add(code, h.Member, s.Head); behind || r.others[code] > s.Head {
			c.task.Wake()
		}
		r.mu.Unlock()
	}
}

// add adds a hook, unless it is there. The caller holds r.mu.
func (r *run) add(code, member string, head uint64) *cursor {
	h := r.rooms[code]
	if h == nil {
		h = &hooked{cursors: make(map[string]*cursor)}
		r.rooms[code] = h
	}
	h.head = max(h.head, head)
	c := h.cursors[member]
	if c == nil {
		c = &cursor{run: r, room: code, member: member}
		c.task = r.queue.NewTask(c.turn)
		h.cursors[member] = c
	}
	return c
}

// remove ends a hook's deliveries. The caller holds r.mu.
func (r *run) remove(code, member string) {
	h := r.rooms[code]
	if h == nil || h.cursors[member] == nil {
		return
	}
	c := h.cursors[member]
	c.task.Remove()
	if delete(h.cursors, member); len(h.cursors) == 0 {
		delete(r.rooms, code)
	}
}

// forget ends the deliveries of a hook that isn't there any more.
func (r *run) forget(c *cursor) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if h := r.rooms[c.room]; h != nil && h.cursors[c.member] == c {
		r.remove(c.room, c.member)
	}
}

// observe is called with each commit. It must not block.
func (r *run) observe(code string, entries []*journal.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	newest := entries[len(entries)-1].Seq
	if h := r.rooms[code]; h != nil {
		if entries[0].Seq <= h.head {
			// The rooms were listed between this commit and now, or the journal has forgotten the
			// room and begun it anew: look whether the hooks are still there.
			for _, c := range h.cursors {
				c.refused = true
			}
		}
		h.head = newest
	} else if r.others != nil {
		r.others[code] = newest
	}
	for _, e := range entries {
		if e.Type != protocol.EventModerated {
			continue
		}
		body, err := e.Moderated()
		if err != nil {
			continue // of a later version
		}
		switch body.Action {
		case protocol.ActionHook:
			r.addNew(code, body.Member, e)
		case protocol.ActionUnhook:
			r.remove(code, body.Member)
		case protocol.ActionClose:
			if h := r.rooms[code]; h != nil {
				for member := range h.cursors {
					r.remove(code, member)
				}
			}
		}
	}
	if h := r.rooms[code]; h != nil {
		for _, c := range h.cursors {
			c.task.Wake()
		}
	}
}

// addNew adds the hook that e makes, if it is outgoing. The caller holds r.mu.
func (r *run) addNew(code, member string, e *journal.Entry) {
	changes, err := policy.Project(&e.Event, e.Private)
	if err != nil {
		return // the room says so
	}
	for _, c := range changes {
		if h, ok, err := policy.ReadHook(c); err == nil && ok && h.To != "" {
			r.add(code, member, e.Seq)
		}
	}
}

// end waits for the workers, and then stores the positions of all hooks.
func (r *run) end() {
	r.queue.End()
	r.positions.Wait()
	r.mu.Lock()
	var all []*cursor
	for _, h := range r.rooms {
		all = slices.AppendSeq(all, maps.Values(h.cursors))
	}
	r.mu.Unlock()
	for _, c := range all {
		if c.unstored() {
			c.store()
		}
	}
	r.positions.Wait()
}
