package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"snug/internal/journal"
	"snug/protocol"
)

var now = time.Date(2026, 3, 1, 12, 0, 0, 300e6, time.UTC)

// state is a room with two owners, a moderator, somebody who is banned until an hour from
// now, a hook of the moderator's, and one of bob's from when he was one. The state's order of keys is all one.
func state(t *testing.T) *Policy {
	t.Helper()
	until := now.Add(time.Hour).Truncate(time.Second)
	p, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []protocol.ModeratedBody{
		{Action: protocol.ActionClaim, Member: "ann", Role: protocol.RoleOwner},
		{Action: protocol.ActionRole, Member: "olga", Role: protocol.RoleOwner},
		{Action: protocol.ActionRole, Member: "mod", Role: protocol.RoleModerator},
		{Action: protocol.ActionBan, Member: "troll", Nick: "Troll", Until: &until},
	} {
		apply(t, &p, body, private{Addresses: []string{"cafe"}})
	}
	applyAs(t, &p, protocol.Member{Member: "mod"}, protocol.ModeratedBody{Action: protocol.ActionHook, Member: "bot", Nick: "Bot"}, private{Hook: &Hook{}, HooksMade: 1})
	pin(t, &p, 2)
	p.knockAt(t, "zoe", "beef", now)
	applyAs(t, &p, protocol.Member{Member: "bob"}, protocol.ModeratedBody{Action: protocol.ActionHook, Member: "old", Nick: "Old"}, private{Hook: &Hook{}, HooksMade: 2})
	return &p
}

func apply(t *testing.T, p *Policy, body protocol.ModeratedBody, hidden private) {
	t.Helper()
	applyAs(t, p, protocol.Member{Member: "ann"}, body, hidden)
}

