package room

import (
	"strings"
	"testing"

	"snug/internal/auth"
	"snug/internal/journal/memory"
	"snug/protocol"
)

// held is a join with a token.
func held(subject string, role protocol.Role) Request {
	q := v1("a " + subject)
	q.Holder = &auth.Holder{Subject: subject, Role: role}
	return q
}

func topic(s string) Moderation {
	return Moderation{Action: protocol.ActionSet, Settings: protocol.SettingsChange{Topic: &s}}
}

// A role by a token is no state of the log, and nothing that it lets do may ask the
// log for it.
func TestGrantedRoleIsEnoughAndIsNotInTheLog(t *testing.T) {
	j := kept(t, memory.Options{})
	g := open(t, Options{Journal: j})
	ann, bob := enter(t, g, held("ann", protocol.RoleModerator)), enter(t, g, held("bob", protocol.RoleMember))
	bob.says("rude")
	if _, err := ann.erase("d", 1); err != nil {
		t.Errorf("delete: %v", err)
	}
	ann.orders(Moderation{Action: protocol.ActionBan, Member: bob.You().Member})
	if _, err := ann.moderate(topic("x")); code(t, err) != "forbidden" {
		t.Errorf("set, by a moderator: %v", err)
	}

	// Over a second connection, without the role, she is a member: to herself, not to
	// those who would put her out.
	second := enter(t, g, held("ann", protocol.RoleMember))
	if second.You().Role != protocol.RoleMember || ann.You().Role != protocol.RoleModerator {
		t.Errorf("over one she is %+v, over the other %+v", second.You(), ann.You())
	}
	if members := second.welcome.Members; members[0].Role != protocol.RoleModerator {
		t.Errorf("others see %+v", members[0])
	}
	mod := enter(t, g, held("mod", protocol.RoleModerator))
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

// The higher of the two counts: a token takes no role away that the room has given.
func TestTokenTakesNoRoleAway(t *testing.T) {
	g := open(t, Options{})
	owner, ann, bob := enter(t, g, held("owner", protocol.RoleOwner)), enter(t, g, held("ann", protocol.RoleMember)), enter(t, g, held("bob", protocol.RoleMember))
	owner.orders(Moderation{Action: protocol.ActionRole, Member: ann.You().Member, Role: protocol.RoleModerator})
	again := enter(t, g, held("ann", protocol.RoleMember))
	if again.You().Role != protocol.RoleModerator || ann.You().Role != protocol.RoleModerator {
		t.Errorf("she is %+v, and over another connection %+v", ann.You(), again.You())
	}
	bob.says("rude")
	bob.Settle(t.Context())
	if _, err := again.erase("d", bob.room.Head()); err != nil {
		t.Errorf("delete, by the room's own role: %v", err)
	}
}

// One with a token is new until it shows a seat of its own, and is banned as
// itself alone.
func TestWhoIsNewAmongHolders(t *testing.T) {
	g := open(t, Options{})
	owner := enter(t, g, held("owner", protocol.RoleOwner))
	at := func(subject string) Request {
		q := held(subject, protocol.RoleMember)
		q.Address = "192.0.2.1"
		return q
	}
	ann, bob := enter(t, g, at("ann")), enter(t, g, at("bob"))
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
	owner.orders(Moderation{Action: protocol.ActionBan, Member: ann.You().Member})
	joins(at("ann"), ann.welcome.You.Seat, "banned")
	joins(at("carl"), "", "ok") // from the same address
	yes := true
	owner.orders(Moderation{Action: protocol.ActionSet, Settings: protocol.SettingsChange{Locked: &yes}})
	joins(at("dan"), "", "locked")
	joins(at("dan"), bob.welcome.You.Seat, "locked")
	joins(at("bob"), "", "locked")
	joins(at("bob"), bob.welcome.You.Seat, "ok")
	joins(held("boss", protocol.RoleOwner), "", "ok")
}
