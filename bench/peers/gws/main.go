// Command gws is a chat on gws: each room is a set of connections, and a message goes
// to them by a Broadcaster, which encodes it once and queues it for each.
package main

import (
	"net/http"
	"sync"

	"github.com/lxzan/gws"

	"snug/bench/peers/peer"
)

type room struct {
	mu    sync.RWMutex
	conns map[*gws.Conn]struct{}
}

type house struct {
	gws.BuiltinEventHandler
	mu    sync.Mutex
	rooms map[string]*room
}

func (h *house) room(code string) *room {
	h.mu.Lock()
	defer h.mu.Unlock()
	r := h.rooms[code]
	if r == nil {
		r = &room{conns: make(map[*gws.Conn]struct{})}
		h.rooms[code] = r
	}
	return r
}

func of(c *gws.Conn) *room {
	r, _ := c.Session().Load("room")
	return r.(*room)
}

func (h *house) OnOpen(c *gws.Conn) {
	r := of(c)
	r.mu.Lock()
	r.conns[c] = struct{}{}
	r.mu.Unlock()
}

func (h *house) OnClose(c *gws.Conn, _ error) {
	r := of(c)
	r.mu.Lock()
	delete(r.conns, c)
	r.mu.Unlock()
}

func (h *house) OnMessage(c *gws.Conn, message *gws.Message) {
	defer message.Close()
	said, err := peer.Read(message.Bytes())
	if err != nil {
		return
	}
	b := gws.NewBroadcaster(gws.OpcodeText, said)
	defer b.Close()
	r := of(c)
	r.mu.RLock()
	defer r.mu.RUnlock()
	for other := range r.conns {
		_ = b.Broadcast(other)
	}
}

func main() {
	h := &house{rooms: make(map[string]*room)}
	upgrader := gws.NewUpgrader(h, &gws.ServerOption{
		Authorize: func(q *http.Request, session gws.SessionStorage) bool {
			session.Store("room", h.room(peer.Room(q)))
			return true
		},
	})
	peer.Serve(func(w http.ResponseWriter, q *http.Request) {
		if conn, err := upgrader.Upgrade(w, q); err == nil {
			go conn.ReadLoop()
		}
	})
}
