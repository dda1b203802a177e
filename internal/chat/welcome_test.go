package chat_test

import (
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"snug/protocol"
)

// TestNothingOfTheRoomComesBeforeWelcome: a ping before the join keeps the writer
// busy while the reader joins.
func TestNothingOfTheRoomComesBeforeWelcome(t *testing.T) {
	h := open(t)
	before := h.v1(t, "room1", "ann")
	for i := range 20 {
		before.send(fmt.Sprint(i), "hi")
	}
	for range 20 {
		before.until("message")
	}
	pipelined := append(masked(final|text, []byte(`{"type":"ping"}`)), masked(final|text, []byte(`{"type":"join","nick":"bob"}`))...)
	for range 300 {
		c := h.connectRaw(t, "room1", protocol.Subprotocol)
		c.raw(pipelined)
		if first := c.until(text); !hasType(first, "pong") {
			t.Fatalf("first comes %s", first)
		}
		if second := c.until(text); !hasType(second, "welcome") {
			t.Fatalf("before the welcome comes %s", second)
		}
		c.reset()
	}
}

// If a client is closed for a fault and doesn't close in turn, only its own connection
// waits for it: the others see at once that it has left.
func TestAMemberThatIsClosedHasLeftAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := pipeServer(t, nil)
		enter := func(nick string) *rawClient {
			near, far := net.Pipe()
			c := connectPipe(t, server, near, far, protocol.Subprotocol, "")
			c.say(fmt.Sprintf(`{"type":"join","nick":%q}`, nick))
			if welcome := c.until(text); !hasType(welcome, "welcome") {
				t.Fatalf("the first event is %s", welcome)
			}
			return c
		}
		stays, goes := enter("stays"), enter("goes")
		for !hasType(stays.until(text), "joined") {
		}
		begun := time.Now() // of the bubble
		goes.raw(masked(final|text, []byte{0xff}))
		goes.until(closes)
		for !hasType(stays.until(text), "left") {
		}
		about(t, begun, 0)
	})
}
