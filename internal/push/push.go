// Package push tells members' devices of messages, through the push services of their browsers'
// makers (RFC 8030), while no page of a member's is visible.
//
// A room with devices is read by a cursor, whose position is in the room's state. A [Sender] observes
// the journal, so a room needn't be open for its devices, and a commit waits for none of them. For
// each message the cursor finds the devices that are told, and each of them sends by itself: one
// request at a time, and of what waits for it only the newest message of each [urgency]. So memory is
// bounded by the number of devices, however slow their push services are.
//
// A push may be sent again when the server was killed; a browser replaces what it shows of a room. One
// that had failed before is lost then.
//
// Sender.Run has one goroutine, and starts others by two queues, of cursors and of devices. What has
// nothing to do, or waits to try again, has no goroutine.
package push

import (
	"cmp"
	"context"
	"crypto/ecdh"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	_ "time/tzdata" // quiet times have zones, which a machine may not know

	"snug/internal/journal"
	"snug/internal/outbound"
	"snug/internal/room"
	"snug/internal/room/policy"
	"snug/protocol"
)

// Journal is what a Sender needs of a journal. All engines have it.
type Journal interface {
	journal.Journal
	journal.Observable
}

// Options are what a Sender is made with. A time or number that is 0 is the default.
type Options struct {
	Journal Journal
	Log     *slog.Logger
	Key     *ecdh.PrivateKey // by which push services know the server (RFC 8292)
	Contact string           // of the operator, for push services: a mailto: or https: URL; empty for where a device was registered
	Private bool             // send to addresses that aren't public, too

	// Visible returns those of some members of a room to whom a page of it is visible, on any node.
	// It may wait, until ctx ends.
	Visible func(ctx context.Context, code room.Code, members []string) []string

	Rooms      int           // that are read at once; default 16
	Concurrent int           // pushes at once; default 256
	PerHost    int           // pushes at once to one push service; default 64
	Slow       int           // pushes at once to all push services that took long the last time; default 32
	SlowAfter  time.Duration // which is to take long; default 3 s
	Timeout    time.Duration // of a push; default 15 s
	Backoff    time.Duration // before the first retry, doubled for each further one; default 2 s
	MaxBackoff time.Duration // between two retries, unless the service asks for more; default 15 min
	StoreEvery time.Duration // between two writes of a room's position; default 5 s
	RetryReads time.Duration // after the journal failed; default 1 s
	Forget     time.Duration // after which a quiet room's devices leave the memory; default 1 min
}

// TTL is how old a message may become until it is pushed and a push service has delivered it, unless
// its room keeps messages for a shorter time.
const TTL = 24 * time.Hour

// Sender pushes while Run runs.
type Sender struct {
	options Options
	client  *http.Client
	keys    vapid
	counts  counts
}

// New returns a Sender, which does nothing before Run.
func New(o Options) *Sender {
	o.Rooms = cmp.Or(o.Rooms, 16)
	o.Concurrent = cmp.Or(o.Concurrent, 256)
	o.PerHost = cmp.Or(o.PerHost, 64)
	o.Slow = cmp.Or(o.Slow, 32)
	o.SlowAfter = cmp.Or(o.SlowAfter, 3*time.Second)
	o.Timeout = cmp.Or(o.Timeout, 15*time.Second)
	o.Backoff = cmp.Or(o.Backoff, 2*time.Second)
	o.MaxBackoff = cmp.Or(o.MaxBackoff, 15*time.Minute)
	o.StoreEvery = cmp.Or(o.StoreEvery, 5*time.Second)
	o.RetryReads = cmp.Or(o.RetryReads, time.Second)
	o.Forget = cmp.Or(o.Forget, time.Minute)
	client := outbound.NewClient(&net.Dialer{Timeout: o.Timeout}, o.Private, o.Timeout)
	return &Sender{options: o, client: client, keys: newVAPID(o.Key, o.Journal.Key("push topic")), counts: newCounts()}
}

