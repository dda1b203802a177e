package chat_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"snug/internal/room"
	"snug/protocol"
)

// registration returns a push command for a device. The keys are those of RFC 8291, appendix A.
func registration(level string) string {
	return fmt.Sprintf(`{"type":"push","ref":"p","endpoint":"https://push.example/1","level":%q,`+
		`"p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4","auth":"BTBZMqHH6r4Tts7J_aSIgg"}`, level)
}

func TestDevicesAreRegistered(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.sqlite, s.room.Push, s.room.Build = true, true, "b1" })
	ann := h.v1(t, "room1", "ann")
	if !strings.Contains(ann.hello.raw, `"push_key":"B`) || !strings.Contains(ann.hello.raw, `"build":"b1"`) {
		t.Errorf("the welcome is %s", ann.hello.raw)
	}
	state := func() int {
		t.Helper()
		s, feed, err := h.journal.Follow(t.Context(), "room1")
		if err != nil {
			t.Fatal(err)
		}
		feed.Close()
		count := 0
		for key := range s.State {
			if strings.HasPrefix(key, "push/") {
				count++
			}
		}
		return count
	}
	ann.say(registration("mentions"))
	if e := ann.until("push"); e.Ref != "p" || !strings.Contains(e.raw, `"level":"mentions"`) || state() != 1 {
		t.Errorf("registered: %s, %d", e.raw, state())
	}
	if a := h.post(t, "/r/room1/commands", registration("all"), "Snug-Seat", ann.you.Seat); a.status != http.StatusOK || state() != 1 {
		t.Errorf("over HTTP: %d %s, %d", a.status, a.raw, state())
	}
	if a := h.post(t, "/r/room1/commands", registration("none"), "Snug-Seat", ann.you.Seat); a.status != http.StatusOK || state() != 0 {
		t.Errorf("removed over HTTP: %d %s, %d", a.status, a.raw, state())
	}
	if a := h.post(t, "/r/room1/commands", registration("all")); a.status != http.StatusForbidden {
		t.Errorf("without a seat: %d %s", a.status, a.raw)
	}
	ann.say(registration("all"))
	ann.until("push")
	ann.say(fmt.Sprintf(`{"type":"revoke","id":"r","member":%q}`, ann.you.Member.Member))
	ann.until("seat")
	ann.say(registration("mentions")) // with the new seat
	if e := ann.until("push"); state() != 1 {
		t.Errorf("after new seats: %s, %d", e.raw, state())
	}
}

func TestAServerWithoutPushSaysSo(t *testing.T) {
	h := open(t)
	ann := h.v1(t, "room1", "ann")
	ann.say(registration("all"))
	if e := ann.until("error"); e.Code != string(protocol.UnknownType) || e.Ref != "p" {
		t.Errorf("it says %s", e.raw)
	}
	if strings.Contains(ann.hello.raw, "push_key") {
		t.Errorf("the welcome is %s", ann.hello.raw)
	}
}

