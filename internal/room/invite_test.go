package room

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"snug/protocol"
)

// invite makes an invite, and returns its secret.
func (c *client) invite(m Moderation) string {
	c.t.Helper()
	m.Action, m.ID = protocol.ActionInvite, auto(c)
	d, err := c.Moderate(c.t.Context(), m)
	made := d.Invite
	if o, err := c.submit(d, err); err != nil || o.Duplicate || made == nil {
		c.t.Fatalf("an invite became %+v, %v, %+v", o, err, made)
	}
	c.Settle(c.t.Context())
	_, secret, _ := strings.Cut(made.URL, "#invite=")
	return secret
}

// by returns q with an invite.
func by(q Request, secret, key string) Request {
	q.Invite, q.InviteKey = secret, key
	return q
}

func lockIt(c *client) {
	c.t.Helper()
	c.mustModerate(Moderation{Action: protocol.ActionSet, Settings: protocol.SettingsChange{Locked: new(true)}})
}

func TestAnInviteEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRegistry(t, Options{})
		ann := mustJoin(t, g, v1("ann"))
		lockIt(ann)
		secret := ann.invite(Moderation{For: time.Minute})
		eve := mustJoin(t, g, by(v1("eve"), secret, "j1")).welcome.You
		time.Sleep(time.Minute + time.Second)
		if _, _, err := g.Join(t.Context(), "lobby", by(v1("zoe"), secret, "j2")); code(t, err) != string(protocol.Locked) {
			t.Errorf("a minute later: %v", err)
		}
		if again := mustJoin(t, g, by(v1("eve"), secret, "j1")).welcome.You; again.Member.Member != eve.Member.Member {
			t.Errorf("a retry is %+v, was %+v", again, eve)
		}
	})
}

// A day after a room was closed, its code is that of another room.
func TestAnInviteIsNotForTheNextRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRegistry(t, Options{})
		ann := mustJoin(t, g, v1("ann"))
		secret := ann.invite(Moderation{})
		if _, err := ann.moderate(Moderation{Action: protocol.ActionClose}); err != nil {
			t.Fatal(err)
		}
		ann.Leave()
		time.Sleep(protocol.ClosedFor + time.Hour)
		zoe := mustJoin(t, g, v1("zoe"))
		lockIt(zoe)
		fresh := zoe.invite(Moderation{})
		if _, _, err := g.Join(t.Context(), "lobby", by(v1("eve"), secret, "j1")); code(t, err) != string(protocol.Locked) {
			t.Errorf("an invite to the room before: %v", err)
		}
		mustJoin(t, g, by(v1("eve"), fresh, "j1"))
	})
}

// Somebody with a token stays who the token says, and uses up one use however often they come.
func TestAnInvitedTokensHolder(t *testing.T) {
	g := newRegistry(t, Options{})
	ann := mustJoin(t, g, withToken("ann", protocol.RoleMember))
	lockIt(ann)
	secret := ann.invite(Moderation{Uses: 2})
	first := mustJoin(t, g, by(withToken("eve", protocol.RoleMember), secret, "j1")).welcome.You
	if again := mustJoin(t, g, by(withToken("eve", protocol.RoleMember), secret, "j1")).welcome.You; again.Member.Member != first.Member.Member {
		t.Errorf("again it is %+v, was %+v", again, first)
	}
	q := withToken("eve", protocol.RoleMember)
	q.Seat = first.Seat
	if back := mustJoin(t, g, q).welcome.You; back.Member.Member != first.Member.Member {
		t.Errorf("with the seat it is %+v", back)
	}
	if other := mustJoin(t, g, by(withToken("zoe", protocol.RoleMember), secret, "j1")).welcome.You; other.Member.Member == first.Member.Member {
		t.Error("another one with the same id is the same member")
	}
	if _, _, err := g.Join(t.Context(), "lobby", by(withToken("bob", protocol.RoleMember), secret, "j2")); code(t, err) != string(protocol.Locked) {
		t.Errorf("when it is used up: %v", err)
	}
}
