package main

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/coder/websocket"

	"snug/client"
	"snug/protocol"
)

// A script must not repeat what was done because of how the room was left.
func TestAVisitWhoseEndTheServerDoesNotAnswerHasSucceeded(t *testing.T) {
	t.Parallel()
	over := make(chan struct{})
	welcome := protocol.AppendEvent(nil, protocol.EventWelcome, protocol.Welcome{
		Room: "lobby", Epoch: "e", First: 1,
		You:    protocol.You{Member: protocol.Member{Member: "m1", Nick: "ann", Role: "member"}, Seat: "s"},
		Limits: protocol.Limits{ContentChars: 100, FrameBytes: 5000, EventBytes: 500_000, RetryMS: 1000},
	})
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol.Subprotocol}})
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.CloseNow() //nolint:errcheck // it is over
		if _, _, err := ws.Read(r.Context()); err != nil {
			t.Error(err)
		}
		if err := ws.Write(r.Context(), websocket.MessageText, welcome); err != nil {
			t.Error(err)
		}
		<-over
	}))
	defer s.Close()
	defer close(over)
	room, err := client.Join(t.Context(), s.URL, "lobby", client.Options{Nick: "ann"})
	if err != nil {
		t.Fatal(err)
	}
	if err := (&visit{Room: room}).end(nil); err != nil {
		t.Error(err)
	}
}
