package memory

import (
	"fmt"
	"testing"
	"time"
)

// However many rooms are closed, no code gets a generation again that it had.
func TestClosedRoomsAreForgottenButNoGenerationComesAgain(t *testing.T) {
	var cs closedRooms
	had := map[string]uint64{} // the last generation that was closed
	closeRoom := func(code string) {
		g := cs.generation(code)
		if last, closed := had[code]; closed && g <= last {
			t.Fatalf("%s has generation %d again, after %d", code, g, last)
		}
		had[code] = g
		cs.add(code, closedRoom{g + 1, time.Time{}})
	}
	for i := range 3*maxClosed + 7 {
		closeRoom(fmt.Sprint("room-", i))
		if i%1000 == 0 {
			closeRoom("often")
		}
		if i%(maxClosed+1) == 0 {
			closeRoom("seldom")
		}
	}
	if len(cs.codes) > maxClosed || len(cs.order) > maxClosed {
		t.Errorf("%d codes are remembered, in a list of %d; want at most %d", len(cs.codes), len(cs.order), maxClosed)
	}
	if got := cs.generation(fmt.Sprint("room-", 3*maxClosed)); got != had[fmt.Sprint("room-", 3*maxClosed)]+1 {
		t.Errorf("a room that was closed lately has generation %d", got)
	}
	closeRoom("room-0")
}
