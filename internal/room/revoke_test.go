package room

import (
	"strings"
	"testing"
	"testing/synctest"

	"snug/protocol"
)

func revoke(member string) Moderation {
	return Moderation{Action: protocol.ActionRevoke, Member: member}
}

// seat returns the seat that c was given by an event of its own, and how many there were.
func (c *client) seat() (seat string, events int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, f := range decode(c.t, c.own) {
		if f.Type == protocol.EventSeat {
			seat, events = f.Seat, events+1
		}
	}
	return seat, events
}

// withSeat returns a join with a seat.
func withSeat(seat string) Request {
	q := v1("back")
	q.Seat = seat
	return q
}

func TestARevokedSeatIsNoSeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRegistry(t, Options{})
		owner, ann := mustJoin(t, g, v1("olga")), mustJoin(t, g, v1("ann"))
		phone, watcher := mustJoin(t, g, ann.back("")), mustJoin(t, g, v1("watcher"))
		watcher.all()
		old := ann.welcome.You.Seat
		ann.mustModerate(revoke(ann.You().Member))
		synctest.Wait()
		if ann.end != "" || phone.end != protocol.GoodbyeRevoked || owner.end != "" {
			t.Errorf("told on the way out: the one who asked %q, the other connection %q, the owner %q", ann.end, phone.end, owner.end)
		}
		seat, events := ann.seat()
		if events != 1 || seat == old || !strings.HasPrefix(seat, ann.You().Member+".") {
			t.Errorf("the one who asked got %d seats, and this last: %q", events, seat)
		}
		if _, events := phone.seat(); events > 0 {
			t.Error("the other connection got a seat, too")
		}
		watcher.sees("2 moderated")
		if stranger := mustJoin(t, g, withSeat(old)); stranger.You().Member == ann.You().Member || stranger.welcome.You.Seat == old {
			t.Error("the old seat still brings the member back")
		}
		again := mustJoin(t, g, withSeat(seat))
		if again.You().Member != ann.You().Member || again.welcome.You.Seat != seat {
			t.Errorf("the new seat brings back %s, with the seat %q", again.You().Member, again.welcome.You.Seat)
		}
		// And once more, by the connection that came with the new seat.
		second := revoke(again.You().Member)
		second.ID = "second"
		again.mustModerate(second)
		synctest.Wait()
		third, _ := again.seat()
		if ann.end != protocol.GoodbyeRevoked || third == seat || third == "" {
			t.Errorf("after another revoke, the first connection was told %q, and the seat is %q", ann.end, third)
		}
		for _, s := range []string{old, seat} {
			if c := mustJoin(t, g, withSeat(s)); c.You().Member == ann.You().Member {
				t.Errorf("%q still brings the member back", s)
			}
		}
	})
}

func TestARevokeHoldsAfterARestart(t *testing.T) {
	for name, engine := range engines {
		t.Run(name, func(t *testing.T) {
			j := engine(t)
			g := newRegistry(t, Options{Journal: j})
			owner, ann := mustJoin(t, g, v1("olga")), mustJoin(t, g, v1("ann"))
			owner.mustModerate(revoke(ann.You().Member))
			if ann.end != protocol.GoodbyeRevoked {
				t.Errorf("told on the way out: %q", ann.end)
			}
			g.Close()
			g = newRegistry(t, Options{Journal: j})
			if c := mustJoin(t, g, withSeat(ann.welcome.You.Seat)); c.You().Member == ann.You().Member {
				t.Error("the old seat brings the member back")
			}
			if c := mustJoin(t, g, withSeat(owner.welcome.You.Seat)); c.You().Member != owner.You().Member || c.You().Role != protocol.RoleOwner {
				t.Errorf("the owner came back as %+v", c.You())
			}
		})
	}
}

