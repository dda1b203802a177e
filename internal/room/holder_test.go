package room

import (
	"strings"
	"testing"

	"snug/internal/auth"
	"snug/internal/journal/memory"
	"snug/protocol"
)

// withToken returns the request of somebody with a token.
func withToken(subject string, role protocol.Role) Request {
	q := v1("an" + subject)
	q.Holder = &auth.Holder{Subject: subject, Role: role}
	return q
}

func topic(s string) Moderation {
	return Moderation{Action: protocol.ActionSet, Settings: protocol.SettingsChange{Topic: &s}}
}

// A token's role is not part of the room's state, so no condition on that state may
// depend on it.
func TestATokensRoleSufficesAndIsNotInTheLog(t *testing.T) {
	j := memoryJournal(t, memory.Options{})
	g := newOwnerless(t, Options{Journal: j})
	ann, bob := mustJoin(t, g, withToken("ann", protocol.RoleModerator)), mustJoin(t, g, withToken("bob", protocol.RoleMember))
	bob.mustSend("rude")
	if _, err := ann.erase("d", 1); err != nil {
		t.Errorf("delete: %v", err)
	}
	ann.mustModerate(Moderation{Action: protocol.ActionBan, Member: bob.You().Member})
	if _, err := ann.moderate(topic("x")); code(t, err) != "forbidden" {
		t.Errorf("set, by a moderator: %v", err)
	}

	// Over a second connection, without the role, she may do what a member may. But others
	// can't kick her as a member.
	second := mustJoin(t, g, withToken("ann", protocol.RoleMember))
	if second.You().Role != protocol.RoleMember || ann.You().Role != protocol.RoleModerator {
		t.Errorf("over one she is %+v, over the other %+v", second.You(), ann.You())
	}
	if members := second.welcome.Members; members[0].Role != protocol.RoleModerator {
		t.Errorf("others see %+v", members[0])
	}
	mod := mustJoin(t, g, withToken("mod", protocol.RoleModerator))
	if _, err := mod.moderate(Moderation{Action: protocol.ActionKick, Member: ann.You().Member}); code(t, err) != "forbidden" {
		t.Errorf("a moderator kicks a moderator: %v", err)
	}
	if err := ann.Grant(t.Context(), protocol.RoleMember); err != nil {
		t.Fatal(err)
	}
	if ann.You().Role != protocol.RoleMember {
		t.Errorf("after the grant is gone she is %+v", ann.You())
	}
	if _, err := ann.erase("d2", 1); code(t, err) != "forbidden" {
		t.Errorf("delete, without the role: %v", err)
	}
	snapshot, feed, err := j.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	feed.Close()
	for key := range snapshot.State {
		if strings.HasPrefix(key, "role/") {
			t.Errorf("the log has %s", key)
		}
	}
}

// The higher one of the two roles counts.
func TestATokenTakesNoRoleAway(t *testing.T) {
	g := newOwnerless(t, Options{})
	owner, ann, bob := mustJoin(t, g, withToken("owner", protocol.RoleOwner)), mustJoin(t, g, withToken("ann", protocol.RoleMember)), mustJoin(t, g, withToken("bob", protocol.RoleMember))
	owner.mustModerate(Moderation{Action: protocol.ActionRole, Member: ann.You().Member, Role: protocol.RoleModerator})
	again := mustJoin(t, g, withToken("ann", protocol.RoleMember))
	if again.You().Role != protocol.RoleModerator || ann.You().Role != protocol.RoleModerator {
		t.Errorf("she is %+v, and over another connection %+v", ann.You(), again.You())
	}
	bob.mustSend("rude")
	bob.Settle(t.Context())
	if _, err := again.erase("d", bob.room.Head()); err != nil {
		t.Errorf("delete, by the room's own role: %v", err)
	}
}

// Somebody with a token is new without a seat of their own, and is not kept out by bans of
// others.
func TestASeatThatCameWithATokenNeedsOne(t *testing.T) {
	g := newOwnerless(t, Options{})
	ann := mustJoin(t, g, withToken("ann", protocol.RoleMember))
	renewed, err := ann.NewSeat(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, seat := range []string{ann.welcome.You.Seat, renewed} {
		q := v1("eve")
		q.Seat = seat
		if eve := mustJoin(t, g, q); eve.You().Member == ann.You().Member {
			t.Error("without a token, a seat makes somebody the member of one")
		}
	}
}

func TestWhichTokenHoldersAreNew(t *testing.T) {
	g := newOwnerless(t, Options{})
	owner := mustJoin(t, g, withToken("owner", protocol.RoleOwner))
	at := func(subject string) Request {
		q := withToken(subject, protocol.RoleMember)
		q.Address = "192.0.2.1"
		return q
	}
	ann, bob := mustJoin(t, g, at("ann")), mustJoin(t, g, at("bob"))
	joins := func(q Request, seat, want string) {
		t.Helper()
		q.Seat = seat
		p, _, err := g.Join(t.Context(), "lobby", q)
		if err == nil {
			p.Leave()
		}
		if got := code(t, err); got != want {
			t.Errorf("%s is let in as %q, want %q", q.Holder.Subject, got, want)
		}
	}
	owner.mustModerate(Moderation{Action: protocol.ActionBan, Member: ann.You().Member})
	joins(at("ann"), ann.welcome.You.Seat, "banned")
	joins(at("carl"), "", "ok") // from the same address
	yes := true
	owner.mustModerate(Moderation{Action: protocol.ActionSet, Settings: protocol.SettingsChange{Locked: &yes}})
	joins(at("dan"), "", "locked")
	joins(at("dan"), bob.welcome.You.Seat, "locked")
	joins(at("bob"), "", "locked")
	joins(at("bob"), bob.welcome.You.Seat, "ok")
	joins(withToken("boss", protocol.RoleOwner), "", "ok")
}
