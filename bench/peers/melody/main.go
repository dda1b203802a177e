// Command melody is a chat server with melody, with rooms as in melody's README: one
// Melody broadcasts a message to the sessions in the sender's room. It drops messages
// that don't fit into a client's buffer of 256.
package main

import (
	"net/http"

	"github.com/olahol/melody"

	"snug/bench/peers/peer"
)

func main() {
	m := melody.New()
	m.Config.MaxMessageSize = 64 << 10
	m.Upgrader.CheckOrigin = func(*http.Request) bool { return true }
	m.HandleMessage(func(s *melody.Session, frame []byte) {
		said, err := peer.Read(frame)
		if err != nil {
			return
		}
		room := s.MustGet("room")
		_ = m.BroadcastFilter(said, func(other *melody.Session) bool { return other.MustGet("room") == room })
	})
	peer.Serve(func(w http.ResponseWriter, q *http.Request) {
		_ = m.HandleRequestWithKeys(w, q, map[string]any{"room": peer.Room(q)})
	})
}