// Run pushes until ctx ends. Then it cuts off what is under way, stores the positions and returns. It
// may run again, also on another node of a cluster: there must be one at a time.
func (s *Sender) Run(ctx context.Context) {
	r := &run{
		Sender: s, ctx: ctx, rooms: outbound.NewQueue(s.options.Rooms), devices: outbound.NewQueue(s.options.Concurrent),
		positions: journal.NewPositions(ctx, s.options.Journal),
		cursors:   make(map[string]*cursor), early: make(map[string]bool), busy: make(map[string]int), refused: make(map[string]bool),
	}
	stop, stopChanges := s.options.Journal.Observe(r.observe), s.options.Journal.ObserveChanges(r.observeChanges)
	for r.list() != nil && ctx.Err() == nil {
		select {
		case <-time.After(s.options.RetryReads):
		case <-ctx.Done():
		}
	}
	<-ctx.Done()
	stop()
	stopChanges()
	r.end()
	s.client.CloseIdleConnections()
}

// run is one Run of a Sender.
type run struct {
	*Sender
	ctx            context.Context
	rooms, devices *outbound.Queue
	positions      *journal.Positions
	failing        atomic.Bool // the journal can't be read

	mu      sync.Mutex
	cursors map[string]*cursor // of the rooms with devices
	early   map[string]bool    // other rooms in which something was said; nil once the rooms are listed
	busy    map[string]int     // how many pushes are under way, by host
	slow    int                // how many of them to push services that took long the last time
	refused map[string]bool    // hosts of push services that were logged because they refuse pushes
}

// list finds the rooms with devices that there are already. The observers are there before, so none
// is missed.
func (r *run) list() error {
	rooms, err := r.options.Journal.Rooms(r.ctx, policy.PushKeys)
	if err != nil {
		if r.ctx.Err() == nil {
			r.options.Log.Error("the devices for pushes can't be read", "err", err)
		}
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for code, s := range rooms {
		if !hasDevices(s.State) {
			continue
		}
		pushed, err := policy.Pushed(s.State)
		if c := r.add(code); err != nil || pushed < s.Head || r.early[code] {
			c.task.Wake()
		}
	}
	r.early = nil
	return nil
}

func hasDevices(state map[string][]byte) bool {
	for key := range state {
		if strings.HasPrefix(key, policy.KeyDevice) {
			return true
		}
	}
	return false
}

// add returns the cursor of a room, which it makes if need be. The caller holds r.mu.
func (r *run) add(code string) *cursor {
	c := r.cursors[code]
	if c == nil {
		c = &cursor{run: r, room: code, stale: true, devices: make(map[string]*device)}
		c.task = r.rooms.NewTask(c.turn)
		r.cursors[code] = c
	}
	return c
}

// observe is called with each commit. It must not block.
func (r *run) observe(code string, entries []*journal.Entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := r.cursors[code]
	if c == nil {
		if r.early != nil {
			r.early[code] = true
		}
		return
	}
	for _, e := range entries {
		switch e.Type {
		case protocol.EventModerated: // who is banned, whose seats are revoked, the room's name
			c.stale = true
			c.task.Wake()
		case protocol.EventMessage:
			c.task.Wake()
		}
	}
}

// observeChanges is called with each change of a room's state that has no entry. It must not block.
func (r *run) observeChanges(code string, changes []journal.Change) {
	for _, change := range changes {
		if strings.HasPrefix(change.Key, policy.KeyDevice) {
			r.mu.Lock()
			c := r.add(code)
			c.stale = true
			c.task.Wake()
			r.mu.Unlock()
			return
		}
	}
}

// end waits for what is under way, and then stores the positions of all rooms.
func (r *run) end() {
	r.rooms.End()
	r.devices.End()
	r.positions.Wait()
	r.mu.Lock()
	all := make([]*cursor, 0, len(r.cursors))
	for _, c := range r.cursors {
		all = append(all, c)
	}
	r.mu.Unlock()
	for _, c := range all {
		c.store()
	}
	r.positions.Wait()
}
