package chat_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"snug/protocol"
)

// knock sends a knock on a new connection, and returns the answer.
func (h *testServer) knock(t *testing.T, fields string) (*client, event) {
	t.Helper()
	c := h.dial(t, "room1", "", protocol.Subprotocol)
	c.say(`{"type":"knock",` + fields + `}`)
	return c, c.next()
}

// locked opens a server with a locked room1, which ann owns.
func locked(t *testing.T) (*testServer, *client) {
	t.Helper()
	h := open(t, withOwners, func(s *setup) { s.sqlite = true })
	ann := h.v1(t, "room1", "ann")
	ann.say(`{"type":"set","id":"s","locked":true}`)
	for ann.until("moderated").ID != "s" {
	}
	return h, ann
}

// knocked returns the next knock that the client is told of.
func (c *client) knocked() (k protocol.Knock) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(c.until("knock").raw), &k); err != nil {
		c.t.Fatal(err)
	}
	return k
}

// comesIn has a client that waits get its seat next, and join with it as the member that the
// answer to its knock has named.
func (c *client) comesIn(answer event) {
	c.t.Helper()
	seat := c.next()
	if seat.Type != "seat" {
		c.t.Fatalf("who waits gets %s", seat.raw)
	}
	var given protocol.Seat
	if err := json.Unmarshal([]byte(seat.raw), &given); err != nil {
		c.t.Fatal(err)
	}
	c.say(fmt.Sprintf(`{"type":"join","nick":%q,"seat":%q}`, answer.Nick, given.Seat))
	if e := c.until("welcome"); e.You.Member.Member != answer.Member || e.You.Seat != given.Seat {
		c.t.Errorf("it joins as %s", e.raw)
	}
}

func TestSomebodyKnocksAndIsAdmitted(t *testing.T) {
	h, ann := locked(t)
	zoe, answer := h.knock(t, `"nick":"zoe","note":"we met at the fair"`)
	if answer.Type != "knock" || answer.Member == "" || answer.Nick != "zoe" || !strings.Contains(answer.raw, `"note":"we met at the fair"`) {
		t.Fatalf("who knocks gets %s", answer.raw)
	}
	want := protocol.Knock{Member: answer.Member, Nick: "zoe", Note: "we met at the fair"}
	if k := ann.knocked(); k != want {
		t.Errorf("the owner is told %+v, want %+v", k, want)
	}
	// Another owner's connection that comes later, and a stream of it.
	again := fmt.Sprintf(`{"type":"join","nick":"ann","seat":%q}`, ann.you.Seat)
	if k := h.join(t, "room1", again).knocked(); k != want {
		t.Errorf("who joins later is told %+v", k)
	}
	s := h.stream(t, http.MethodPost, "/r/room1/events", again)
	if first := s.next(); first.Type != "welcome" {
		t.Errorf("a stream begins with %s", first.raw)
	}
	if e := s.until("knock"); e.Member != want.Member {
		t.Errorf("a stream is told %s", e.raw)
	}
	zoe.say(`{"type":"send","id":"1","content":"hello"}`)
	if e := zoe.next(); e.Code != "join-first" {
		t.Errorf("who waits says something: %s", e.raw)
	}
	zoe.say(`{"type":"knock","nick":"zoe"}`)
	if e := zoe.next(); e.Code != "bad-field" {
		t.Errorf("who waits knocks again: %s", e.raw)
	}
	ann.say(fmt.Sprintf(`{"type":"admit","id":"a","member":%q}`, want.Member))
	zoe.comesIn(answer)
	for told, gone := false, false; !told || !gone; { // the two come in any order
		switch e := ann.next(); {
		case e.Type == "moderated" && e.ID == "a":
			if told = true; e.Member != want.Member || e.Nick != "zoe" {
				t.Errorf("everyone is told %s", e.raw)
			}
		case e.Type == "knock":
			if gone = true; e.Member != want.Member || !strings.Contains(e.raw, `"gone":true`) {
				t.Errorf("after the admission the owner is told %s", e.raw)
			}
		}
	}
	ann.say(fmt.Sprintf(`{"type":"admit","id":"b","member":%q}`, want.Member))
	if e := ann.until("error"); e.Code != "not-found" || e.ID != "b" {
		t.Errorf("who is in is admitted again: %s", e.raw)
	}
}

