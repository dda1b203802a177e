package chat_test

import (
	"fmt"
	"strings"
	"testing"

	"snug/protocol"
)

func TestFloodOfRefusedFramesEndsWithPolicy(t *testing.T) {
	for what, c := range map[string]struct{ subprotocol, frame string }{
		"v1":     {protocol.Subprotocol, frame(final|text, "hello")},
		"plain":  {"", frame(final|text, "hello")},
		"binary": {protocol.Subprotocol, frame(final|binaryData, "hello")},
		"empty":  {protocol.Subprotocol, frame(final|text, "")},
		"early":  {protocol.Subprotocol, frame(final|text, `{"type":"typing"}`)},
	} {
		t.Run(what, func(t *testing.T) {
			h := open(t, func(s *setup) { s.chat.Strangers = true })
			ends(t, h, "room1", frame(final|text, `{"type":"ping"}`)+strings.Repeat(frame(final|text, "hello"), 1000), 1008)
			conn := h.connectRaw(t, "room2", c.subprotocol)
			conn.raw([]byte(strings.Repeat(c.frame, 1000)))
			if code := conn.closed(); code != 1008 {
				t.Errorf("the connection was closed with %d, want 1008", code)
			}
		})
	}
}

func TestHundredMistakesAreForgiven(t *testing.T) {
	h := open(t, func(s *setup) { s.chat.Strangers = true })
	c := h.v1(t, "room1", "ann")
	for range 100 {
		c.say("hello")
	}
	for range 100 {
		c.until("error")
	}
	c.send("1", "hi")
	c.until("message")
}

// In each room one client is cut off while it talks, and the other continues.
func TestResetInTrafficEndsNoRoom(t *testing.T) {
	h := open(t)
	const rooms = 1000
	for i := range rooms {
		room := fmt.Sprint("room", i)
		stays, goes := h.joinRaw(t, room, "stays"), h.joinRaw(t, room, "goes")
		for n := range 20 {
			goes.say(fmt.Sprintf(`{"type":"send","id":"%d","content":"hi"}`, n))
			stays.say(fmt.Sprintf(`{"type":"send","id":"%d","content":"hi"}`, n))
		}
		goes.reset()
		for !hasType(stays.until(text), "left") {
		}
		stays.say(`{"type":"send","id":"after","content":"still here"}`)
		for !strings.Contains(string(stays.until(text)), `"still here"`) {
		}
		_ = stays.Close()
	}
	figure(t, "RST in traffic", rooms, "rooms dead 0")
}

// reset ends the connection with a TCP reset.
func (c *rawClient) reset() {
	c.t.Helper()
	if err := c.Conn.(interface{ SetLinger(int) error }).SetLinger(0); err != nil {
		c.t.Error(err)
	}
	_ = c.Close()
}
