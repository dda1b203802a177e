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

// invite makes an invite, and returns what its maker is told.
func (c *client) invite(id, fields string) (i protocol.Invite) {
	c.t.Helper()
	c.say(fmt.Sprintf(`{"type":"invite","id":%q,"ref":"i"%s}`, id, fields))
	if err := json.Unmarshal([]byte(c.until("invite").raw), &i); err != nil {
		c.t.Fatal(err)
	}
	return i
}

// inviteSecret returns the secret in the URL of an invite.
func inviteSecret(url string) string {
	_, secret, _ := strings.Cut(url, "#invite=")
	return secret
}

// joinBy sends a join with an invite on a new connection, and returns the answer.
func (h *testServer) joinBy(t *testing.T, secret, id, more string) (*client, event) {
	t.Helper()
	c := h.dial(t, "room1", "", protocol.Subprotocol)
	c.say(fmt.Sprintf(`{"type":"join","nick":"eve","invite":%q,"id":%q%s}`, secret, id, more))
	return c, c.next()
}

func TestInvites(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.sqlite = true })
	ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	ann.say(`{"type":"set","id":"s","locked":true,"password":"open sesame"}`)
	made := ann.invite("i1", `,"uses":2,"seconds":3600`)
	secret := inviteSecret(made.URL)
	if made.ID != "i1" || made.Ref != "i" || made.Uses != 2 || made.Until == nil || !strings.HasPrefix(made.URL, "http://"+h.addr+"/r/room1#invite=") {
		t.Errorf("the maker is told %+v", made)
	}
	for bob.until("moderated").ID != "s" {
	}
	if e := bob.until("moderated"); e.ID != "i1" || strings.Contains(e.raw, secret) || strings.Contains(e.raw, made.Invite) {
		t.Errorf("everyone is told %s", e.raw)
	}
	_, first := h.joinBy(t, secret, "j1", "")
	if first.Type != "welcome" || first.You.Seat == "" {
		t.Fatalf("by the invite: %s", first.raw)
	}
	e := bob.until("moderated")
	if e.Member != first.You.Member.Member || e.Nick != "eve" || e.From.Member != e.Member || strings.Contains(e.raw, "j1") {
		t.Errorf("everyone is told of the admission by %s: the id of the join would let others be %s", e.raw, e.Member)
	}
	if _, again := h.joinBy(t, secret, "j1", ""); again.You.Member.Member != first.You.Member.Member {
		t.Errorf("a retry is somebody else: %s", again.raw)
	}
	if _, wrong := h.joinBy(t, secret, "j2", `,"password":"wrong"`); wrong.Type != "welcome" || wrong.You.Member.Member == first.You.Member.Member {
		t.Errorf("a wrong password keeps out who has an invite: %s", wrong.raw)
	}
	for id, why := range map[string]string{"j3": "used up", "j4": "also used up"} {
		if _, e := h.joinBy(t, secret, id, ""); e.Code != "locked" {
			t.Errorf("an invite that is %s: %s", why, e.raw)
		}
	}
	if _, again := h.joinBy(t, secret, "j1", ""); again.You.Member.Member != first.You.Member.Member {
		t.Errorf("a retry when the invite is used up: %s", again.raw)
	}
	if _, e := h.joinBy(t, secret+"x", "j9", ""); e.Code != "locked" {
		t.Errorf("by a wrong secret: %s", e.raw)
	}
	if back := h.join(t, "room1", fmt.Sprintf(`{"type":"join","nick":"eve","seat":%q}`, first.You.Seat)); back.you.Member.Member != first.You.Member.Member {
		t.Errorf("who was admitted returns as %+v", back.you)
	}
}