func TestWhoSeesARoom(t *testing.T) {
	h := open(t, func(s *setup) { s.room.Push = true })
	ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	phone := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"ann","seat":%q}`, ann.you.Seat))
	sees := func(want ...string) {
		t.Helper()
		for _, c := range []*client{ann, bob, phone} {
			c.say(`{"type":"ping","ref":"done"}`)
			c.until("pong")
		}
		got := h.rooms.Visible(t.Context(), room.Code("room1"), []string{ann.you.Member.Member, bob.you.Member.Member, "nobody"})
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%q see the room, want %q", got, want)
		}
	}
	sees()
	phone.say(`{"type":"visible","visible":true}`)
	bob.say(`{"type":"visible","visible":true}`)
	sees(ann.you.Member.Member, bob.you.Member.Member)
	bob.say(`{"type":"visible","visible":false}`)
	sees(ann.you.Member.Member)
	if a := h.post(t, "/r/room1/commands", `{"type":"visible","visible":true}`, "Snug-Seat", bob.you.Seat); a.status != http.StatusNoContent {
		t.Errorf("over HTTP: %d %s", a.status, a.raw)
	}
	sees(ann.you.Member.Member, bob.you.Member.Member)
	if got := h.rooms.Visible(t.Context(), room.Code("elsewhere"), []string{"m1"}); len(got) != 0 {
		t.Errorf("%q see a room that isn't open", got)
	}
}

func TestEndpointsNeedTLS(t *testing.T) {
	for private, want := range map[bool]string{false: "error", true: "push"} {
		h := open(t, func(s *setup) { s.room.Push, s.room.PushPrivate = true, private })
		ann := h.v1(t, "room1", "ann")
		ann.say(strings.Replace(registration("all"), "https:", "http:", 1))
		if e := ann.next(); e.Type != want || e.Ref != "p" {
			t.Errorf("private %v: %s", private, e.raw)
		}
	}
}

// Who is away is mentioned by the nick that a device was registered with.
func TestWhoIsAwayIsMentioned(t *testing.T) {
	h := open(t, func(s *setup) { s.room.Push = true })
	ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	bob.say(registration("all"))
	bob.until("push")
	if err := bob.ws.CloseNow(); err != nil {
		t.Fatal(err)
	}
	ann.until("left")
	mentioned := fmt.Sprintf(`"mentions":[%q]`, bob.you.Member.Member)
	ann.send("1", "where is @bob?")
	if e := ann.until("message"); !strings.Contains(e.raw, mentioned) {
		t.Errorf("the message is %s", e.raw)
	}
	// A visitor's nick is made up, and doesn't replace the member's.
	if a := h.post(t, "/r/room1/commands", registration("mentions"), "Snug-Seat", bob.you.Seat); a.status != http.StatusOK {
		t.Fatalf("over HTTP: %d %s", a.status, a.raw)
	}
	ann.send("2", "still no @bob")
	if e := ann.until("message"); !strings.Contains(e.raw, mentioned) {
		t.Errorf("after another registration, the message is %s", e.raw)
	}
	if a := h.post(t, "/r/room1/commands", registration("none"), "Snug-Seat", bob.you.Seat); a.status != http.StatusOK {
		t.Fatalf("removed over HTTP: %d %s", a.status, a.raw)
	}
	ann.send("3", "bye @bob")
	if e := ann.until("message"); strings.Contains(e.raw, "mentions") {
		t.Errorf("without devices, the message is %s", e.raw)
	}
}

// A device's nick is mentioned while its member is away, and only then.
func TestNicksOfDevicesAreMentioned(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.room.Push = true })
	ann, boss, eve := h.v1(t, "room1", "ann"), h.v1(t, "room1", "boss"), h.v1(t, "room1", "eve")
	boss.say(registration("mentions"))
	boss.until("push")
	if err := boss.ws.CloseNow(); err != nil {
		t.Fatal(err)
	}
	ann.until("left")
	rename := func(to string) {
		t.Helper()
		eve.say(fmt.Sprintf(`{"type":"nick","nick":%q}`, to))
		eve.until("renamed")
	}
	rename("boss")
	eve.say(strings.ReplaceAll(registration("mentions"), "example/1", "example/2"))
	eve.until("push")
	rename("eve")
	said := 0
	mentions := func() []string {
		t.Helper()
		said++
		ann.send(fmt.Sprint("m", said), "@boss?")
		var body struct{ Mentions []string }
		for {
			if e := ann.until("message"); e.ID == fmt.Sprint("m", said) {
				if err := json.Unmarshal([]byte(e.raw), &body); err != nil {
					t.Fatal(err)
				}
				return body.Mentions
			}
		}
	}
	if got := mentions(); fmt.Sprint(got) != fmt.Sprint([]string{boss.you.Member.Member}) {
		t.Errorf("@boss mentions %q, want %s alone, and not %s who is here by another nick", got, boss.you.Member.Member, eve.you.Member.Member)
	}
}
