package policy

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// carryOut applies what an order does to the room, which must not be refused.
func (p *Policy) carryOut(t *testing.T, o *Order) Ruling {
	t.Helper()
	ruling, err := p.Rule(o)
	if err != nil || ruling.Refusal != nil {
		t.Fatal(err, ruling.Refusal)
	}
	if err := p.Apply(&ruling.Draft.Event, ruling.Draft.Private); err != nil {
		t.Fatal(err)
	}
	return ruling
}

func TestAnInviteIsUsedUp(t *testing.T) {
	p := state(t)
	o := p.order(protocol.ActionInvite, "mod", "")
	o.For, o.Uses = time.Minute, 2
	made := p.carryOut(t, o)
	if body := string(made.Draft.Event.Body); body != `{"action":"invite"}` {
		t.Errorf("everyone is told %s", body)
	}
	for left := 2; left > 0; left-- {
		i, ok := p.Invite(made.Invite.ID, now)
		if !ok || i.Uses != left || i.By.Member != "mod" {
			t.Fatalf("the invite is %+v, %t, want %d uses", i, ok, left)
		}
		d, err := i.AdmitBy("lobby", fmt.Sprint(left), protocol.Member{Member: "new", Nick: "New"})
		if err != nil {
			t.Fatal(err)
		}
		if want := journal.Millis(*i.Until); !d.NotAfter.Equal(want) || len(d.If) != 1 || string(d.If[0].Value) != string(i.stored) {
			t.Errorf("the admission relies on %+v until %v", d.If, d.NotAfter)
		}
		if strings.Contains(string(d.Event.Body), i.ID) {
			t.Errorf("everyone is told of %s", d.Event.Body)
		}
		if err := p.Apply(&d.Event, d.Private); err != nil {
			t.Fatal(err)
		}
	}
	if all := p.Invites(now); len(all) != 0 {
		t.Errorf("left are %+v", all)
	}
	// The next one isn't taken for it.
	if next := p.carryOut(t, p.order(protocol.ActionInvite, "ann", "")); next.Invite.ID == made.Invite.ID {
		t.Errorf("both are %s", next.Invite.ID)
	}
}

func TestInvitesEnd(t *testing.T) {
	p := state(t)
	for range protocol.MaxInvites {
		o := p.order(protocol.ActionInvite, "mod", "")
		o.For = time.Minute
		p.carryOut(t, o)
	}
	o := p.order(protocol.ActionInvite, "mod", "")
	if ruling, err := p.Rule(o); err != nil || refusal(ruling.Refusal) != "too-many" {
		t.Errorf("a room may have any number of invites: %v, %v", ruling.Refusal, err)
	}
	o.Now = now.Add(2 * time.Minute)
	if _, ok := p.Invite("i-1", o.Now); ok || len(p.Invites(o.Now)) != 0 {
		t.Error("an invite that has ended holds")
	}
	p.carryOut(t, o)
	if n := len(p.invites); n != protocol.MaxInvites-expiredRemoved+1 {
		t.Errorf("%d are stored, so that they never become fewer", n)
	}
	o = p.order(protocol.ActionUninvite, "ann", "")
	o.Invite, o.Now = "i-50", now.Add(2*time.Minute)
	if ruling, err := p.Rule(o); err != nil || refusal(ruling.Refusal) != "not-found" {
		t.Errorf("one that has ended is taken back: %v, %v", ruling.Refusal, err)
	}
}

// By an invite somebody comes in despite a lock and a password, but not despite a ban.
func TestWhoIsInvited(t *testing.T) {
	p := state(t)
	locked := true
	apply(t, p, protocol.ModeratedBody{Action: protocol.ActionSet, Settings: &protocol.SettingsChange{Locked: &locked, Password: &locked}}, private{Password: "hash"})
	v := Visitor{Member: "new", IsNew: true}
	if a := p.Admit(v, now); refusal(a.Refusal) != "locked" {
		t.Errorf("without it: %+v", a)
	}
	v.Admitted = true
	if a := p.Admit(v, now); a.Refusal != nil || a.Password != "" {
		t.Errorf("by it: %+v", a)
	}
	v.Address = "cafe"
	if a := p.Admit(v, now); refusal(a.Refusal) != "banned" {
		t.Errorf("from the address of somebody who is banned: %+v", a)
	}
}

func TestInvitesEndWithWhoMadeThem(t *testing.T) {
	for _, test := range []struct {
		name   string
		action protocol.Action
		role   protocol.Role // for ActionRole
		left   int
	}{
		{"a ban", protocol.ActionBan, "", 1},
		{"a kick", protocol.ActionKick, "", 2},
		{"a plain member", protocol.ActionRole, protocol.RoleMember, 1},
		{"an owner", protocol.ActionRole, protocol.RoleOwner, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := state(t)
			p.carryOut(t, p.order(protocol.ActionInvite, "mod", ""))
			p.carryOut(t, p.order(protocol.ActionInvite, "ann", ""))
			o := p.order(test.action, "ann", "mod")
			o.Role = test.role
			p.carryOut(t, o)
			if left := p.Invites(now); len(left) != test.left || left[len(left)-1].By.Member != "ann" {
				t.Errorf("left are %+v, want %d", left, test.left)
			}
		})
	}
}
