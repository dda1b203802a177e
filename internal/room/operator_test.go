package room

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal"
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

func TestAFullServerKeepsItsOperatorOutOfNoRoom(t *testing.T) {
	j := engines["memory"](t)
	g := newRegistry(t, Options{Journal: j})
	mustJoin(t, g, v1("ann")).mustSend("hi")
	g.Close()
	g = newRegistry(t, Options{Journal: j, MaxRooms: 1})
	p, _, err := g.Join(t.Context(), "den", v1("bob"))
	if err != nil {
		t.Fatal(err)
	}
	defer p.Leave()
	seen, view, err := g.Inspect(t.Context(), "lobby")
	if err != nil || view.Head != 2 {
		t.Fatalf("%d events, %v", view.Head, err)
	}
	seen.Leave()
	if err := errors.Join(g.Lock(t.Context(), "lobby", true), g.EraseRoom(t.Context(), "lobby"), g.CloseRoom(t.Context(), "lobby")); err != nil {
		t.Error(err)
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

func TestAnOrderAboutAnUnknownRoomMakesNone(t *testing.T) {
	for what, order := range map[string]func(*Registry, context.Context) error{
		"owner":  func(g *Registry, ctx context.Context) error { return g.GiveOwner(ctx, "lobby", "m") },
		"revoke": func(g *Registry, ctx context.Context) error { return g.RevokeSeats(ctx, "lobby", "m") },
		"lock":   func(g *Registry, ctx context.Context) error { return g.Lock(ctx, "lobby", true) },
		"close":  func(g *Registry, ctx context.Context) error { return g.CloseRoom(ctx, "lobby") },
		"unhook": func(g *Registry, ctx context.Context) error { return g.RemoveHook(ctx, "lobby", "m") },
		"unban":  func(g *Registry, ctx context.Context) error { return g.LiftBan(ctx, "lobby", "m") },
		"erase":  func(g *Registry, ctx context.Context) error { return g.EraseRoom(ctx, "lobby") },
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := newRegistry(t, Options{Idle: time.Second})
				if err := order(g, t.Context()); code(t, err) != "not-found" || !strings.Contains(err.Error(), "no room") {
					t.Errorf("%v", err)
				}
				if left := entries(t, g.options.Journal, "lobby"); len(left) != 0 {
					t.Errorf("the room has %d entries", len(left))
				}
				time.Sleep(2 * time.Second)
				if synctest.Wait(); g.Open() != 0 {
					t.Error("the room stays open")
				}
			})
		})
	}
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
	if err := g.RevokeSeats(t.Context(), "lobby", "deadbeef"); code(t, err) != "not-found" {
		t.Errorf("nobody's: %v", err)
	}
	// Who only reads is known to nobody once they are away, and has a seat.
	bob.Leave()
	bob = mustJoin(t, g, v1("bob"))
	bob.Leave()
	if err := g.RevokeSeats(t.Context(), "lobby", bob.You().Member); err != nil {
		t.Errorf("of one who is away: %v", err)
	}
}

func TestTheOperatorErasesARoomThatStays(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			j := engine(t)
			g := newRegistry(t, Options{Journal: j, MaxChars: 100})
			ann := mustJoin(t, g, v1("ann"))
			if _, err := g.Import(t.Context(), "lobby", strings.NewReader(minimal(2*journal.ExpireMax+5))); err != nil {
				t.Fatal(err)
			}
			if err := g.EraseRoom(t.Context(), "lobby"); err != nil {
				t.Fatal(err)
			}
			if left := entries(t, j, "lobby"); len(left) != 0 {
				t.Errorf("%d entries are left", len(left))
			}
			o, err := ann.say(Message{ID: "1", Content: "after"})
			if err != nil || o.Seq < 2*journal.ExpireMax || ann.You().Role != protocol.RoleOwner {
				t.Errorf("afterwards: %+v, %v; ann is %s", o, err, ann.You().Role)
			}
			if err := g.EraseRoom(t.Context(), "nowhere"); code(t, err) != "not-found" {
				t.Errorf("an unknown room: %v", err)
			}
		})
	}
}

func TestTheOperatorLocksAndClosesARoom(t *testing.T) {
	g := newRegistry(t, Options{})
	ann := mustJoin(t, g, v1("ann"))
	ann.mustSend("hi")
	if err := g.Lock(t.Context(), "lobby", true); err != nil {
		t.Fatal(err)
	}
	if _, _, err := g.Join(t.Context(), "lobby", v1("bob")); code(t, err) != "locked" {
		t.Errorf("locked: %v", err)
	}
	if p, view, err := g.Inspect(t.Context(), "lobby"); err != nil || !view.Settings.Locked || view.Present != 1 {
		t.Errorf("the operator sees %+v, %v", view, err)
	} else {
		p.Leave()
	}
	if err := g.CloseRoom(t.Context(), "lobby"); err != nil || ann.end != protocol.GoodbyeClosed {
		t.Errorf("closed: %v, ann is told %q", err, ann.end)
	}
	for what, err := range map[string]error{"lock": g.Lock(t.Context(), "lobby", true), "close": g.CloseRoom(t.Context(), "lobby"), "erase": g.EraseRoom(t.Context(), "lobby")} {
		if code(t, err) != "closed" {
			t.Errorf("%s of a closed room: %v", what, err)
		}
	}
	if _, err := g.Import(t.Context(), "lobby", strings.NewReader(minimal(1))); code(t, err) != "closed" {
		t.Errorf("an import into a closed room: %v", err)
	}
}
