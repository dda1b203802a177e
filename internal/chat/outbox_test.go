package chat

import (
	"testing"

	"snug/internal/room"
)

// The room writes what is for all only where nothing for this client alone comes before.
func TestWhatIsForOneComesFirst(t *testing.T) {
	seat := new(room.Participant)
	o := newOutbox(100, func() {})
	for _, step := range []struct {
		what  string
		do    func()
		clear bool
	}{
		{"an answer before it has joined", func() { o.put([]byte("x")) }, false},
		{"which is written", func() { o.take() }, false},
		{"it joins, with a welcome", func() { o.sit(seat, []byte("welcome")) }, false},
		{"which is written", func() { o.take() }, true},
		{"an answer", func() { o.put([]byte("x")) }, false},
		{"which is written", func() { o.take() }, true},
		{"what wasn't asked for", func() { o.offer([]byte("x")) }, false},
		{"which is written", func() { o.take() }, true},
		{"the end", func() { o.end(&ending{}) }, false},
		{"which is taken", func() { o.take() }, false},
	} {
		step.do()
		if clear := o.clear.Load() == seat; clear != step.clear {
			t.Fatalf("after %s: clear is %t", step.what, clear)
		}
	}
	plain := newOutbox(100, func() {})
	plain.sit(seat, nil)
	if plain.clear.Load() != seat {
		t.Error("without a welcome it isn't clear")
	}
}
