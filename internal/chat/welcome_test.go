package chat_test

import (
	"fmt"
	"testing"
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
		c := h.hand(t, "room1", protocol.Subprotocol)
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

// A client that is closed for its faults, and doesn't close in turn, is waited for
// by its connection alone: the others see at once that it has left.
func TestOneThatIsClosedHasLeftAtOnce(t *testing.T) {
	h := open(t)
	stays := h.v1(t, "room1", "stays")
	goes := h.seated(t, "room1", "goes")
	stays.until("joined")
	goes.raw(masked(final|text, []byte{0xff}))
	began := time.Now()
	stays.until("left")
	if waited := time.Since(began); waited > 4*time.Second { // of the 6 that its connection may take
		t.Errorf("that it has left was told after %v", waited)
	}
}