// Locks, passwords and bans of addresses are for those without a seat.
func TestWhoComesWithARevokedSeatIsNew(t *testing.T) {
	g := newRegistry(t, Options{})
	owner, ann := mustJoin(t, g, v1("olga")), mustJoin(t, g, from("cafe"))
	owner.mustModerate(revoke(ann.You().Member))
	if got := tryJoin(t, g, ann.back("cafe")); got != "ok" {
		t.Errorf("into an open room: %s", got)
	}
	owner.mustModerate(setting(protocol.SettingsChange{Locked: new(true)}))
	if got := tryJoin(t, g, ann.back("cafe")); got != "locked" {
		t.Errorf("into a locked room: %s", got)
	}
}

func TestWhoMayRevokeWhoseSeats(t *testing.T) {
	c := newCast(t, Options{})
	for _, r := range []struct{ by, of, want string }{
		{"member", "member2", "forbidden"},
		{"moderator", "member", "forbidden"},
		{"owner", "owner2", "forbidden"}, // or one owner could put another out for good
		{"owner", "guest", "forbidden"},
		{"guest", "guest", "forbidden"},
		{"owner", "nobody", "ok"}, // may have been here long ago
		{"owner", "moderator", "ok"},
		{"owner", "member", "ok"},
		{"member2", "member2", "ok"},
		{"owner2", "owner2", "ok"},
	} {
		_, err := c.by[r.by].moderate(revoke(c.member(r.of)))
		if got := code(t, err); got != r.want {
			t.Errorf("%s revokes the seats of %s: %s, want %s", r.by, r.of, got, r.want)
		}
	}
}

func TestARepeatedRevokeRevokesOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRegistry(t, Options{})
		mustJoin(t, g, v1("olga"))
		ann := mustJoin(t, g, v1("ann"))
		m := revoke(ann.You().Member)
		m.ID = "r1"
		for i := range 2 {
			if o, err := ann.moderate(m); err != nil || o.Seq != 2 || o.Duplicate != (i > 0) {
				t.Errorf("%+v, %v", o, err)
			}
		}
		synctest.Wait()
		seat, events := ann.seat()
		if c := mustJoin(t, g, withSeat(seat)); events != 1 || c.You().Member != ann.You().Member {
			t.Errorf("%d seats, and the last one isn't the member's", events)
		}
	})
}

func TestATokenBringsBackWhoseSeatsAreRevoked(t *testing.T) {
	g := newRegistry(t, Options{})
	olga, ann := mustJoin(t, g, v1("olga")), mustJoin(t, g, withToken("ann", protocol.RoleMember))
	olga.mustModerate(setting(protocol.SettingsChange{Locked: new(true)}))
	olga.mustModerate(revoke(ann.You().Member))
	q := withToken("ann", protocol.RoleMember)
	q.Seat = ann.welcome.You.Seat
	if got := tryJoin(t, g, q); got != "locked" { // the seat showed that the member is not new
		t.Errorf("with the old seat: %s", got)
	}
	olga.mustModerate(setting(protocol.SettingsChange{Locked: new(false)}))
	if again := mustJoin(t, g, q); again.You().Member != ann.You().Member || again.welcome.You.Seat == q.Seat {
		t.Errorf("with the token, %s came as %s, with the seat %q", ann.You().Member, again.You().Member, again.welcome.You.Seat)
	}
}

// The operator makes all seats invalid by another series, and valid again by the old one.
func TestSeatsOfAnotherSeriesAreInvalid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := newRegistry(t, Options{})
		ann := mustJoin(t, first, v1("ann"))
		seat := ann.welcome.You.Seat
		for series, same := range map[uint]bool{0: true, 1: false, 2: false} {
			g := newRegistry(t, Options{Journal: first.options.Journal, SeatSeries: series})
			if back := mustJoin(t, g, withSeat(seat)); (back.You().Member == ann.You().Member) != same {
				t.Errorf("in series %d the seat brings back %s; ann is %s", series, back.You().Member, ann.You().Member)
			}
		}
	})
}
