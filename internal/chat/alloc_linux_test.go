package chat

import (
	"net"
	"testing"
)

// What a message costs is paid for each who gets it: there is nothing to be collected.
func TestADeliveryAllocatesNothing(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	far, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	near, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	var s socket
	s.open(near)
	frame := make([]byte, 100)
	if n := testing.AllocsPerRun(100, func() {
		if s.try(frame) != len(frame) {
			t.Error("a socket with nothing in it has no room")
		}
	}); n > 0 {
		t.Errorf("to try to write allocates %v times", n)
	}
	if n := testing.AllocsPerRun(100, func() {
		if err := s.put(frame); err != nil {
			t.Error(err)
		}
	}); n > 0 {
		t.Errorf("to write allocates %v times", n)
	}
	in, pong := inbox{most: 1000}, []byte{0x8A, 0x80, 0, 0, 0, 0}
	if n := testing.AllocsPerRun(100, func() {
		if _, err := far.Write(pong); err != nil {
			t.Error(err)
		}
		for _, ok, _ := in.next(); !ok; _, ok, _ = in.next() {
			if err := s.fill(&in); err != nil {
				t.Error(err)
			}
		}
	}); n > 0 {
		t.Errorf("to read a frame allocates %v times", n)
	}
}