// Nobody is shown by the nick of somebody inside, whoever waits there and whoever comes in by an invite.
func TestNewcomersAreShownByNicksOfTheirOwn(t *testing.T) {
	h, ann := locked(t)
	for range 2 { // the second one takes the turn of the first
		zoe, answer := h.knock(t, `"nick":"Ann"`)
		k := ann.knocked()
		if answer.Nick == "Ann" || k.Nick != answer.Nick || !strings.HasPrefix(k.Nick, "Ann-") {
			t.Errorf("who knocks as Ann is told %s, and the owner %+v", answer.raw, k)
		}
		ann.say(fmt.Sprintf(`{"type":"admit","id":%q,"member":%q}`, "a-"+answer.Member, answer.Member))
		if e := ann.until("moderated"); e.Nick != answer.Nick {
			t.Errorf("everyone is told %s", e.raw)
		}
		zoe.comesIn(answer)
	}
	secret := inviteSecret(ann.invite("i", "").URL)
	for _, id := range []string{"j1", "j2"} {
		_, e := h.joinBy(t, secret, id, "")
		if e.Type != "welcome" {
			t.Fatalf("who is invited gets %s", e.raw)
		}
		admitted := ann.until("moderated")
		for ; !strings.Contains(admitted.raw, `"action":"admit"`); admitted = ann.until("moderated") {
		}
		if admitted.From.Nick != e.You.Nick || admitted.Nick != e.You.Nick {
			t.Errorf("%s is admitted by %s", e.You.Nick, admitted.raw)
		}
	}
}

func TestWhoGoesNoLongerWaits(t *testing.T) {
	h, ann := locked(t)
	zoe, answer := h.knock(t, `"nick":"zoe"`)
	if k := ann.knocked(); k.Member != answer.Member {
		t.Fatalf("the owner is told %+v", k)
	}
	if err := zoe.ws.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Fatal(err)
	}
	if k := ann.knocked(); k != (protocol.Knock{Member: answer.Member, Gone: true}) {
		t.Errorf("the owner is told %+v", k)
	}
	ann.say(fmt.Sprintf(`{"type":"admit","id":"a","member":%q}`, answer.Member))
	if e := ann.until("error"); e.Code != "not-found" {
		t.Errorf("who is gone is admitted: %s", e.raw)
	}
	s, feed, err := h.journal.Follow(t.Context(), "room1")
	if err != nil {
		t.Fatal(err)
	}
	feed.Close()
	for key := range s.State {
		if strings.HasPrefix(key, "knock/") {
			t.Errorf("the room's state still has %s", key)
		}
	}
}

func TestWhoWaitsComesInWhenTheRoomIsUnlocked(t *testing.T) {
	h, ann := locked(t)
	zoe, answer := h.knock(t, `"nick":"zoe"`)
	if k := ann.knocked(); k.Member != answer.Member {
		t.Fatalf("the owner is told %+v", k)
	}
	ann.say(`{"type":"set","id":"topic","topic":"still locked"}`)
	ann.say(`{"type":"set","id":"unlock","locked":false}`)
	for e := ann.until("moderated"); e.ID != "unlock"; e = ann.until("moderated") {
	}
	zoe.comesIn(answer)
	if k := ann.knocked(); k != (protocol.Knock{Member: answer.Member, Gone: true}) {
		t.Errorf("the owner is told %+v", k)
	}
}

// The room's password isn't passed by with a seat: it is asked of whoever waits when the lock is taken away.
func TestWhoWaitsNeedsThePasswordOfAnUnlockedRoom(t *testing.T) {
	h, ann := locked(t)
	ann.say(`{"type":"set","id":"password","password":"open sesame"}`)
	zoe, answer := h.knock(t, `"nick":"zoe"`)
	ann.knocked()
	ann.say(`{"type":"set","id":"unlock","locked":false}`)
	if e := zoe.next(); e.Code != "forbidden" {
		t.Fatalf("who waits before a room with a password gets %s", e.raw)
	}
	ann.say(`{"type":"set","id":"topic","topic":"tea"}`)
	for ann.until("moderated").ID != "topic" {
	}
	zoe.say(`{"type":"join","nick":"zoe"}`)
	if e := zoe.next(); e.Code != "bad-password" {
		t.Errorf("without the password, the answer is %s", e.raw)
	}
	if k := ann.knocked(); k != (protocol.Knock{Member: answer.Member, Gone: true}) {
		t.Errorf("the owner is told %+v", k)
	}
	zoe.say(`{"type":"join","nick":"zoe","password":"open sesame"}`)
	if e := zoe.next(); e.Type != "welcome" {
		t.Errorf("with the password, the answer is %s", e.raw)
	}
}

// Who waits has no seat, so a ban of somebody else at its address applies.
func TestABanAlsoRemovesWhoWaitsAtTheAddress(t *testing.T) {
	h := open(t, withOwners)
	ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	ann.say(`{"type":"set","id":"s","locked":true}`)
	for ann.until("moderated").ID != "s" {
	}
	zoe, _ := h.knock(t, `"nick":"zoe"`)
	ann.say(fmt.Sprintf(`{"type":"ban","id":"b","member":%q}`, bob.you.Member.Member))
	events, status := zoe.rest()
	if len(events) != 1 || events[0].Code != "banned" || !strings.Contains(events[0].raw, `"address":true`) || status != websocket.StatusCode(protocol.CloseBanned) {
		t.Errorf("who waits gets %+v, and the close code %d", events, status)
	}
}

