// Command gorilla is the hub of gorilla/websocket's chat example: a goroutine for each
// room, and a channel of 256 messages for each client, which is disconnected when the
// channel is full. A message is encoded once, as a PreparedMessage.
package main

import (
	"net/http"
	"sync"

	"github.com/gorilla/websocket"

	"snug/bench/peers/peer"
)

type client struct {
	conn *websocket.Conn
	send chan *websocket.PreparedMessage
}

type hub struct {
	register, unregister chan *client
	broadcast            chan *websocket.PreparedMessage
}

func newHub() *hub {
	h := &hub{make(chan *client), make(chan *client), make(chan *websocket.PreparedMessage)}
	go h.run()
	return h
}

func (h *hub) run() {
	clients := make(map[*client]bool)
	for {
		select {
		case c := <-h.register:
			clients[c] = true
		case c := <-h.unregister:
			if clients[c] {
				delete(clients, c)
				close(c.send)
			}
		case m := <-h.broadcast:
			for c := range clients {
				select {
				case c.send <- m:
				default:
					close(c.send)
					delete(clients, c)
				}
			}
		}
	}
}

func (c *client) writePump() {
	defer c.conn.Close()
	for m := range c.send {
		if c.conn.WritePreparedMessage(m) != nil {
			return
		}
	}
}

func (c *client) readPump(h *hub) {
	defer func() {
		h.unregister <- c
		c.conn.Close()
	}()
	for {
		_, frame, err := c.conn.ReadMessage()
		if err != nil {
			return
		}
		said, err := peer.Read(frame)
		if err != nil {
			continue
		}
		m, err := websocket.NewPreparedMessage(websocket.TextMessage, said)
		if err != nil {
			return
		}
		h.broadcast <- m
	}
}

func main() {
	var mu sync.Mutex
	hubs := make(map[string]*hub)
	upgrader := websocket.Upgrader{
		ReadBufferSize: 1024, WriteBufferSize: 1024, // as in the example
		CheckOrigin: func(*http.Request) bool { return true },
	}
	peer.Serve(func(w http.ResponseWriter, q *http.Request) {
		conn, err := upgrader.Upgrade(w, q, nil)
		if err != nil {
			return
		}
		mu.Lock()
		h := hubs[peer.Room(q)]
		if h == nil {
			h = newHub()
			hubs[peer.Room(q)] = h
		}
		mu.Unlock()
		c := &client{conn, make(chan *websocket.PreparedMessage, 256)}
		h.register <- c
		go c.writePump()
		go c.readPump(h)
	})
}
