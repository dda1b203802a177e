package test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/coder/websocket"
)

func TestAMessageOfTheOriginalDialectReachesBoth(t *testing.T) {
	s := newSite(t)
	s.start()
	originalsMessage(t, s.address())
}

// originalsMessage lets two plain clients exchange the original's message.
func originalsMessage(t *testing.T, addr string) {
	t.Helper()
	ctx := within(t)
	var here []*websocket.Conn
	for range 2 {
		ws, _, err := websocket.Dial(ctx, "ws://"+addr+"/ws?roomCode=room1", nil)
		if err != nil {
			t.Fatal(err)
		}
		defer line{ws}.cut()
		here = append(here, ws)
	}
	if err := here[0].Write(ctx, websocket.MessageText, []byte(`{"Author": "client 1", "Content": "content1"}`)); err != nil {
		t.Fatal(err)
	}
	for _, ws := range here {
		oneMessage(ctx, t, ws)
	}
}

func oneMessage(ctx context.Context, t *testing.T, ws *websocket.Conn) {
	t.Helper()
	_, frame, err := ws.Read(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]string
	if err := json.Unmarshal(frame, &m); err != nil {
		t.Fatal(err)
	}
	if len(m) != 2 || m["Author"] != "client 1" || m["Content"] != "content1" {
		t.Errorf("a client sees %s", frame)
	}
}
