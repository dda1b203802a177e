package room

import (
	"testing"

	"snug/internal/journal"
	"snug/protocol"
)

// Every message passes here, and each one through the room's goroutine.
func TestTracingThatIsOffAllocatesNothing(t *testing.T) {
	r := &Room{registry: new(Registry)}
	p := &Participant{room: r}
	entries := []*journal.Entry{{Event: protocol.Event{ID: "1"}}}
	if n := testing.AllocsPerRun(1000, func() {
		if p.trace(t.Context(), &entries[0].Event) != nil {
			t.Error("it is traced")
		}
		r.traceDeliveries(entries)
		r.endDeliveries()
	}); n != 0 {
		t.Errorf("it allocates %v times", n)
	}
}
