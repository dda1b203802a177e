package chat_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/coder/websocket"

	"snug/protocol"
)

// client is a WebSocket client that uses a library, unlike the server.
type client struct {
	t     testing.TB
	ws    *websocket.Conn
	you   protocol.You     // v1: as the welcome said
	hello event            // v1: the welcome
	most  int              // the longest frame so far
	limit *protocol.Limits // v1: the welcome's
}

// event is any frame from the server, in either dialect.
type event struct {
	protocol.Welcome
	Type           string
	Seq            uint64
	ID, Ref, At    string
	Code           string
	Message        string
	From           protocol.Member
	Content        *string
	ReplyTo        uint64 `json:"reply_to"`
	Member, Nick   string
	Events         []event
	More           bool
	Duplicate      bool
	Edited         bool
	RetryAfterMS   int64   `json:"retry_after_ms"`
	ReconnectAfter *int64  `json:"reconnect_after_ms"`
	Author         string  // plain
	Error          *string // plain
	raw            string
}

func (e event) content() string {
	if e.Content == nil {
		return ""
	}
	return *e.Content
}

// dial connects. query follows the room code and starts with &.
func (h *testServer) dial(t testing.TB, code, query string, subprotocols ...string) *client {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ws, resp, err := websocket.Dial(ctx, "ws://"+h.addr+"/ws?roomCode="+url.QueryEscape(code)+query,
		&websocket.DialOptions{Subprotocols: subprotocols})
	if err != nil {
		t.Fatalf("connect to %s: %v (%v)", code, err, resp)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	ws.SetReadLimit(1 << 20)
	return &client{t: t, ws: ws}
}

// plain connects in the plain dialect, and says hello.
func (h *testServer) plain(t testing.TB, code string) *client {
	t.Helper()
	c := h.dial(t, code, "")
	c.say(`{"Author":"hello","Content":"hello"}`)
	for c.next().Author != "hello" {
	}
	return c
}

// v1 connects and joins.
func (h *testServer) v1(t testing.TB, code, nick string) *client {
	t.Helper()
	return h.join(t, code, fmt.Sprintf(`{"type":"join","nick":%q}`, nick))
}

// join connects and joins with the given frame.
func (h *testServer) join(t testing.TB, code, frame string) *client {
	t.Helper()
	c := h.dial(t, code, "", protocol.Subprotocol)
	c.say(frame)
	c.hello = c.next()
	if c.hello.Type != "welcome" {
		t.Fatalf("the first event is %s, not a welcome", c.hello.raw)
	}
	c.you, c.limit = c.hello.You, &c.hello.Limits
	return c
}

// say sends a text frame.
func (c *client) say(frame string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	if err := c.ws.Write(ctx, websocket.MessageText, []byte(frame)); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// send sends a message in v1.
func (c *client) send(id, content string) {
	c.t.Helper()
	c.say(fmt.Sprintf(`{"type":"send","id":%q,"content":%q}`, id, content))
}

// read returns the next frame, or how the connection ended.
func (c *client) read() (event, error) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), patience)
	defer cancel()
	var e event
	typ, frame, err := c.ws.Read(ctx)
	if err != nil {
		return e, err
	}
	if typ != websocket.MessageText {
		c.t.Errorf("a frame of the server's is %v", typ)
	}
	if err := json.Unmarshal(frame, &e); err != nil {
		c.t.Fatalf("a frame of the server's is no JSON: %s", frame)
	}
	c.most = max(c.most, len(frame))
	if c.limit != nil && len(frame) > c.limit.EventBytes {
		c.t.Errorf("an event of %d bytes: event_bytes is %d", len(frame), c.limit.EventBytes)
	}
	e.raw = string(frame)
	return e, nil
}

// next returns the next frame.
func (c *client) next() event {
	c.t.Helper()
	e, err := c.read()
	if err != nil {
		c.t.Fatalf("read: %v", err)
	}
	return e
}

// until returns the next event of a type, and skips others.
func (c *client) until(typ string) event {
	c.t.Helper()
	for {
		if e := c.next(); e.Type == typ {
			return e
		}
	}
}

// rest reads to the end and returns the events and the close code.
func (c *client) rest() ([]event, websocket.StatusCode) {
	c.t.Helper()
	var all []event
	for {
		e, err := c.read()
		if err != nil {
			if errors.Is(err, context.DeadlineExceeded) {
				c.t.Error("the connection doesn't end")
			}
			return all, websocket.CloseStatus(err)
		}
		all = append(all, e)
	}
}
