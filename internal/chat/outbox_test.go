package chat

import (
	"testing"

	"snug/internal/room"
)

// The room's goroutine writes only if no frame for this client alone must come first.
func TestFramesForOneClientComeBeforeTheRooms(t *testing.T) {
	p := new(room.Participant)
	o := newOutbox(100, func() {})
	take := func() { _, _ = o.take() }
	for _, step := range []struct {
		what string
		do   func()
		idle bool
	}{
		{"an answer before it has joined", func() { o.put([]byte("x")) }, false},
		{"that is written", take, false},
		{"it joins, with a welcome", func() { o.attach(p, []byte("welcome")) }, false},
		{"that is written", take, true},
		{"an answer", func() { o.put([]byte("x")) }, false},
		{"that is written", take, true},
		{"an unsolicited frame", func() { o.offer([]byte("x")) }, false},
		{"that is written", take, true},
		{"the end", func() { o.end(&ending{}) }, false},
		{"that is taken", take, false},
	} {
		step.do()
		if idle := o.idle.Load() == p; idle != step.idle {
			t.Fatalf("after %s: idle is %t", step.what, idle)
		}
	}
	early := newOutbox(100, func() {})
	early.offer([]byte("knock "))
	early.put([]byte("pong "))
	early.attach(p, []byte("welcome "))
	early.offer([]byte("seen"))
	if frames, _ := early.take(); string(frames) != "pong welcome knock seen" {
		t.Errorf("what nobody asked for comes before the welcome: %s", frames)
	}
	plain := newOutbox(100, func() {})
	plain.attach(p, nil)
	if plain.idle.Load() != p {
		t.Error("without a welcome it isn't idle")
	}
}
