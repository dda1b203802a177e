package room

import (
	"context"
	"errors"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// tryJoin joins the lobby and leaves. It returns "ok", or the code of the refusal.
func tryJoin(t *testing.T, g *Registry, q Request) string {
	t.Helper()
	p, _, err := g.Join(t.Context(), "lobby", q)
	if err != nil {
		return code(t, err)
	}
	p.Leave()
	return "ok"
}

// from is the request of a new member, from an address.
func from(address string) Request {
	q := v1("new")
	q.Address = address
	return q
}

// back is the request of a member that returns, from an address.
func (c *client) back(address string) Request {
	q := from(address)
	q.Seat = c.welcome.You.Seat
	return q
}

func setting(s protocol.SettingsChange) Moderation {
	return Moderation{Action: protocol.ActionSet, Settings: s}
}

func password(p string) Moderation {
	return Moderation{Action: protocol.ActionSet, Password: p, Settings: protocol.SettingsChange{Password: new(p != "")}}
}

func TestALockedRoomLetsNobodyNewIn(t *testing.T) {
	g := newRegistry(t, Options{})
	owner, member := mustJoin(t, g, from("")), mustJoin(t, g, from(""))
	owner.mustModerate(setting(protocol.SettingsChange{Locked: new(true)}))
	if a, b := tryJoin(t, g, from("")), tryJoin(t, g, member.back("")); a != "locked" || b != "ok" {
		t.Errorf("one who is new: %s; one who isn't: %s", a, b)
	}
	forged := member.back("")
	forged.Seat += "x"
	if got := tryJoin(t, g, forged); got != "locked" {
		t.Errorf("a seat that isn't one: %s", got)
	}
	owner.mustModerate(setting(protocol.SettingsChange{Locked: new(false)}))
	if got := tryJoin(t, g, from("")); got != "ok" {
		t.Errorf("opened again: %s", got)
	}
}

// testQuota counts what is taken from it. It has two rooms.
type testQuota struct{ passwords, rooms int }

func (q *testQuota) TryPassword(_ context.Context, check func() (bool, error)) (right bool, retryAfter time.Duration, err error) {
	q.passwords++
	right, err = check()
	return right, 0, err
}

func (q *testQuota) TakeRoom() (retryAfter time.Duration) {
	if q.rooms == 2 {
		return 90*time.Second + 400*time.Millisecond
	}
	q.rooms++
	return 0
}

func TestNewMembersNeedThePassword(t *testing.T) {
	g := newRegistry(t, Options{})
	owner, member := mustJoin(t, g, from("")), mustJoin(t, g, from(""))
	owner.mustModerate(password("secret"))
	with := func(q Request, p string) Request {
		q.Password = p
		return q
	}
	var quota testQuota
	wrong := with(from(""), "wrong")
	wrong.Quota = &quota
	for what, c := range map[string]struct {
		q    Request
		want string
	}{
		"none":                     {from(""), "bad-password"},
		"wrong":                    {wrong, "bad-password"},
		"right":                    {with(from(""), "secret"), "ok"},
		"a known seat, none":       {member.back(""), "ok"},
		"a known seat, wrong":      {with(member.back(""), "wrong"), "ok"},
		"a plain client, none":     {plain("p"), "bad-password"},
		"a plain client, right":    {with(plain("p"), "secret"), "ok"},
		"the hash itself, in vain": {with(from(""), passwordHash(t, g)), "bad-password"},
	} {
		if got := tryJoin(t, g, c.q); got != c.want {
			t.Errorf("%s: %s, want %s", what, got, c.want)
		}
	}
	if quota.passwords != 1 {
		t.Errorf("a wrong one counts as %d", quota.passwords)
	}
	owner.mustModerate(password("other"))
	if a, b := tryJoin(t, g, with(from(""), "secret")), tryJoin(t, g, with(from(""), "other")); a != "bad-password" || b != "ok" {
		t.Errorf("after another was set, the old one: %s, the new one: %s", a, b)
	}
	owner.mustModerate(password(""))
	if got := tryJoin(t, g, from("")); got != "ok" {
		t.Errorf("after it was taken away: %s", got)
	}
}

func TestAFullRoomLetsNobodyElseIn(t *testing.T) {
	g := newRegistry(t, Options{MaxMembers: 2})
	mustJoin(t, g, from(""))
	member := mustJoin(t, g, from(""))
	if a, b := tryJoin(t, g, from("")), tryJoin(t, g, member.back("")); a != "room-full" || b != "ok" {
		t.Errorf("a third member: %s; another connection of the second: %s", a, b)
	}
	member.Leave()
	if got := tryJoin(t, g, from("")); got != "ok" {
		t.Errorf("when one has left: %s", got)
	}
}

func TestAnOwnerIsNeverLockedOut(t *testing.T) {
	g := newRegistry(t, Options{MaxMembers: 2})
	owner, heir := mustJoin(t, g, from("home")), mustJoin(t, g, from("cafe"))
	owner.mustModerate(Moderation{Action: protocol.ActionBan, Member: heir.You().Member})
	heir.Leave()
	owner.mustModerate(Moderation{Action: protocol.ActionRole, Member: heir.You().Member, Role: protocol.RoleOwner})
	if again := mustJoin(t, g, heir.back("cafe")); again.You().Role != protocol.RoleOwner {
		t.Errorf("one who was banned and then made owner is %s", again.You().Role)
	}
	owner.Leave()
	mustJoin(t, g, from("")) // now the room is full
	inside := mustJoin(t, g, heir.back(""))
	inside.mustModerate(setting(protocol.SettingsChange{Locked: new(true)}))
	inside.mustModerate(password("forgotten"))
	if got := tryJoin(t, g, from("")); got != "locked" {
		t.Errorf("one who is new: %s", got)
	}
	if again := mustJoin(t, g, owner.back("anywhere")); again.You().Role != protocol.RoleOwner {
		t.Errorf("came back as %s", again.You().Role)
	}
}

func TestNewRoomsAreChargedToAQuota(t *testing.T) {
	g := newOwnerless(t, Options{}) // without a claim, a new room stays empty
	var quota testQuota
	q := v1("ann")
	q.Quota = &quota
	join := func(code Code) error {
		_, _, err := g.Join(t.Context(), code, q)
		return err
	}
	for range 40 { // a class that comes to one room
		if err := join("one"); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(join("two"), join("one"), join("two")); err != nil || quota.rooms != 2 {
		t.Fatalf("%d rooms were made, %v", quota.rooms, err)
	}
	var refusal *protocol.Error
	if err := join("three"); !errors.As(err, &refusal) || refusal.Code != protocol.TooMany || refusal.Message != "too many new rooms from your address: come back in 1m31s" {
		t.Errorf("a third: %v", err)
	}
	if err := join("one"); err != nil {
		t.Errorf("one that is there: %v", err)
	}
}

// passwordHash returns what the journal has of the lobby's password.
func passwordHash(t *testing.T, g *Registry) string {
	t.Helper()
	snapshot, feed, err := g.options.Journal.Follow(t.Context(), "lobby")
	if err != nil {
		t.Fatal(err)
	}
	feed.Close()
	hash := string(snapshot.State["set/password"])
	if hash == "" {
		t.Fatal("no password is set")
	}
	return hash
}

// Otherwise banned members would be let in.
func TestARoomWithUnreadableStateDoesNotOpen(t *testing.T) {
	for _, c := range []journal.Change{{Key: "ban/m", Value: []byte("{")}, {Key: "set/slow_ms", Value: []byte("soon")}} {
		g := newRegistry(t, Options{})
		d := journal.Draft{Room: "lobby", Event: protocol.Event{Type: protocol.EventModerated, ID: "x", Body: []byte("{}")}, State: []journal.Change{c}}
		if _, err := outcome(func(done journal.Done) error { return g.options.Journal.Append(t.Context(), d, done) }); err != nil {
			t.Fatal(err)
		}
		if _, _, err := g.Join(t.Context(), "lobby", v1("ann")); err == nil {
			t.Errorf("%s: it is open", c.Key)
		}
		if p, _, err := g.Join(t.Context(), "kitchen", v1("ann")); err != nil {
			t.Errorf("another room: %v", err)
		} else {
			p.Leave()
		}
	}
}