// An open room uses nothing of an invite, and neither does who knows the password.
func TestAnInviteIsUsedOnlyWhereItIsNeeded(t *testing.T) {
	h := open(t, withOwners)
	ann := h.v1(t, "room1", "ann")
	made := ann.invite("i1", `,"uses":1`)
	if _, e := h.joinBy(t, inviteSecret(made.URL), "j1", ""); e.Type != "welcome" {
		t.Fatalf("an open room: %s", e.raw)
	}
	ann.say(`{"type":"set","id":"s","password":"open sesame"}`)
	ann.until("moderated")
	if _, e := h.joinBy(t, inviteSecret(made.URL), "j2", `,"password":"open sesame"`); e.Type != "welcome" {
		t.Fatalf("with the password: %s", e.raw)
	}
	if left := ann.invites(); len(left) != 1 || left[0].Uses != 1 {
		t.Errorf("left are %+v", left)
	}
	if _, e := h.joinBy(t, inviteSecret(made.URL), "j3", ""); e.Type != "welcome" {
		t.Errorf("without the password: %s", e.raw)
	}
	c, e := h.joinBy(t, inviteSecret(made.URL), "j4", "")
	if e.Code != "bad-password" {
		t.Fatalf("when it is used up: %s", e.raw)
	}
	c.say(`{"type":"join","nick":"eve","password":"open sesame"}`)
	c.until("welcome")
}

func (c *client) invites() []protocol.InviteInfo {
	c.t.Helper()
	c.say(`{"type":"invites","ref":"list"}`)
	var list protocol.Invites
	if err := json.Unmarshal([]byte(c.until("invites").raw), &list); err != nil || list.Ref != "list" {
		c.t.Fatalf("%+v, %v", list, err)
	}
	return list.Invites
}

func TestWhoMayInvite(t *testing.T) {
	h := open(t, withOwners)
	ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	role := func(id, role string) {
		ann.say(fmt.Sprintf(`{"type":"role","id":%q,"member":%q,"role":%q}`, id, bob.you.Member.Member, role))
		for bob.until("moderated").ID != id {
		}
	}
	for _, refused := range []string{`{"type":"invite","id":"x1"}`, `{"type":"invites","ref":"x2"}`, `{"type":"uninvite","id":"x3","invite":"i-1"}`} {
		bob.say(refused)
		if e := bob.until("error"); e.Code != "forbidden" {
			t.Errorf("%s gets %s", refused, e.raw)
		}
	}
	role("r1", "moderator")
	mine, his := ann.invite("i1", ""), bob.invite("i2", "")
	for _, i := range bob.invites() {
		if (i.URL != "") != (i.Invite == his.Invite) {
			t.Errorf("a moderator is told the URL of %+v", i)
		}
	}
	if all := ann.invites(); len(all) != 2 || all[0].URL != mine.URL || all[1].URL != his.URL || all[1].By.Member != bob.you.Member.Member {
		t.Errorf("an owner is told %+v", all)
	}
	role("r2", "member")
	bob.say(fmt.Sprintf(`{"type":"uninvite","id":"u1","invite":%q}`, mine.Invite))
	if e := bob.until("error"); e.Code != "forbidden" {
		t.Errorf("a member takes back another's invite: %s", e.raw)
	}
	if all := ann.invites(); len(all) != 1 || all[0].Invite != mine.Invite {
		t.Errorf("left are %+v", all)
	}
	ann.say(`{"type":"uninvite","id":"u3","invite":"i-2"}`)
	if e := ann.until("error"); e.Code != "not-found" {
		t.Errorf("an invite is taken back that ended with its maker's role: %s", e.raw)
	}
	ann.say(`{"type":"set","id":"s","locked":true}`)
	for bob.until("moderated").ID != "s" {
	}
	if _, e := h.joinBy(t, inviteSecret(his.URL), "j1", ""); e.Code != "locked" {
		t.Errorf("by an invite that ended: %s", e.raw)
	}
	ann.say(fmt.Sprintf(`{"type":"uninvite","id":"u4","invite":%q}`, mine.Invite))
	for ann.until("moderated").ID != "u4" {
	}
	if _, e := h.joinBy(t, inviteSecret(mine.URL), "j2", ""); e.Code != "locked" {
		t.Errorf("by an invite that was taken back: %s", e.raw)
	}
	ann.say(`{"type":"invite","id":"i1"}`)
	if e := ann.until("ack"); e.ID != "i1" {
		t.Errorf("a repeat gets %s", e.raw)
	}
}

