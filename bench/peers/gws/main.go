// Command gws is a chat server with gws: each room is a set of connections, and a
// Broadcaster encodes a message once and queues it for each of them.
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

type server struct {
	gws.BuiltinEventHandler
	mu    sync.Mutex
	rooms map[string]*room
}

func (s *server) room(code string) *room {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.rooms[code]
	if r == nil {
		r = &room{conns: make(map[*gws.Conn]struct{})}
		s.rooms[code] = r
	}
	return r
}

func of(c *gws.Conn) *room {
	r, _ := c.Session().Load("room")
	return r.(*room)
}

func (s *server) OnOpen(c *gws.Conn) {
	r := of(c)
	r.mu.Lock()
	r.conns[c] = struct{}{}
	r.mu.Unlock()
}

func (s *server) OnClose(c *gws.Conn, _ error) {
	r := of(c)
	r.mu.Lock()
	delete(r.conns, c)
	r.mu.Unlock()
}

func (s *server) OnMessage(c *gws.Conn, message *gws.Message) {
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
	s := &server{rooms: make(map[string]*room)}
	upgrader := gws.NewUpgrader(s, &gws.ServerOption{
		Authorize: func(q *http.Request, session gws.SessionStorage) bool {
			session.Store("room", s.room(peer.Room(q)))
			return true
		},
	})
	peer.Serve(func(w http.ResponseWriter, q *http.Request) {
		if conn, err := upgrader.Upgrade(w, q); err == nil {
			go conn.ReadLoop()
		}
	})
}
