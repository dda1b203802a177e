package policy

import (
	"fmt"
	"testing"

	"snug/protocol"
)

func TestPinsAreInTheOrderOfTheirPinning(t *testing.T) {
	p, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, seq := range []uint64{7, 3, 5, 3} { // the last one pins it again
		pin(t, &p, seq)
	}
	for first, want := range map[uint64]string{1: "[7 5 3]", 4: "[7 5]", 8: "[]"} {
		if got := fmt.Sprint(p.Pins(first)); got != want {
			t.Errorf("of those from %d on: %s, want %s", first, got, want)
		}
	}
}

// Pins of messages that are no longer kept take no place, and go with the next pin.
func TestPinsAreBounded(t *testing.T) {
	p := state(t)
	for seq := range uint64(protocol.MaxPins - 1) {
		pin(t, p, seq+10)
	}
	order := p.pin(protocol.ActionPin, "mod", 100)
	if r, err := p.Rule(order); err != nil || refusal(r.Refusal) != string(protocol.TooMany) {
		t.Fatalf("one too many: %+v, %v", r.Refusal, err)
	}
	order.First = 12 // 2, 10 and 11 are gone
	r, err := p.Rule(order)
	if err != nil || r.Refusal != nil {
		t.Fatalf("with places: %+v, %v", r.Refusal, err)
	}
	if err := p.Apply(&r.Draft.Event, r.Draft.Private); err != nil {
		t.Fatal(err)
	}
	if n := len(p.Pins(0)); n != protocol.MaxPins-2 {
		t.Errorf("%d pins are left", n)
	}
}
