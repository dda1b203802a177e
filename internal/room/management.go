package room

import (
	"context"
	"crypto/ecdh"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"snug/internal/auth"
	"snug/internal/journal"
	"snug/internal/tracing"
)

// ErrTooMany says that the limit of open rooms is reached.
var ErrTooMany = errors.New("too many rooms are open")

// Options are what a Registry is made with.
type Options struct {
	Journal      journal.Journal
	Log          *slog.Logger
	Idle         time.Duration   // how long a room stays open with nobody in it
	MaxRooms     int             // open at once; 0 for no limit
	MaxMembers   int             // in a room; 0 for no limit
	NoOwners     bool            // new rooms have no owner; otherwise their first member is it
	MaxChars     int             // in a message; 0 for no limit
	Peers        Peers           // the other nodes; nil for none
	MaxRoomFiles int64           // bytes of a room's files; 0 for no limit
	Outgoing     bool            // hooks may be outgoing
	PublicURL    string          // where people reach the server, with a slash at its end; empty if unknown
	Build        string          // of the page that the server serves; empty for none
	Push         bool            // members may have devices that are told of messages
	PushPrivate  bool            // the endpoints of devices need no TLS
	Filter       Filter          // decides about messages; nil for none
	Tracer       *tracing.Tracer // nil to trace nothing
	SeatSeries   uint            // of the seats that are valid: those of other series are not
}

// Registry has the open rooms. It opens a room when it is first joined, and closes it
// when nobody has been in it for a while. It is safe for concurrent use.
type Registry struct {
	options   Options
	seats     auth.Seats
	hooks     auth.Hooks
	passwords *auth.Passwords
	addresses auth.MAC
	transfers auth.MAC // keys the codes of transfers
	invites   auth.Invites
	holderKey []byte
	pushKey   *ecdh.PrivateKey // nil without Options.Push
	ctx       context.Context  // of all rooms; it ends with Close
	cancel    context.CancelFunc
	running   sync.WaitGroup // the rooms' goroutines
	messages  atomic.Uint64  // see Messages

	mu      sync.Mutex
	rooms   map[Code]*Room
	imports map[Code]bool // into which rooms one is under way
}

// seatKey names the key of a series of seats. The first series is that of logs from before
// there were several.
func seatKey(series uint) string {
	if series == 0 {
		return "seat"
	}
	return fmt.Sprintf("seat/%d", series)
}

// NewRegistry returns a registry without rooms. Close ends it.
func NewRegistry(o Options) *Registry {
	ctx, cancel := context.WithCancel(context.Background())
	g := &Registry{
		options: o, seats: auth.NewSeats(o.Journal.Key(seatKey(o.SeatSeries))), passwords: auth.NewPasswords(o.Journal.Key("password")), addresses: auth.NewMAC(o.Journal.Key("address")),
		transfers: auth.NewMAC(o.Journal.Key("transfer")), invites: auth.NewInvites(o.Journal.Key("invite")),
		holderKey: o.Journal.Key("holder"), hooks: auth.NewHooks(o.Journal.Key("hook")),
		ctx: ctx, cancel: cancel, rooms: make(map[Code]*Room),
	}
	if o.Push {
		g.pushKey = auth.NewPushKey(o.Journal.Key("push"))
	}
	return g
}

// acquire returns the open room with the given code, and opens it if need be. The room
// doesn't retire before release is called.
func (g *Registry) acquire(code Code) (*Room, error) { return g.acquireBelow(g.options.MaxRooms, code) }

// acquireForOperator is acquire however many rooms are open: who fills the server can't keep its operator out.
func (g *Registry) acquireForOperator(code Code) (*Room, error) { return g.acquireBelow(0, code) }

// acquireBelow is acquire with a limit of open rooms; 0 for none.
func (g *Registry) acquireBelow(limit int, code Code) (*Room, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	r := g.rooms[code]
	if r == nil {
		if g.ctx.Err() != nil {
			return nil, ErrClosed
		}
		if limit > 0 && len(g.rooms) >= limit {
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
	g.remove(r) // before done is closed: who sees that may ask for the code again
	close(r.done)
	r.fanout.NotifyAll()
}

func (g *Registry) release(r *Room) {
	g.mu.Lock()
	r.refs--
	g.mu.Unlock()
}

// retire removes r from the registry, unless it is acquired, and reports whether it did.
// From then on its code stands for a new room with the same log.
func (g *Registry) retire(r *Room) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if r.refs > 0 {
		return false
	}
	delete(g.rooms, r.code)
	return true
}

// remove removes r from the registry if it has ended in another way than by retiring.
func (g *Registry) remove(r *Room) {
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

// Close ends all rooms and waits for their goroutines. It leaves the journal open.
func (g *Registry) Close() {
	g.mu.Lock()
	g.cancel() // under mu, or a room could start while Close waits
	g.mu.Unlock()
	g.running.Wait()
}
