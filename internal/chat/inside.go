package chat

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"snug/internal/room"
)

// Inside is a snapshot of a server, which the operator's live page shows as JSON.
type Inside struct {
	At          time.Time      `json:"at"`
	Connections int            `json:"connections"`
	Readers     int            `json:"readers"` // connections that aren't parked: they talk, join or end
	Writers     int            `json:"writers"` // connections with something to write, or that end
	OpenRooms   int            `json:"open_rooms"`
	Messages    uint64         `json:"messages"`   // shown in rooms since the start
	Deliveries  uint64         `json:"deliveries"` // log events written to clients since the start
	Sent        uint64         `json:"sent_bytes"` // since the start
	Rooms       []RoomInside   `json:"rooms"`      // busiest first
	Furthest    []ClientInside `json:"furthest"`   // furthest behind, of all rooms
}

// RoomInside is one room.
type RoomInside struct {
	Code    string         `json:"code"`
	Head    uint64         `json:"head"`
	Rate    float64        `json:"rate"` // log events a second
	Clients int            `json:"clients"`
	Behind  uint64         `json:"behind"` // of the client furthest behind
	Shown   []ClientInside `json:"shown"`  // some of them, furthest behind first
}

// ClientInside is one connection.
type ClientInside struct {
	Conn    uint64  `json:"conn"` // as in the log
	Room    string  `json:"room"`
	Nick    string  `json:"nick"`
	Dialect string  `json:"dialect"`
	Lag     uint64  `json:"lag"`    // log events that it has yet to be sent
	InLog   bool    `json:"in_log"` // it reads the journal
	Rate    float64 `json:"rate"`   // bytes sent per second
}

const (
	insideRooms    = 60 // rooms shown
	insideClients  = 24 // clients shown for each
	insideFurthest = 8  // clients shown that are furthest behind
	// insideEvery is how long one snapshot is valid, however many people look.
	insideEvery = 900 * time.Millisecond
	// insideForgets is the time after which two snapshots give no rate.
	insideForgets = 10 * time.Second
)

// Window takes snapshots of a server. It stores the last one, to compute rates. Nothing
// runs while nobody looks. It is safe for concurrent use.
type Window struct {
	server *Server

	mu    sync.Mutex
	last  Inside
	heads map[string]uint64 // of rooms, in the last snapshot
	left  map[uint64]uint64 // bytes sent, by connection number
}

// NewWindow returns a window on s.
func NewWindow(s *Server) *Window { return &Window{server: s} }

// Look returns a snapshot. It reads what rooms and connections publish, and makes none of
// them wait.
func (w *Window) Look() Inside {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	since := now.Sub(w.last.At)
	if since < insideEvery {
		return w.last
	}
	if since > insideForgets {
		w.heads, w.left = nil, nil
	}
	total, conns := w.server.snapshot()
	in := Inside{
		At: now, Connections: len(conns), OpenRooms: w.server.options.Rooms.Open(), Messages: w.server.options.Rooms.Messages(),
		Deliveries: total.passed, Sent: total.sent, Rooms: []RoomInside{}, Furthest: []ClientInside{},
	}
	rooms := make(map[string]*RoomInside)
	left := make(map[uint64]uint64, len(conns))
	for _, c := range conns {
		if !c.state.parked() {
			in.Readers++
		}
		if c.writeRequests.Load() > 0 {
			in.Writers++
		}
		p := c.out.joined()
		if p == nil {
			continue
		}
		sent := c.sock.Sent()
		unsent := c.sock.Unsent()
		left[c.number] = sent - min(sent, unsent) // with TLS these are more
		client := c.inside(p, unsent)
		if before, ok := w.left[c.number]; ok && left[c.number] > before {
			client.Rate = float64(left[c.number]-before) / since.Seconds()
		}
		r := rooms[client.Room]
		if r == nil {
			r = &RoomInside{Code: client.Room, Head: p.Head()}
			rooms[client.Room] = r
		}
		r.Clients++
		r.Behind = max(r.Behind, client.Lag)
		r.Shown = append(r.Shown, client)
		if client.Lag > 0 {
			in.Furthest = append(in.Furthest, client)
		}
	}
	heads := make(map[string]uint64, len(rooms))
	for code, r := range rooms {
		heads[code] = r.Head
		if before, ok := w.heads[code]; ok && r.Head > before {
			r.Rate = float64(r.Head-before) / since.Seconds()
		}
		in.Rooms = append(in.Rooms, *r)
	}
	slices.SortFunc(in.Rooms, func(a, b RoomInside) int {
		return cmp.Or(cmp.Compare(b.Rate, a.Rate), cmp.Compare(b.Clients, a.Clients), cmp.Compare(a.Code, b.Code))
	})
	in.Rooms = first(in.Rooms, insideRooms)
	for i := range in.Rooms {
		r := &in.Rooms[i]
		slices.SortFunc(r.Shown, furtherBehind)
		r.Shown = first(r.Shown, insideClients)
	}
	slices.SortFunc(in.Furthest, furtherBehind)
	in.Furthest = first(in.Furthest, insideFurthest)
	w.last, w.heads, w.left = in, heads, left
	return in
}

// inside describes the connection, without its rate.
func (c *conn) inside(p *room.Participant, unsent uint64) ClientInside {
	lag := c.lag(p, unsent)
	return ClientInside{
		Conn: c.number, Room: string(c.handshake.code), Nick: p.You().Nick, Dialect: c.handshake.dialect.String(),
		Lag: lag.Events, InLog: lag.InLog,
	}
}

func furtherBehind(a, b ClientInside) int {
	return cmp.Or(cmp.Compare(b.Lag, a.Lag), cmp.Compare(a.Conn, b.Conn))
}

// first returns a copy of the first n elements of s, so that the rest can be freed.
func first[T any](s []T, n int) []T {
	if len(s) > n {
		return slices.Clone(s[:n])
	}
	return s
}