// Who was banned, or whose seats were revoked, doesn't come back by the same admission.
func TestAnInviteBringsNobodyBack(t *testing.T) {
	h := open(t, withOwners)
	ann := h.v1(t, "room1", "ann")
	ann.say(`{"type":"set","id":"s","locked":true}`)
	secret := inviteSecret(ann.invite("i1", `,"uses":2`).URL)
	_, first := h.joinBy(t, secret, "j1", "")
	_, second := h.joinBy(t, secret, "j2", "")
	ann.say(fmt.Sprintf(`{"type":"revoke","id":"r","member":%q}`, first.You.Member.Member))
	for ann.until("moderated").ID != "r" {
	}
	if _, e := h.joinBy(t, secret, "j1", ""); e.Code != "locked" {
		t.Errorf("whose seats were revoked gets %s", e.raw)
	}
	ann.say(fmt.Sprintf(`{"type":"ban","id":"b","member":%q}`, second.You.Member.Member))
	for ann.until("moderated").ID != "b" {
	}
	fresh := inviteSecret(ann.invite("i2", `,"uses":1`).URL)
	if _, e := h.joinBy(t, fresh, "j3", ""); e.Code != "banned" {
		t.Errorf("from the address of somebody who is banned: %s", e.raw)
	}
	if left := ann.invites(); len(left) != 1 || left[0].Uses != 1 {
		t.Errorf("who is banned uses up an invite: %+v", left)
	}
}

func TestAFullRoomUsesNoInvite(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.room.MaxMembers = 1 })
	ann := h.v1(t, "room1", "ann")
	ann.say(`{"type":"set","id":"s","locked":true}`)
	secret := inviteSecret(ann.invite("i1", `,"uses":1`).URL)
	if _, e := h.joinBy(t, secret, "j1", ""); e.Code != "room-full" {
		t.Errorf("a full room answers %s", e.raw)
	}
	if left := ann.invites(); len(left) != 1 || left[0].Uses != 1 {
		t.Errorf("a full room uses up an invite: %+v", left)
	}
}

// However many join at the same moment, as many come in as an invite has uses.
func TestAnInviteLetsInAsManyAsItHasUses(t *testing.T) {
	for _, uses := range []int{1, 30} {
		h := open(t, withOwners, func(s *setup) { s.sqlite = true })
		ann := h.v1(t, "room1", "ann")
		ann.say(`{"type":"set","id":"s","locked":true}`)
		secret := inviteSecret(ann.invite("i1", fmt.Sprintf(`,"uses":%d`, uses)).URL)
		var in atomic.Int32
		var all sync.WaitGroup
		for i := range 100 {
			all.Go(func() {
				resp := h.call(t, http.MethodPost, "/r/room1/events", fmt.Sprintf(`{"type":"join","nick":"eve","invite":%q,"id":"j%d"}`, secret, i), nil)
				switch resp.StatusCode {
				case http.StatusOK:
					in.Add(1)
				case http.StatusForbidden:
				default:
					t.Errorf("an answer is %d", resp.StatusCode)
				}
			})
		}
		all.Wait()
		if in.Load() != int32(uses) {
			t.Errorf("%d came in by an invite with %d uses", in.Load(), uses)
		}
		if left := ann.invites(); len(left) != 0 {
			t.Errorf("left are %+v", left)
		}
	}
}

func TestInvitesOverHTTP(t *testing.T) {
	h := open(t, withOwners)
	seat := h.v1(t, "room1", "ann").you.Seat
	made := h.post(t, "/r/room1/commands", `{"type":"invite","id":"i","ref":"k1"}`, "Snug-Seat", seat)
	var told protocol.Invite
	if err := json.Unmarshal([]byte(made.raw), &told); err != nil || made.status != http.StatusOK || told.Ref != "k1" || !strings.HasPrefix(told.URL, "http://"+h.addr+"/r/room1#invite=") {
		t.Fatalf("%+v, %v", made, err)
	}
	if listed := h.post(t, "/r/room1/commands", `{"type":"invites","ref":"k2"}`, "Snug-Seat", seat); !strings.Contains(listed.raw, told.URL) {
		t.Errorf("listed are %+v", listed)
	}
	if gone := h.post(t, "/r/room1/commands", `{"type":"uninvite","id":"u","invite":"`+told.Invite+`"}`, "Snug-Seat", seat); !strings.Contains(gone.raw, `"action":"uninvite"`) {
		t.Errorf("taking it back gets %+v", gone)
	}
}
