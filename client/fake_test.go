package client_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"snug/protocol"
)

// fakeConn is a connection of a server that sends what a test wants.
type fakeConn struct {
	t    testing.TB
	ws   *websocket.Conn
	n    int              // counts the connections, from 1
	join protocol.Command // the client's join

	impatient bool // the client is to repeat commands after 20 ms, and not after an hour
}

// startFake starts a server that calls talk for each connection after its join.
func startFake(t testing.TB, talk func(*fakeConn)) (addr string) {
	var n atomic.Int64
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{protocol.Subprotocol}})
		if err != nil {
			t.Error(err)
			return
		}
		defer ws.CloseNow() //nolint:errcheck // it is over
		f := &fakeConn{t: t, ws: ws, n: int(n.Add(1))}
		f.join = f.hear()
		talk(f)
	}))
	t.Cleanup(s.Close)
	return strings.TrimPrefix(s.URL, "http://")
}

// hear reads the next command. At the end of the connection it has no type.
func (f *fakeConn) hear() (c protocol.Command) {
	_, frame, err := f.ws.Read(context.Background())
	if err != nil {
		return protocol.Command{}
	}
	if err := json.Unmarshal(frame, &c); err != nil {
		f.t.Errorf("%s: %v", frame, err)
	}
	return c
}

// drain reads until the client closes the connection.
func (f *fakeConn) drain() {
	for f.hear().Type != "" {
	}
}

func (f *fakeConn) say(frame []byte) {
	_ = f.ws.Write(context.Background(), websocket.MessageText, frame) // the client may have gone
}

func (f *fakeConn) event(typ protocol.EventType, fields any) {
	f.say(protocol.AppendEvent(nil, typ, fields))
}

// welcome sends the welcome of member m1, into a log with head events.
func (f *fakeConn) welcome(epoch string, head uint64) {
	retryMS := int64(3_600_000)
	if f.impatient {
		retryMS = 20
	}
	f.event(protocol.EventWelcome, protocol.Welcome{
		Room: "lobby", Epoch: epoch, First: 1, Head: head,
		Resumed: f.join.Since != nil && f.join.Since.Epoch == epoch && f.join.Since.Seq <= head,
		You:     protocol.You{Member: protocol.Member{Member: "m1", Nick: "ann", Role: "member"}, Seat: "s"},
		Members: []protocol.Member{{Member: "m1", Nick: "ann", Role: "member"}}, Count: 1,
		Limits: protocol.Limits{ContentChars: 100, FrameBytes: 5000, EventBytes: 500_000, RetryMS: retryMS},
	})
}

// logged returns event seq, a message from member.
func logged(seq uint64, member, id, content string) protocol.Event {
	return protocol.Event{
		Type: protocol.EventMessage, Seq: seq, ID: id, At: time.UnixMilli(1e12).UTC(),
		From: protocol.Member{Member: member, Nick: member, Role: "member"}, Body: protocol.MessageBody{Content: content}.Encode(),
	}
}

func (f *fakeConn) message(seq uint64, member, id, content string) {
	e := logged(seq, member, id, content)
	f.say(e.AppendJSON(nil))
}

// page answers a history command.
func (f *fakeConn) page(c protocol.Command, event func(seq uint64) (protocol.Event, bool)) {
	var events []protocol.Event
	for seq := *c.After + 1; len(events) < *c.Limit; seq++ {
		e, ok := event(seq)
		if !ok {
			break
		}
		events = append(events, e)
	}
	f.say(protocol.AppendHistory(nil, c.Ref, events, true))
}
