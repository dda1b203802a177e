package chat_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"snug/protocol"
)

func TestNameAndPins(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.sqlite = true })
	owner, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	owner.say(`{"type":"set","id":"n","name":"Tea room"}`)
	bob.until("moderated") // the claim
	if e := bob.until("moderated"); e.ID != "n" || !strings.Contains(e.raw, `"settings":{"name":"Tea room"}`) {
		t.Errorf("everyone is told %s", e.raw)
	}
	bob.send("1", "one")
	first := bob.until("message").Seq
	bob.send("2", "two")
	second := bob.until("message").Seq
	for i, seq := range []uint64{second, first} {
		owner.say(fmt.Sprintf(`{"type":"pin","id":"p%d","seq":%d}`, i, seq))
		if e := bob.until("moderated"); !strings.Contains(e.raw, fmt.Sprintf(`"target":%d,"action":"pin"`, seq)) {
			t.Errorf("everyone is told %s", e.raw)
		}
	}
	pins := func() string { return fmt.Sprint(h.v1(t, "room1", "zoe").hello.Pins) }
	if got, want := pins(), fmt.Sprint([]uint64{second, first}); got != want {
		t.Errorf("pinned are %s, want %s", got, want)
	}
	for command, want := range map[string]string{
		`{"type":"pin","id":"x1","seq":1}`:                                   "not-found", // no message
		`{"type":"pin","id":"x2","seq":9999}`:                                "not-found",
		`{"type":"unpin","id":"x3","seq":1}`:                                 "not-found",
		`{"type":"set","id":"x4","expires":"2001-01-01T00:00:00Z"}`:          "bad-field",
		`{"type":"set","id":"x5","expires":"2101-01-01T00:00:00Z"}`:          "bad-field",
		`{"type":"set","id":"x6","name":"` + strings.Repeat("é", 101) + `"}`: "too-long",
	} {
		owner.say(command)
		if e := owner.until("error"); e.Code != want {
			t.Errorf("%s gets %s", command, e.raw)
		}
	}
	bob.say(fmt.Sprintf(`{"type":"unpin","id":"y","seq":%d}`, first))
	if e := bob.until("error"); e.Code != "forbidden" {
		t.Errorf("a member who unpins gets %s", e.raw)
	}
	bob.say(fmt.Sprintf(`{"type":"delete","id":"d","seq":%d}`, second))
	bob.until("deleted")
	if got, want := pins(), fmt.Sprint([]uint64{first}); got != want {
		t.Errorf("after one is erased, pinned are %s, want %s", got, want)
	}
	if d := h.ask(t, "GET", "/r/room1", "", "Accept", "application/json"); !strings.Contains(d.raw, `"name":"Tea room"`) {
		t.Errorf("the room is described as %s", d.raw)
	}
}

// Who isn't in a room yet is told who is: of many, those who came first.
func TestARoomIsDescribedWithItsMembers(t *testing.T) {
	h := open(t)
	for i := range protocol.MembersDescribed + 2 {
		h.v1(t, "room1", fmt.Sprintf("member%d", i))
	}
	var described struct {
		Count   int
		Members []protocol.Member
	}
	d := h.ask(t, "GET", "/r/room1", "", "Accept", "application/json")
	if err := json.Unmarshal([]byte(d.raw), &described); err != nil {
		t.Fatalf("%v in %s", err, d.raw)
	}
	if described.Count != protocol.MembersDescribed+2 || len(described.Members) != protocol.MembersDescribed {
		t.Fatalf("of %d members, %d are named", described.Count, len(described.Members))
	}
	for i, m := range described.Members {
		if want := fmt.Sprintf("member%d", i); m.Nick != want || m.Member == "" {
			t.Errorf("member %d is %+v, want %s", i, m, want)
		}
	}
}

// Whoever closes a room ends it for everyone, and nothing of it is left for the next one.
func TestClose(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.sqlite = true })
	owner, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	plain := h.plain(t, "room1")
	reader := h.stream(t, "GET", "/r/room1/events", "")
	bob.say(`{"type":"close","id":"c0"}`)
	if e := bob.until("error"); e.Code != "forbidden" {
		t.Errorf("a member who closes gets %s", e.raw)
	}
	owner.say(`{"type":"close","id":"c"}`)
	for who, c := range map[string]*client{"the owner": owner, "a member": bob} {
		events, code := c.rest()
		n := len(events)
		if n < 2 || code != 4404 || events[n-1].raw != `{"type":"goodbye","code":"closed"}` || !strings.Contains(events[n-2].raw, `"action":"close"`) {
			t.Errorf("%s gets %d events, and is closed with %d", who, n, code)
		}
	}
	if events, code := plain.rest(); code != 4404 || !strings.Contains(events[len(events)-1].raw, `"Error":"closed: `) {
		t.Errorf("a plain client is told %v, and closed with %d", events, code)
	}
	reader.ends("error", "closed")
	refused := h.dial(t, "room1", "", protocol.Subprotocol)
	refused.say(fmt.Sprintf(`{"type":"join","nick":"bob","seat":%q}`, bob.you.Seat))
	if e := refused.until("error"); e.Code != "closed" {
		t.Errorf("who comes back gets %s", e.raw)
	}
	for what, r := range map[string]answer{
		"reading":    h.ask(t, "GET", "/r/room1/messages", ""),
		"describing": h.ask(t, "GET", "/r/room1", "", "Accept", "application/json"),
		"publishing": h.post(t, "/r/room1", "hello"),
	} {
		if r.status != http.StatusGone {
			t.Errorf("%s gets %d %s", what, r.status, r.raw)
		}
	}
}

// Whatever is under way when a room is closed, nothing comes after it.
func TestCloseInAFlood(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.sqlite = true })
	owner := h.v1(t, "room1", "ann")
	var flood sync.WaitGroup
	for i := range 8 {
		c := h.v1(t, "room1", fmt.Sprint("f", i))
		flood.Go(func() {
			for n := range 200 {
				frame := fmt.Sprintf(`{"type":"send","id":"m%d","content":"flood"}`, n)
				if c.ws.Write(t.Context(), websocket.MessageText, []byte(frame)) != nil {
					return // the room is closed
				}
			}
		})
	}
	for range 100 {
		owner.until("message")
	}
	owner.say(`{"type":"close","id":"c"}`)
	events, code := owner.rest()
	if code != 4404 {
		t.Errorf("closed with %d", code)
	}
	var after bool
	for _, e := range events {
		if after && e.Type == "message" {
			t.Errorf("after the end comes %s", e.raw)
		}
		after = after || strings.Contains(e.raw, `"action":"close"`)
	}
	if !after {
		t.Error("the end isn't told")
	}
	flood.Wait()
	entries, err := h.journal.ReadAfter(t.Context(), "room1", 0, 10)
	if err != nil || len(entries) != 0 {
		t.Errorf("the journal has %v, %v", entries, err)
	}
}
