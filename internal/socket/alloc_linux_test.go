package socket

import (
	"testing"

	"snug/internal/websocket"
)

// Each member pays for each message, so a delivery must leave no garbage.
func TestADeliveryAllocatesNothing(t *testing.T) {
	near, far := overTCP(t)
	var s Conn
	s.Open(near, 0)
	frame := make([]byte, 10)
	// The race detector has a sync.Pool lose a quarter of what is put into it: with enough
	// runs, their average stays below one allocation.
	const runs = 1000
	if n := testing.AllocsPerRun(runs, func() {
		if s.TryWrite(frame) != len(frame) {
			t.Error("an empty socket has no space")
		}
	}); n > 0 {
		t.Errorf("TryWrite allocates %v times", n)
	}
	if n := testing.AllocsPerRun(runs, func() {
		if err := s.Write(frame); err != nil {
			t.Error(err)
		}
	}); n > 0 {
		t.Errorf("Write allocates %v times", n)
	}
	in, pong := websocket.NewReader(1000), []byte{0x8A, 0x80, 0, 0, 0, 0}
	if n := testing.AllocsPerRun(runs, func() {
		if _, err := far.Write(pong); err != nil {
			t.Error(err)
		}
		for _, ok, _ := in.Next(); !ok; _, ok, _ = in.Next() {
			if _, err := s.Read(&in); err != nil {
				t.Error(err)
			}
		}
	}); n > 0 {
		t.Errorf("reading a frame allocates %v times", n)
	}
}
