package room

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"snug/protocol"
)

// rights has the outcome of each command, by each role, about oneself and about others of
// each role. "x" is forbidden, "-" is not-found.
const rights = `
                  self  owner moderator member guest nobody
owner edit        ok    x     x         x      x     -
owner delete      ok    ok    ok        ok     ok    -
owner react       ok    ok    ok        ok     ok    -
owner kick        x     x     ok        ok     ok    -
owner ban         x     x     ok        ok     ok    ok
owner unban       -     -     -         -      -     -
owner owner       ok    ok    ok        ok     x     -
owner moderator   ok    ok    ok        ok     x     -
owner member      ok    ok    ok        ok     x     -
owner set         ok
owner password    ok
owner bans        ok
owner pin         ok    ok    ok        ok     ok    -
owner close       ok

moderator edit      ok    x     x         x      x     -
moderator delete    ok    ok    ok        ok     ok    -
moderator react     ok    ok    ok        ok     ok    -
moderator kick      x     x     x         ok     ok    -
moderator ban       x     x     x         ok     ok    ok
moderator unban     -     -     -         -      -     -
moderator owner     x     x     x         x      x     x
moderator moderator x     x     x         x      x     x
moderator member    x     x     x         x      x     x
moderator set       x
moderator password  x
moderator bans      ok
moderator pin         ok    ok    ok        ok     ok    -
moderator close       x

member edit      ok    x     x         x      x     -
member delete    ok    x     x         x      x     -
member react     ok    ok    ok        ok     ok    -
member kick      x     x     x         x      x     x
member ban       x     x     x         x      x     x
member unban     x     x     x         x      x     x
member owner     x     x     x         x      x     x
member moderator x     x     x         x      x     x
member member    x     x     x         x      x     x
member set       x
member password  x
member bans      x
member pin         x     x     x         x      x     x
member close       x

guest edit      ok    x     x         x      x     -
guest delete    ok    x     x         x      x     -
guest react     ok    ok    ok        ok     ok    -
guest kick      x     x     x         x      x     x
guest ban       x     x     x         x      x     x
guest unban     x     x     x         x      x     x
guest owner     x     x     x         x      x     x
guest moderator x     x     x         x      x     x
guest member    x     x     x         x      x     x
guest set       x
guest password  x
guest bans      x
guest pin         x     x     x         x      x     x
guest close       x
`

func TestEachCommandOfEachRoleAboutEachOther(t *testing.T) {
	short := strings.NewReplacer("x", string(protocol.Forbidden), "-", string(protocol.NotFound))
	lines := strings.Split(strings.TrimSpace(rights), "\n")
	columns := strings.Fields(lines[0])
	cells := 0
	for _, line := range lines[1:] {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		by, command := words[0], words[1]
		for i, want := range words[2:] {
			whom := columns[i]
			t.Run(fmt.Sprint(by, " ", command, " ", whom), func(t *testing.T) {
				c := newCast(t, Options{})
				name := target(by, whom)
				if whom == "self" {
					name = by
				}
				if got := code(t, c.carryOut(c.by[by], command, name)); got != short.Replace(want) {
					t.Errorf("%s, want %s", got, short.Replace(want))
				}
			})
			cells++
		}
	}
	if cells != 4*(10*6+4) {
		t.Errorf("%d cells: the table isn't whole", cells)
	}
}

// carryOut carries out a command of by about a member.
func (c *cast) carryOut(by *client, command, name string) error {
	seq := c.said[name]
	if seq == 0 {
		seq = 1 // the claim, which is not a message
	}
	var err error
	switch command {
	case "edit":
		_, err = by.edit("1", seq, "changed")
	case "delete":
		_, err = by.erase("1", seq)
	case "react":
		_, err = by.react("1", seq)
	case "kick", "ban", "unban":
		_, err = by.moderate(Moderation{Action: protocol.Action(command), Member: c.member(name)})
	case "owner", "moderator", "member":
		_, err = by.moderate(Moderation{Action: protocol.ActionRole, Member: c.member(name), Role: protocol.Role(command)})
	case "set":
		_, err = by.moderate(Moderation{Action: protocol.ActionSet, Settings: protocol.SettingsChange{Topic: new("tea")}})
	case "password":
		_, err = by.moderate(Moderation{Action: protocol.ActionSet, Password: "secret", Settings: protocol.SettingsChange{Password: new(true)}})
	case "pin":
		_, err = by.moderate(Moderation{Action: protocol.ActionPin, Seq: seq})
	case "close":
		_, err = by.moderate(Moderation{Action: protocol.ActionClose})
	case "bans":
		_, err = by.Bans(by.t.Context())
	}
	return err
}

