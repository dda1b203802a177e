package chat

import (
	"testing"

	"snug/internal/room"
)

// The room writes what is for all only where nothing for this client alone comes before.
func TestWhatIsForOneComesFirst(t *testing.T) {
	seat := new(room.Participant)
	o := newOutbox(100, func() {})
	take := func() { _, _, _ = o.take() }
	for _, step := range []struct {
		what  string
		do    func()
		clear bool
	}{
		{"an answer before it has joined", func() { o.put([]byte("x")) }, false},
		{"which is written", take, false},
		{"it joins, with a welcome", func() { o.sit(seat, []byte("welcome")) }, false},
		{"which is written", take, true},
		{"an answer", func() { o.put([]byte("x")) }, false},
		{"which is written", take, true},
		{"what wasn't asked for", func() { o.offer([]byte("x")) }, false},
		{"which is written", take, true},
		{"the end", func() { o.end(&ending{}) }, false},
		{"which is taken", take, false},
	} {
		step.do()
		if is := o.clear.Load() == seat; is != step.clear {
			t.Fatalf("after %s: clear is %t", step.what, is)
		}
	}
	plain := newOutbox(100, func() {})
	plain.sit(seat, nil)
	if plain.clear.Load() != seat {
		t.Error("without a welcome it isn't clear")
	}
}
