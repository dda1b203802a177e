package chat_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"snug/protocol"
)

func TestRevokedSeats(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.sqlite = true })
	owner, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	phone := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"bob","seat":%q}`, bob.you.Seat))
	member := bob.you.Member.Member
	bob.say(fmt.Sprintf(`{"type":"revoke","id":"r","member":%q}`, member))
	var fresh protocol.Seat
	logged := false
	for fresh.Seat == "" || !logged { // the two come in any order
		switch e := bob.next(); e.Type {
		case "seat":
			if err := json.Unmarshal([]byte(e.raw), &fresh); err != nil {
				t.Fatal(err)
			}
		case "moderated":
			logged = logged || e.ID == "r"
			if strings.Contains(e.raw, fresh.Seat) && fresh.Seat != "" {
				t.Errorf("everyone is told the new seat: %s", e.raw)
			}
		}
	}
	events, code := phone.rest()
	if last := events[len(events)-1]; code != 4403 || last.raw != `{"type":"goodbye","code":"revoked"}` {
		t.Errorf("the other connection was told %s and closed with %d", last.raw, code)
	}
	for what, c := range map[string]struct {
		seat string
		same bool
	}{
		"the old seat":  {bob.you.Seat, false},
		"the new seat":  {fresh.Seat, true},
		"another's one": {owner.you.Seat, false},
	} {
		again := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"who","seat":%q}`, c.seat))
		if got := again.you.Member.Member == member; got != c.same {
			t.Errorf("%s brings the member back: %t", what, got)
		}
	}
	bob.send("1", "still here")
	for e := owner.next(); e.content() != "still here"; e = owner.next() {
	}
}