func TestTheLastOwnerCannotStepDownButCanHandOver(t *testing.T) {
	g := newRegistry(t, Options{})
	ann, bob := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("bob"))
	mine := func(r protocol.Role) Moderation {
		return Moderation{Action: protocol.ActionRole, Member: ann.You().Member, Role: r}
	}
	if _, err := ann.moderate(mine(protocol.RoleMember)); code(t, err) != "forbidden" {
		t.Errorf("the only owner steps down: %v", err)
	}
	ann.mustModerate(Moderation{Action: protocol.ActionRole, Member: bob.You().Member, Role: protocol.RoleOwner})
	ann.mustModerate(mine(protocol.RoleMember))
	if ann.You().Role != protocol.RoleMember || bob.You().Role != protocol.RoleOwner {
		t.Errorf("ann is %s, bob %s", ann.You().Role, bob.You().Role)
	}
	if _, err := ann.moderate(mine(protocol.RoleOwner)); code(t, err) != "forbidden" {
		t.Errorf("who was an owner takes the room back: %v", err)
	}
}

// A guest has no seat to return with: a room that is given to it would be lost.
func TestAGuestWhoHasLeftGetsNoRole(t *testing.T) {
	g := newRegistry(t, Options{})
	ann, guest := mustJoin(t, g, v1("ann")), mustJoin(t, g, plain("guest"))
	member := guest.You().Member
	guest.Leave()
	if _, err := ann.moderate(Moderation{Action: protocol.ActionRole, Member: member, Role: protocol.RoleOwner}); code(t, err) != "forbidden" {
		t.Errorf("got %v", err)
	}
}

// In real time, since two owners have to act at the same moment.
func TestTwoOwnersWhoActAtOnceLeaveAnOwner(t *testing.T) {
	for name, engine := range engines {
		for _, how := range []string{"each other", "themselves"} {
			t.Run(name+", "+how, func(t *testing.T) {
				g := newRegistry(t, Options{Journal: engine(t)})
				ann, bob := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("bob"))
				for range 30 {
					owner, other := ann, bob
					if bob.You().Role == protocol.RoleOwner {
						owner, other = bob, ann
					}
					owner.mustModerate(Moderation{Action: protocol.ActionRole, Member: other.You().Member, Role: protocol.RoleOwner})
					var both sync.WaitGroup
					for _, c := range [][2]*client{{ann, bob}, {bob, ann}} {
						whom := c[1].You().Member
						if how == "themselves" {
							whom = c[0].You().Member
						}
						both.Go(func() {
							_, err := c[0].moderate(Moderation{Action: protocol.ActionRole, Member: whom, Role: protocol.RoleMember})
							if got := code(t, err); got != "ok" && got != "forbidden" {
								t.Errorf("got %v", err)
							}
						})
					}
					both.Wait()
					ann.Settle(t.Context())
					owners := 0
					for _, c := range []*client{ann, bob} {
						if c.You().Role == protocol.RoleOwner {
							owners++
						}
					}
					if owners != 1 {
						t.Fatalf("%d owners are left, want 1", owners)
					}
				}
			})
		}
	}
}

// A kick that was checked before a ban was made must not end the ban after a minute.
func TestAKickDoesNotShortenABan(t *testing.T) {
	c := newCast(t, Options{})
	troll := c.by["member"]
	c.by["owner"].mustModerate(Moderation{Action: protocol.ActionBan, Member: troll.You().Member})
	if _, err := c.by["moderator"].moderate(Moderation{Action: protocol.ActionKick, Member: troll.You().Member}); code(t, err) != "not-found" {
		t.Errorf("got %v", err)
	}
	guest, moderator := c.by["guest"], c.by["moderator"]
	late, err := moderator.Moderate(t.Context(), Moderation{ID: "late", Action: protocol.ActionKick, Member: guest.You().Member})
	if err != nil || late.refusal != nil {
		t.Fatal(late.refusal, err)
	}
	c.by["owner"].mustModerate(Moderation{Action: protocol.ActionBan, Member: guest.You().Member})
	if _, err := moderator.submit(late, nil); code(t, err) != "forbidden" {
		t.Errorf("got %v", err)
	}
	if bans, err := c.by["owner"].Bans(t.Context()); err != nil || len(bans) != 2 {
		t.Errorf("the bans are %v, %v", bans, err)
	}
}