// pin pins a message.
func pin(t *testing.T, p *Policy, seq uint64) {
	t.Helper()
	d, err := draftAbout("lobby", "id", protocol.Member{Member: "ann"}, seq, protocol.ModeratedBody{Action: protocol.ActionPin}, private{PinsMade: p.pinsMade + 1, Unpinned: p.unkeptPins(1, protocol.MaxPins)})
	if err == nil {
		err = p.Apply(&d.Event, d.Private)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func applyAs(t *testing.T, p *Policy, from protocol.Member, body protocol.ModeratedBody, hidden private) {
	t.Helper()
	d, err := draft("lobby", "id", from, body, hidden)
	if err == nil {
		err = p.Apply(&d.Event, d.Private)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// order is an order of from about target, with the roles that p knows.
func (p *Policy) order(action protocol.Action, from, target string) *Order {
	o := &Order{Room: "lobby", ID: "1", Action: action, From: protocol.Member{Member: from, Role: p.Role(from)}, Now: now}
	if target != "" {
		o.Target = Target{Member: target, Nick: strings.ToUpper(target), Role: p.Role(target)}
	}
	return o
}

// pin is an order about a message.
func (p *Policy) pin(action protocol.Action, from string, seq uint64) *Order {
	o := p.order(action, from, "")
	o.Message, o.First = seq, 1
	return o
}

func refusal(e *protocol.Error) string {
	if e == nil {
		return "ok"
	}
	return string(e.Code)
}

// Who may do what is tried in whole in the room's tests; here is what a ruling is made
// of, without a room.
func TestRule(t *testing.T) {
	p := state(t)
	for _, c := range []struct {
		name string
		o    *Order
		want string
		// The keys that the ruling relies on.
		conditions string
	}{
		{"an owner bans", p.order(protocol.ActionBan, "ann", "bob"), "ok", "role/ann role/bob"},
		{"an owner bans a moderator", p.order(protocol.ActionBan, "ann", "mod"), "ok", "role/ann role/mod invites-made"},
		{"an owner bans an owner", p.order(protocol.ActionBan, "ann", "olga"), "forbidden", "role/ann role/olga invites-made"},
		{"a moderator kicks", p.order(protocol.ActionKick, "mod", "bob"), "ok", "role/mod ban/bob role/bob"},
		{"a moderator kicks itself", p.order(protocol.ActionKick, "mod", "mod"), "forbidden", "role/mod ban/mod"},
		{"a kick would end a ban", p.order(protocol.ActionKick, "mod", "troll"), "not-found", "role/mod ban/troll role/troll"},
		{"a member kicks", p.order(protocol.ActionKick, "bob", "eve"), "forbidden", "role/bob ban/eve role/eve"},
		{"a ban is lifted", p.order(protocol.ActionUnban, "mod", "troll"), "ok", "role/mod role/troll"},
		{"no ban is lifted", p.order(protocol.ActionUnban, "mod", "bob"), "not-found", "role/mod role/bob"},
		{"an owner steps down", p.order(protocol.ActionRole, "ann", "ann"), "ok", "role/ann invites-made role/olga"},
		{"a member revokes its own seats", p.order(protocol.ActionRevoke, "bob", "bob"), "ok", "role/bob seat/bob"},
		{"an owner revokes seats", p.order(protocol.ActionRevoke, "ann", "mod"), "ok", "role/ann seat/mod role/mod"},
		{"an owner revokes an owner's seats", p.order(protocol.ActionRevoke, "ann", "olga"), "forbidden", "role/ann seat/olga role/olga"},
		{"a moderator revokes seats", p.order(protocol.ActionRevoke, "mod", "bob"), "forbidden", "role/mod seat/bob role/bob"},
		{"an owner sets a topic", p.order(protocol.ActionSet, "ann", ""), "ok", "role/ann"},
		{"an owner makes a hook", p.order(protocol.ActionHook, "ann", "new"), "ok", "role/ann hooks-made role/new"},
		{"a moderator makes a hook", p.order(protocol.ActionHook, "mod", "new"), "ok", "role/mod hooks-made role/new"},
		{"a member makes a hook", p.order(protocol.ActionHook, "bob", "new"), "forbidden", "role/bob hooks-made role/new"},
		{"an owner removes a moderator's hook", p.order(protocol.ActionUnhook, "ann", "bot"), "ok", "role/ann hook/bot role/bot"},
		{"a moderator removes another's hook", p.order(protocol.ActionUnhook, "mod", "old"), "ok", "role/mod hook/old role/old"},
		{"a member removes the hook it has made", p.order(protocol.ActionUnhook, "bob", "old"), "ok", "role/bob hook/old role/old"},
		{"a member removes another's hook", p.order(protocol.ActionUnhook, "bob", "bot"), "forbidden", "role/bob hook/bot role/bot"},
		{"a person is no hook", p.order(protocol.ActionUnhook, "ann", "mod"), "not-found", "role/ann hook/mod role/mod"},
		{"a hook is kicked", p.order(protocol.ActionKick, "ann", "bot"), "forbidden", "role/ann ban/bot role/bot"},
		{"a hook is banned", p.order(protocol.ActionBan, "ann", "bot"), "forbidden", "role/ann role/bot"},
		{"a hook gets a role", p.order(protocol.ActionRole, "ann", "bot"), "forbidden", "role/ann role/bot"},
		{"a hook's seats are revoked", p.order(protocol.ActionRevoke, "ann", "bot"), "forbidden", "role/ann seat/bot role/bot"},
		{"a moderator sets a topic", p.order(protocol.ActionSet, "mod", ""), "forbidden", "role/mod"},
		{"a moderator pins", p.pin(protocol.ActionPin, "mod", 3), "ok", "role/mod pins-made"},
		{"a moderator pins again", p.pin(protocol.ActionPin, "mod", 2), "ok", "role/mod pins-made"},
		{"a member pins", p.pin(protocol.ActionPin, "bob", 3), "forbidden", "role/bob pins-made"},
		{"a moderator unpins", p.pin(protocol.ActionUnpin, "mod", 2), "ok", "role/mod"},
		{"a moderator unpins what isn't pinned", p.pin(protocol.ActionUnpin, "mod", 3), "not-found", "role/mod"},
		{"a moderator invites", p.order(protocol.ActionInvite, "mod", ""), "ok", "role/mod invites-made"},
		{"a member invites", p.order(protocol.ActionInvite, "bob", ""), "forbidden", "role/bob invites-made"},
		{"a moderator takes back what isn't there", p.order(protocol.ActionUninvite, "mod", ""), "not-found", "role/mod"},
		{"a member takes back what isn't there", p.order(protocol.ActionUninvite, "bob", ""), "forbidden", "role/bob"},
		{"a moderator admits who waits", p.order(protocol.ActionAdmit, "mod", "zoe"), "ok", "role/mod knock/zoe role/zoe"},
		{"a moderator admits who doesn't", p.order(protocol.ActionAdmit, "mod", "eve"), "not-found", "role/mod knock/eve role/eve"},
		{"a member admits who waits", p.order(protocol.ActionAdmit, "bob", "zoe"), "forbidden", "role/bob knock/zoe role/zoe"},
		{"an owner closes the room", p.order(protocol.ActionClose, "ann", ""), "ok", "role/ann"},
		{"a moderator closes the room", p.order(protocol.ActionClose, "mod", ""), "forbidden", "role/mod"},
	} {
		if c.o.Action == protocol.ActionRole {
			c.o.Role = protocol.RoleMember
		}
		ruling, err := p.Rule(c.o)
		if err != nil {
			t.Fatal(err)
		}
		if got := refusal(ruling.Refusal); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		var keys []string
		for _, condition := range ruling.Draft.If {
			keys = append(keys, condition.Key)
		}
		if got := strings.Join(keys, " "); got != c.conditions {
			t.Errorf("%s: relies on %q, want %q", c.name, got, c.conditions)
		}
	}
}

func TestTheLastOwnerCannotStepDown(t *testing.T) {
	p := state(t)
	apply(t, p, protocol.ModeratedBody{Action: protocol.ActionRole, Member: "olga", Role: protocol.RoleMember}, private{})
	o := p.order(protocol.ActionRole, "ann", "ann")
	o.Role = protocol.RoleModerator
	if ruling, err := p.Rule(o); err != nil || refusal(ruling.Refusal) != "forbidden" {
		t.Errorf("%v, %v", ruling.Refusal, err)
	}
}

func TestABanRemovesSomeThatHaveEnded(t *testing.T) {
	p := state(t)
	ended := now.Add(-time.Second)
	for n := range 2 * expiredRemoved {
		apply(t, p, protocol.ModeratedBody{Action: protocol.ActionBan, Member: string(rune('a' + n)), Until: &ended}, private{})
	}
	o := p.order(protocol.ActionBan, "ann", "bob")
	o.For = time.Minute
	ruling, err := p.Rule(o)
	if err != nil || ruling.Refusal != nil {
		t.Fatal(err, ruling.Refusal)
	}
	removed := 0
	for _, c := range ruling.Draft.State {
		if c.Value == nil {
			removed++
		}
	}
	if removed != expiredRemoved {
		t.Errorf("%d are removed, want %d", removed, expiredRemoved)
	}
	body, err := ruling.Draft.Event.Moderated()
	if want := time.Date(2026, 3, 1, 12, 1, 1, 0, time.UTC); err != nil || !body.Until.Equal(want) {
		t.Errorf("it ends at %v, want the full second after a minute, %v; %v", body.Until, want, err)
	}
}

func TestARevokeRaisesTheGenerationByOne(t *testing.T) {
	p := state(t)
	for want := uint64(1); want <= 3; want++ {
		ruling, err := p.Rule(p.order(protocol.ActionRevoke, "bob", "bob"))
		if err != nil || ruling.Refusal != nil {
			t.Fatal(err, ruling.Refusal)
		}
		if err := p.Apply(&ruling.Draft.Event, ruling.Draft.Private); err != nil || p.SeatGeneration("bob") != want || p.SeatGeneration("eve") != 0 {
			t.Errorf("generation %d, and another member's %d, %v; want %d", p.SeatGeneration("bob"), p.SeatGeneration("eve"), err, want)
		}
	}
}

func TestMembersCannotFillARoomWithRevokes(t *testing.T) {
	p := state(t)
	for n := range protocol.MaxRevoked {
		apply(t, p, protocol.ModeratedBody{Action: protocol.ActionRevoke, Member: fmt.Sprint(n)}, private{Seats: 1})
	}
	for who, want := range map[string]string{"bob": "too-many", "1": "ok", "mod": "too-many", "ann": "ok"} {
		if ruling, err := p.Rule(p.order(protocol.ActionRevoke, who, who)); err != nil || refusal(ruling.Refusal) != want {
			t.Errorf("%s: %v, %v; want %s", who, ruling.Refusal, err, want)
		}
	}
}

func TestAClaimHoldsOnlyIfThereWasNone(t *testing.T) {
	d, err := Claim("lobby", "1", protocol.Member{Member: "ann", Nick: "Ann", Role: protocol.RoleMember})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]journal.Condition{{Key: "claimed"}}, d.If); diff != "" {
		t.Error(diff)
	}
	p, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	if p.Claimed() {
		t.Error("a new room is claimed")
	}
	if err := p.Apply(&d.Event, d.Private); err != nil || !p.Claimed() || p.Role("ann") != protocol.RoleOwner {
		t.Errorf("claimed %t, ann is %s; %v", p.Claimed(), p.Role("ann"), err)
	}
	apply(t, &p, protocol.ModeratedBody{Action: protocol.ActionRole, Member: "ann", Role: protocol.RoleMember}, private{})
	if !p.Claimed() {
		t.Error("a room whose owner stepped down can be claimed")
	}
}

// Somebody who is banned and has a /56 comes from another /64 each time.
func TestTwoBansFromOneNetworkHoldForAllOfIt(t *testing.T) {
	hour, day := now.Add(time.Hour), now.Add(24*time.Hour)
	p := state(t)
	ban := func(member string, until *time.Time, addresses ...string) {
		apply(t, p, protocol.ModeratedBody{Action: protocol.ActionBan, Member: member, Until: until}, private{Addresses: addresses})
	}
	check := func(when, address, want string) {
		t.Helper()
		got := p.Admit(Visitor{Member: "new", Address: address, IsNew: true}, now)
		if code := refusal(got.Refusal); code != want {
			t.Errorf("%s, from %s: %s, want %s", when, address, code, want)
		}
	}
	ban("t1", &hour, "a1/n", "b1")
	check("one ban", "a1/n", "banned")
	check("one ban", "a2/n", "ok")
	check("one ban", "b2", "ok") // without a network
	ban("t2", &day, "a1/n")
	check("two bans from one address", "a2/n", "ok")
	ban("t3", &hour, "c1/m", "c2/m")
	check("one ban from two addresses", "c3/m", "ok")
	ban("t4", &hour, "a2/n")
	check("bans from two addresses", "a3/n", "banned")
	check("bans from two addresses", "a3/m", "ok")
	check("bans from two addresses", "", "ok")
	if got := p.Admit(Visitor{Member: "new", Address: "a3/n", IsNew: true}, now); got.Refusal == nil || !got.Refusal.Until.Equal(day) || !got.Refusal.Address {
		t.Errorf("refused with %+v, want the ban that ends last", got.Refusal)
	}
	if got := p.Admit(Visitor{Member: "old", Address: "a3/n"}, now); got.Refusal != nil {
		t.Errorf("a member with a seat: %v", got.Refusal)
	}
	if got := p.Admit(Visitor{Member: "new", Address: "a3/n", IsNew: true}, hour); got.Refusal != nil {
		t.Errorf("when all but one have ended: %v", got.Refusal)
	}
}

// Or who comes back when they are told to is refused again.
func TestOfSeveralBansTheLastToEndIsTold(t *testing.T) {
	hour, day := now.Add(time.Hour), now.Add(24*time.Hour)
	for range 20 { // the order of a map is random
		p := state(t)
		for member, until := range map[string]*time.Time{"new": &hour, "t1": &day, "t2": &hour} {
			apply(t, p, protocol.ModeratedBody{Action: protocol.ActionBan, Member: member, Until: until}, private{Addresses: []string{"a1"}})
		}
		if got := p.Admit(Visitor{Member: "new", Address: "a1", IsNew: true}, now); got.Refusal == nil || !got.Refusal.Until.Equal(day) {
			t.Fatalf("refused with %+v", got.Refusal)
		}
	}
}

func TestAdmit(t *testing.T) {
	p := state(t)
	locked, password := *state(t), *state(t)
	apply(t, &locked, protocol.ModeratedBody{Action: protocol.ActionSet, Settings: &protocol.SettingsChange{Locked: new(true)}}, private{})
	apply(t, &password, protocol.ModeratedBody{Action: protocol.ActionSet, Settings: &protocol.SettingsChange{Password: new(true)}}, private{Password: "hash"})
	apply(t, p, protocol.ModeratedBody{Action: protocol.ActionBan, Member: "olga"}, private{})
	for _, c := range []struct {
		name string
		p    *Policy
		v    Visitor
		want Admission
		code string
	}{
		{"anyone", p, Visitor{Member: "bob", IsNew: true}, Admission{}, "ok"},
		{"banned", p, Visitor{Member: "troll"}, Admission{}, "banned"},
		{"new, from the banned member's address", p, Visitor{Member: "bob", Address: "cafe", IsNew: true}, Admission{}, "banned"},
		{"known, from the banned member's address", p, Visitor{Member: "bob", Address: "cafe"}, Admission{}, "ok"},
		{"an owner, though banned", p, Visitor{Member: "olga"}, Admission{Always: true}, "ok"},
		{"an owner by token, though banned", p, Visitor{Member: "troll", Granted: protocol.RoleOwner}, Admission{Always: true}, "ok"},
		{"new, into a locked room", &locked, Visitor{Member: "bob", IsNew: true}, Admission{}, "locked"},
		{"known, into a locked room", &locked, Visitor{Member: "bob"}, Admission{}, "ok"},
		{"new, without the password", &password, Visitor{Member: "bob", IsNew: true}, Admission{Password: "hash"}, "ok"},
		{"new, with the password", &password, Visitor{Member: "bob", IsNew: true, Password: "hash"}, Admission{}, "ok"},
		{"new, with the password that was", &password, Visitor{Member: "bob", IsNew: true, Password: "old"}, Admission{Password: "hash"}, "ok"},
		{"new, with a password that was taken away", p, Visitor{Member: "bob", IsNew: true, Password: "old"}, Admission{}, "ok"},
		{"known, without the password", &password, Visitor{Member: "bob"}, Admission{}, "ok"},
	} {
		got := c.p.Admit(c.v, now)
		if code := refusal(got.Refusal); code != c.code || got.Password != c.want.Password || got.Always != c.want.Always {
			t.Errorf("%s: %s, %+v; want %s, %+v", c.name, code, got, c.code, c.want)
		}
	}
	if got := p.Admit(Visitor{Member: "troll"}, now.Add(time.Hour)); got.Refusal != nil {
		t.Errorf("when the ban has ended: %v", got.Refusal)
	}
}
