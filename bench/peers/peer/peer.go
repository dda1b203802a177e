// Package peer is shared by the servers in bench/peers: it starts them, decodes messages,
// and reads the room from a request.
package peer

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/http"
	"runtime"
)

// Message is a message of the plain dialect.
type Message struct {
	Author  string
	Content string
}

// Read decodes a client's frame and returns the message as it is sent to everyone: a
// chat server checks what it forwards.
func Read(frame []byte) ([]byte, error) {
	var m Message
	if err := json.Unmarshal(frame, &m); err != nil {
		return nil, err
	}
	return json.Marshal(m)
}

// Room returns the code of the room that a request is for.
func Room(r *http.Request) string { return r.URL.Query().Get("roomCode") }

// Serve serves h at /ws on --addr, and /gc, which collects garbage and answers how many
// bytes are in use afterwards.
func Serve(h http.HandlerFunc) {
	addr := flag.String("addr", "127.0.0.1:8080", "listen on this `address`")
	flag.Parse()
	mux := http.NewServeMux()
	mux.HandleFunc("/ws", h)
	mux.HandleFunc("/gc", func(w http.ResponseWriter, _ *http.Request) {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		fmt.Fprint(w, m.HeapAlloc+m.StackInuse+m.MSpanInuse+m.GCSys)
	})
	log.Fatal(http.ListenAndServe(*addr, mux))
}
