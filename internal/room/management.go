package room

import (
	"context"
	"encoding/base64"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"snug/internal/auth"
	"snug/internal/journal"
	"snug/protocol"
)

// ErrTooMany says that as many rooms are open as may be.
var ErrTooMany = errors.New("too many rooms are open")

// Options are what a Registry's rooms are made with.
type Options struct {
	Journal    journal.Journal
	Log        *slog.Logger
	Idle       time.Duration // how long a room stays open with nobody in it
	MaxRooms   int           // open at once; 0 for no limit
	MaxMembers int           // in a room; 0 for no limit
	NoOwners   bool          // a new room is nobody's, and not its first member's
	MaxChars   int           // in a message; 0 for no limit
	Peers      Peers         // the other nodes; nil for none
}

// Registry finds rooms, opens them when they are first joined and lets go of
// them when they have been empty for a while. It is safe for concurrent use.
type Registry struct {
	options   Options
	seats     auth.Seats
	passwords auth.Passwords
	addresses auth.MAC
	holderKey []byte
	ctx       context.Context // of all rooms; it ends with Close
	cancel    context.CancelFunc
	running   sync.WaitGroup // the rooms' goroutines
	messages  atomic.Uint64  // see Messages

	mu    sync.Mutex
	rooms map[Code]*Room
}

// NewRegistry returns a registry without rooms. Close ends it.
func NewRegistry(o Options) *Registry {
	ctx, cancel := context.WithCancel(context.Background())
	return &Registry{
		options: o, seats: auth.NewSeats(o.Journal.Key("seat")), passwords: auth.NewPasswords(o.Journal.Key("password")), addresses: auth.NewMAC(o.Journal.Key("address")),
		holderKey: o.Journal.Key("holder"),
		ctx:       ctx, cancel: cancel, rooms: make(map[Code]*Room),
	}
}

// Request is what a connection joins with.
type Request struct {
	Dialect protocol.Dialect
	Nick    Nick
	Seat    string             // an earlier welcome's; one that isn't this room's is passed over
	Since   *protocol.Position // resume after this…
	History int                // …or replay from this many messages back
	Client  Client             // nil for nobody who is to know, and who may do all

	// Holder is who the client's token says it is; nil for none. Then Seat says no
	// more than that it has been here before.
	Holder   *auth.Holder
	Password string
	Address  string // where the client comes from: what a ban holds for; empty for none
}

// Join seats a connection in the room, which is opened if need be, and says
// what it finds there. It waits for the journal, until ctx ends. The error is
// a [*protocol.Error], ErrTooMany, ErrClosed, ctx's or the journal's.
func (g *Registry) Join(ctx context.Context, code Code, q Request) (*Participant, protocol.Welcome, error) {
	r, err := g.hold(code)
	if err != nil {
		return nil, protocol.Welcome{}, err
	}
	p := &Participant{room: r, client: q.Client, address: g.keyed(q.Address)}
	if p.client == nil {
		p.client = nobody{}
	}
	if err := g.reach(ctx, r, q.Since); err != nil {
		g.release(r)
		return nil, protocol.Welcome{}, err
	}
	who, known := g.identify(code, &q)
	if q.Holder != nil {
		p.granted = q.Holder.Role
		p.address = "" // who bans a holder bans that one, and nobody beside it
	}
	j, err := g.enter(ctx, r, join{participant: p, dialect: q.Dialect, who: who, nick: q.Nick, isNew: !known}, q.Password)
	if err != nil {
		g.release(r)
		return nil, protocol.Welcome{}, err
	}
	resumed := q.Since != nil && q.Since.Epoch == j.epoch && q.Since.Seq <= j.head
	if resumed {
		p.Cursor.seq = q.Since.Seq
	} else if p.Cursor.seq, err = r.replay.start(ctx, tail{j.head, q.History}); err != nil {
		p.Leave()
		return nil, protocol.Welcome{}, err
	}
	p.began = p.Cursor.seq
	p.Passed()
	return p, protocol.Welcome{
		Room:     string(code),
		Epoch:    j.epoch,
		First:    j.oldest,
		Head:     j.head,
		Resumed:  resumed,
		You:      protocol.You{Member: j.you, Seat: g.seats.Seat(string(code), j.you.Member)},
		Members:  j.members,
		Count:    j.count,
		Settings: j.settings,
	}, nil
}

// reach waits until the room has come to where a client was that comes from another
// node, which may have been a moment ahead of this one.
func (g *Registry) reach(ctx context.Context, r *Room, since *protocol.Position) error {
	replica, ok := g.options.Journal.(journal.Replica)
	if !ok || since == nil || since.Seq <= r.Head() {
		return nil
	}
	if err := replica.CatchUp(ctx); err != nil {
		return err
	}
	return r.settle(ctx)
}

// keyed returns what is kept of an address: nobody who reads the journal without
// its key learns whose it is.
func (g *Registry) keyed(address string) string {
	if address == "" {
		return ""
	}
	mac := g.addresses.Sum(address)
	return base64.RawURLEncoding.EncodeToString(mac[:12])
}

// hold returns the open room, which won't retire before release is called.
func (g *Registry) hold(code Code) (*Room, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.rooms[code]
	if r == nil {
		if g.ctx.Err() != nil {
			return nil, ErrClosed
		}
		if g.options.MaxRooms > 0 && len(g.rooms) >= g.options.MaxRooms {
			return nil, ErrTooMany
		}
		r = newRoom(code, g)
		g.rooms[code] = r
		g.running.Go(func() { g.run(r) })
	}
	r.refs++
	return r, nil
}

// run is a room's goroutine.
func (g *Registry) run(r *Room) {
	if r.Run(g.ctx) {
		g.running.Go(func() { g.run(r) })
		return
	}
	g.forget(r) // before done: who sees it closed may ask for the code again
	close(r.done)
	r.tellAll()
}

func (g *Registry) release(r *Room) {
	g.mu.Lock()
	r.refs--
	g.mu.Unlock()
}

// retire takes r out, unless somebody holds it. Whoever asks for its code from
// then on gets a new room over the same log.
func (g *Registry) retire(r *Room) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.refs > 0 {
		return false
	}
	delete(g.rooms, r.code)
	return true
}

// forget takes r out if it has ended in another way than by retiring.
func (g *Registry) forget(r *Room) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.rooms[r.code] == r {
		delete(g.rooms, r.code)
	}
}

// Open returns how many rooms are open.
func (g *Registry) Open() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.rooms)
}

// Close ends all rooms and waits for their goroutines. The journal stays open.
func (g *Registry) Close() {
	g.mu.Lock()
	g.cancel() // under mu, or a room could start while this waits
	g.mu.Unlock()
	g.running.Wait()
}
