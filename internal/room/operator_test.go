package room

import (
	"testing"
	"testing/synctest"
	"time"

	"snug/protocol"
)

func TestTheOperatorGivesAnOwner(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			j := engine(t)
			g := newRegistry(t, Options{Journal: j, Idle: time.Millisecond})
			ann, bob, guest := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("bob")), mustJoin(t, g, plain("guest"))
			ann.mustSend("hi")
			guest.mustSend("ho")
			give := func(member string) string {
				return code(t, g.GiveOwner(t.Context(), "lobby", member))
			}
			if got := give(bob.You().Member); got != "ok" || bob.You().Role != protocol.RoleOwner || ann.You().Role != protocol.RoleOwner {
				t.Errorf("%s: bob is %s, ann %s", got, bob.You().Role, ann.You().Role)
			}
			if a, b := give("nobody-at-all"), give(guest.You().Member); a != "not-found" || b != "forbidden" {
				t.Errorf("nobody: %s, a guest: %s", a, b)
			}
			// A member that is long gone, and the room has ended since.
			ann.mustModerate(Moderation{Action: protocol.ActionRole, Member: ann.You().Member, Role: protocol.RoleMember})
			for _, c := range []*client{ann, bob, guest} {
				c.Leave()
			}
			g.running.Wait()
			if got := give(ann.You().Member); got != "ok" {
				t.Errorf("to one who is away: %s", got)
			}
			if got := give(guest.You().Member); got != "forbidden" {
				t.Errorf("to a guest who is away: %s", got)
			}
			if again := mustJoin(t, g, ann.back("")); again.You().Role != protocol.RoleOwner {
				t.Errorf("who was given the room is %s", again.You().Role)
			}
		})
	}
}

func TestARoomThatTheOperatorGaveAwayCannotBeClaimed(t *testing.T) {
	j := engines["memory"](t)
	g := newOwnerless(t, Options{Journal: j}) // rooms have no owners
	ann := mustJoin(t, g, v1("ann"))
	ann.mustSend("hi")
	if err := g.GiveOwner(t.Context(), "lobby", ann.You().Member); err != nil || ann.You().Role != protocol.RoleOwner {
		t.Fatalf("ann is %s, %v", ann.You().Role, err)
	}
	g.Close()
	g = newRegistry(t, Options{Journal: j})
	if bob := mustJoin(t, g, v1("bob")); bob.You().Role != protocol.RoleMember {
		t.Errorf("who comes next is %s", bob.You().Role)
	}
}

func TestAnUnknownRoomHasNobodyToGiveItTo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRegistry(t, Options{Idle: time.Second})
		if err := g.GiveOwner(t.Context(), "lobby", "m"); code(t, err) != "not-found" {
			t.Errorf("%v", err)
		}
		time.Sleep(2 * time.Second)
		if synctest.Wait(); g.Open() != 0 {
			t.Error("the room stays open")
		}
	})
}

func TestTheOperatorRevokesSeats(t *testing.T) {
	g := newRegistry(t, Options{})
	ann, bob := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("bob"))
	if err := g.RevokeSeats(t.Context(), "lobby", bob.You().Member); err != nil || bob.end != protocol.GoodbyeRevoked {
		t.Errorf("told %q, %v", bob.end, err)
	}
	if again := mustJoin(t, g, bob.back("")); again.You().Member == bob.You().Member {
		t.Error("the old seat brings the member back")
	}
	if err := g.RevokeSeats(t.Context(), "lobby", ann.You().Member); code(t, err) != "forbidden" {
		t.Errorf("an owner's: %v", err)
	}
}