func TestWhoMayKnock(t *testing.T) {
	h, ann := locked(t)
	bob := h.v1(t, "room2", "bob")
	first, answer := h.knock(t, `"nick":"zoe"`)
	if _, e := h.knock(t, `"nick":"zoe2"`); e.Code != "too-many" || e.RetryAfterMS == 0 {
		t.Errorf("another one from the address gets %s", e.raw)
	}
	if a := h.post(t, "/r/room1/commands", `{"type":"knock","nick":"zoe"}`); a.status != http.StatusBadRequest || !strings.Contains(a.raw, "bad-field") {
		t.Errorf("over HTTP: %d %s", a.status, a.raw)
	}
	if a := h.post(t, "/r/room1/commands", `{"type":"typing"}`); a.status != http.StatusForbidden {
		t.Errorf("another command without a seat: %d %s", a.status, a.raw)
	}
	bob.say(`{"type":"knock","nick":"bob"}`)
	if e := bob.until("error"); e.Code != "bad-field" {
		t.Errorf("who has joined knocks: %s", e.raw)
	}
	ann.say(fmt.Sprintf(`{"type":"ban","id":"b","member":%q}`, answer.Member))
	if e := first.until("goodbye"); e.Code != "banned" {
		t.Errorf("who is banned gets %s", e.raw)
	}
	if k := ann.knocked(); k.Member != answer.Member || k.Gone {
		t.Errorf("the owner is told %+v", k)
	}
	if k := ann.knocked(); k.Member != answer.Member || !k.Gone {
		t.Errorf("the owner is told %+v", k)
	}
	if _, e := h.knock(t, `"nick":"zoe3"`); e.Code != "banned" {
		t.Errorf("somebody at the address of who was banned gets %s", e.raw)
	}
	ann.say(fmt.Sprintf(`{"type":"unban","id":"u","member":%q}`, answer.Member))
	ann.say(`{"type":"set","id":"open","locked":false}`)
	for ann.until("moderated").ID != "open" {
	}
	c, e := h.knock(t, `"nick":"zoe4"`)
	if e.Code != "forbidden" {
		t.Errorf("a room that isn't locked answers %s", e.raw)
	}
	c.say(`{"type":"join","nick":"zoe4"}`)
	if e := c.until("welcome"); e.You.Nick != "zoe4" {
		t.Errorf("it joins as %s", e.raw)
	}
}

// Only those are told who may admit, and who becomes one of them is told who waits.
func TestWhoIsToldOfKnocks(t *testing.T) {
	h := open(t, withOwners)
	ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	ann.say(`{"type":"set","id":"s","locked":true}`)
	for bob.until("moderated").ID != "s" {
	}
	_, answer := h.knock(t, `"nick":"zoe"`)
	ann.knocked()
	bob.say(`{"type":"ping","ref":"end"}`)
	for e := bob.next(); e.Ref != "end"; e = bob.next() {
		if e.Type == "knock" {
			t.Errorf("a member is told %s", e.raw)
		}
	}
	ann.say(fmt.Sprintf(`{"type":"role","id":"r","member":%q,"role":"moderator"}`, bob.you.Member.Member))
	if k := bob.knocked(); k.Member != answer.Member {
		t.Errorf("a new moderator is told %+v", k)
	}
	bob.say(fmt.Sprintf(`{"type":"admit","id":"a","member":%q}`, answer.Member))
	for bob.until("moderated").ID != "a" {
	}
}

// A room that is closed sends away who waits before it.
func TestAClosedRoomAdmitsNobody(t *testing.T) {
	h, ann := locked(t)
	zoe, _ := h.knock(t, `"nick":"zoe"`)
	ann.say(`{"type":"close","id":"c"}`)
	if e := zoe.until("goodbye"); e.Code != "closed" {
		t.Errorf("who waits gets %s", e.raw)
	}
	if _, e := h.knock(t, `"nick":"zoe"`); e.Code != "closed" {
		t.Errorf("who knocks gets %s", e.raw)
	}
}

func TestRefusalThatEndsAConnectionNamesItsCommand(t *testing.T) {
	h, _ := locked(t)
	h.knock(t, `"nick":"zoe"`)
	for command, code := range map[string]protocol.ErrorCode{"join": protocol.Locked, "knock": protocol.TooMany} {
		c := h.dial(t, "room1", "", protocol.Subprotocol)
		c.say(fmt.Sprintf(`{"type":%q,"nick":"eve","id":"i","ref":"r"}`, command))
		if e := c.next(); e.Code != string(code) || e.ID != "i" || e.Ref != "r" {
			t.Errorf("a %s is answered with %s, want %s with its id and ref", command, e.raw, code)
		}
	}
}
