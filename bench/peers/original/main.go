// Command original is the design that Snug started from: a goroutine for each room sends
// each message to each client over an unbuffered channel, and waits until the client's
// writer receives it.
package main

import (
	"net/http"
	"sync"

	"github.com/gorilla/websocket"

	"snug/bench/peers/peer"
)

type client struct {
	conn *websocket.Conn
	send chan peer.Message
	done chan struct{} // closed when its writer has ended
}

type room struct {
	join, leave chan *client
	broadcast   chan peer.Message
}

func newRoom() *room {
	r := &room{join: make(chan *client), leave: make(chan *client), broadcast: make(chan peer.Message)}
	go r.run()
	return r
}

func (r *room) run() {
	clients := make(map[*client]bool)
	for {
		select {
		case c := <-r.join:
			clients[c] = true
		case c := <-r.leave:
			delete(clients, c)
			close(c.send)
		case m := <-r.broadcast:
			for c := range clients {
				select {
				case c.send <- m:
				case <-c.done: // the only change: without it, a client that is gone would block the room
				}
			}
		}
	}
}

func (c *client) write() {
	defer close(c.done)
	defer c.conn.Close()
	for m := range c.send {
		if c.conn.WriteJSON(m) != nil {
			return
		}
	}
}

func (c *client) read(r *room) {
	defer func() { r.leave <- c }()
	for {
		var m peer.Message
		if c.conn.ReadJSON(&m) != nil {
			return
		}
		r.broadcast <- m
	}
}

func main() {
	var mu sync.Mutex
	rooms := make(map[string]*room)
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	peer.Serve(func(w http.ResponseWriter, q *http.Request) {
		conn, err := upgrader.Upgrade(w, q, nil)
		if err != nil {
			return
		}
		mu.Lock()
		r := rooms[peer.Room(q)]
		if r == nil {
			r = newRoom()
			rooms[peer.Room(q)] = r
		}
		mu.Unlock()
		c := &client{conn, make(chan peer.Message), make(chan struct{})}
		r.join <- c
		go c.write()
		c.read(r)
	})
}
