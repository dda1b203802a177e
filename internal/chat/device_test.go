package chat_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"snug/protocol"
)

// What somebody has read on one device is read on all, and nobody else's business.
func TestSeen(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.sqlite = true })
	ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	phone := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"bob","seat":%q}`, bob.you.Seat))
	for i := range 5 {
		ann.send(fmt.Sprint(i), "hello")
	}
	for bob.until("message").Seq < 6 {
	}
	bob.say(`{"type":"seen","seq":4}`)
	if e := phone.until("seen"); e.Seq != 4 {
		t.Errorf("the other device is told %s", e.raw)
	}
	bob.say(`{"type":"seen","seq":3}`)
	bob.say(`{"type":"seen","seq":99}`)
	if e := bob.until("error"); e.Code != "not-found" {
		t.Errorf("who has seen what isn't there gets %s", e.raw)
	}
	if a := h.post(t, "/r/room1/commands", `{"type":"seen","seq":6}`, "Snug-Seat", bob.you.Seat); a.status != http.StatusNoContent {
		t.Errorf("over HTTP: %d %s", a.status, a.raw)
	}
	for who, c := range map[string]*client{"the first": bob, "the second": phone} {
		if e := c.until("seen"); e.Seq != 6 {
			t.Errorf("%s device is told %s", who, e.raw)
		}
	}
	if got := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"bob","seat":%q}`, bob.you.Seat)).hello.Seen; got != 6 {
		t.Errorf("a third device finds %d", got)
	}
	if got := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"ann","seat":%q}`, ann.you.Seat)).hello.Seen; got != 0 {
		t.Errorf("ann finds %d", got)
	}
	ann.say(`{"type":"ping","ref":"end"}`)
	for e := ann.next(); e.Ref != "end"; e = ann.next() {
		if e.Type == "seen" {
			t.Errorf("ann is told %s", e.raw)
		}
	}
	if a := h.post(t, "/r/room1/commands", `{"type":"seen","seq":1}`); a.status != http.StatusForbidden {
		t.Errorf("without a seat: %d %s", a.status, a.raw)
	}
}

// transfer returns the code and the URL for another device.
func (c *client) transfer() (t protocol.Transfer) {
	c.t.Helper()
	c.say(`{"type":"transfer","ref":"t"}`)
	if err := json.Unmarshal([]byte(c.until("transfer").raw), &t); err != nil {
		c.t.Fatal(err)
	}
	return t
}

func TestTransfer(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.sqlite = true })
	ann := h.v1(t, "room1", "ann")
	ann.say(`{"type":"set","id":"s","locked":true,"password":"open sesame"}`)
	old, now := ann.transfer(), ann.transfer()
	if now.Ref != "t" || now.URL != "http://"+h.addr+"/r/room1#transfer="+now.Code {
		t.Errorf("the other device is given %+v", now)
	}
	late := h.dial(t, "room1", "", protocol.Subprotocol)
	for _, wrong := range []string{old.Code, "00000-00000", "nonsense"} {
		late.say(fmt.Sprintf(`{"type":"join","nick":"ann","transfer":%q}`, wrong))
		if e := late.until("error"); e.Code != "not-found" {
			t.Errorf("with %s: %s", wrong, e.raw)
		}
	}
	typed := strings.ToLower(strings.ReplaceAll(now.Code, "-", " "))
	late.say(fmt.Sprintf(`{"type":"join","nick":"phone","transfer":%q}`, typed))
	e := late.until("welcome")
	if e.You.Member.Member != ann.you.Member.Member || e.You.Role != protocol.RoleOwner || e.You.Seat != ann.you.Seat {
		t.Errorf("the other device is %+v, want %+v", e.You, ann.you)
	}
	again := h.dial(t, "room1", "", protocol.Subprotocol)
	again.say(fmt.Sprintf(`{"type":"join","nick":"thief","transfer":%q}`, now.Code))
	if e := again.until("error"); e.Code != "not-found" {
		t.Errorf("the code works again: %s", e.raw)
	}
	if s := h.stream(t, http.MethodPost, "/r/room1/events", fmt.Sprintf(`{"type":"join","nick":"ann","transfer":%q}`, ann.transfer().Code)); s.until("welcome").You.Seat != ann.you.Seat {
		t.Error("over HTTP the code gives another seat")
	}
}

// A code ends with the seats that it stands for: somebody who has stolen a seat can't save it
// from the revoke by a code.
func TestATransferEndsWithTheSeats(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.sqlite = true })
	owner, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	revoke := func(by, of *client) {
		by.say(fmt.Sprintf(`{"type":"revoke","id":%q,"member":%q}`, of.you.Seat, of.you.Member.Member))
	}
	refused := func(what, code string) {
		t.Helper()
		thief := h.dial(t, "room1", "", protocol.Subprotocol)
		thief.say(fmt.Sprintf(`{"type":"join","nick":"thief","transfer":%q}`, code))
		if e := thief.until("error"); e.Code != "not-found" {
			t.Errorf("%s: %s", what, e.raw)
		}
	}
	code := owner.transfer().Code
	revoke(owner, owner)
	owner.until("seat")
	refused("a code from before the owner's revoke", code)
	code = owner.transfer().Code
	phone := h.dial(t, "room1", "", protocol.Subprotocol)
	phone.say(fmt.Sprintf(`{"type":"join","nick":"phone","transfer":%q}`, code))
	if e := phone.until("welcome"); e.You.Member.Member != owner.you.Member.Member || e.You.Seat == owner.you.Seat {
		t.Errorf("a code of the new seat makes one %+v", e.You)
	}
	code = bob.transfer().Code
	revoke(owner, bob)
	bob.until("goodbye")
	refused("a code of a member whose seats are revoked", code)
}

// However many use a code at the same moment, one gets in.
func TestATransferWorksOnce(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.sqlite = true })
	ann := h.v1(t, "room1", "ann")
	ann.say(`{"type":"set","id":"s","locked":true}`)
	code := ann.transfer().Code
	var in atomic.Int32
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			resp := h.call(t, http.MethodPost, "/r/room1/events", fmt.Sprintf(`{"type":"join","nick":"ann","transfer":%q}`, code), nil)
			if resp.StatusCode == http.StatusOK {
				in.Add(1)
			}
		})
	}
	all.Wait()
	if in.Load() != 1 {
		t.Errorf("%d got in by one code", in.Load())
	}
}
