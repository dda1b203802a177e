package client_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"snug/client"
	"snug/protocol"
)

// roleOf returns the role of a member in r's list.
func roleOf(r *client.Room, member string) protocol.Role {
	for _, m := range r.Members().Members {
		if m.Member == member {
			return m.Role
		}
	}
	return "nobody"
}

// tryJoin joins the room "lobby", and returns the error if that is refused.
func tryJoin(t *testing.T, addr string, o client.Options) error {
	t.Helper()
	if o.Nick == "" {
		o.Nick = "new"
	}
	o.Transport = transport(t)
	r, err := client.Join(t.Context(), "http://"+addr, "lobby", o)
	if err == nil {
		t.Cleanup(func() { _ = r.Close() })
	}
	return err
}

// ends reads the events to their end, and returns the error.
func ends(t *testing.T, r *client.Room) (last error) {
	t.Helper()
	for _, last = range r.Events(t.Context()) {
	}
	return last
}

func TestTheFirstMemberOwnsTheRoomAndHandsItOn(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	ann, bob := join(t, s.Addr, client.Options{}), join(t, s.Addr, client.Options{Nick: "bob"})
	a, b := ann.You().Member, bob.You().Member
	if ann.You().Role != protocol.RoleOwner || bob.You().Role != protocol.RoleMember || roleOf(bob, a) != protocol.RoleOwner {
		t.Fatalf("ann is %s, bob %s; bob is told that ann is %s", ann.You().Role, bob.You().Role, roleOf(bob, a))
	}
	if err := bob.SetRole(t.Context(), b, protocol.RoleOwner); !code(protocol.Forbidden)(err) {
		t.Errorf("a member made itself the owner: %v", err)
	}
	if err := ann.SetRole(t.Context(), a, protocol.RoleMember); !code(protocol.Forbidden)(err) {
		t.Errorf("the only owner stepped down: %v", err)
	}
	for n, step := range []struct {
		by     *client.Room
		member string
		role   protocol.Role
	}{
		{ann, b, protocol.RoleModerator},
		{ann, b, protocol.RoleOwner},
		{ann, a, protocol.RoleMember},
		{bob, a, protocol.RoleModerator},
	} {
		if err := step.by.SetRole(t.Context(), step.member, step.role); err != nil {
			t.Fatalf("step %d: %v", n, err)
		}
		for _, r := range []*client.Room{ann, bob} {
			for r.Position().Seq < uint64(n)+2 {
				until[*protocol.Event](t, r)
			}
			if got := roleOf(r, step.member); got != step.role {
				t.Errorf("step %d: %s is told %s", n, r.You().Nick, got)
			}
		}
	}
	if ann.You().Role != protocol.RoleModerator || bob.You().Role != protocol.RoleOwner {
		t.Errorf("in the end ann is %s and bob %s", ann.You().Role, bob.You().Role)
	}
	again := join(t, s.Addr, client.Options{Nick: "bob", Seat: bob.Seat()})
	if again.You().Role != protocol.RoleOwner {
		t.Errorf("the seat brings back a %s", again.You().Role)
	}
}

func TestWhoIsKickedIsToldAndStaysAway(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	p := newProxy(t, s.Addr, 0, 0)
	ann, bob := join(t, s.Addr, client.Options{}), join(t, p.addr, client.Options{Nick: "bob"})
	if err := bob.Kick(t.Context(), ann.You().Member, ""); !code(protocol.Forbidden)(err) {
		t.Errorf("a member kicked the owner: %v", err)
	}
	if err := ann.Kick(t.Context(), bob.You().Member, "spam"); err != nil {
		t.Fatal(err)
	}
	var last *protocol.Event
	var err error
	for e, failed := range bob.Events(t.Context()) {
		if e, ok := e.(*protocol.Event); ok {
			last = e
		}
		err = failed
	}
	var ended *client.EndedError
	if !errors.As(err, &ended) || ended.Code != protocol.CloseBanned || ended.Reason != protocol.GoodbyeKicked {
		t.Errorf("the events end with %v", err)
	}
	if body, err := last.Moderated(); err != nil || body.Action != protocol.ActionKick || body.Reason != "spam" || body.Nick != "bob" {
		t.Errorf("the last words are %+v, %v", last, err)
	}
	if _, err := bob.Send(t.Context(), client.Message{Content: "but"}); !errors.As(err, &ended) {
		t.Errorf("a message afterwards: %v", err)
	}
	p.mu.Lock()
	if p.count != 1 {
		t.Errorf("came back by itself: %d connections", p.count)
	}
	p.mu.Unlock()
	for name, o := range map[string]client.Options{"with the seat": {Seat: bob.Seat()}, "as another": {}} {
		err := tryJoin(t, s.Addr, o)
		var refused *protocol.Error
		if !errors.As(err, &refused) || refused.Code != protocol.Banned || refused.RetryAfter <= 0 || refused.RetryAfter > protocol.KickedFor+time.Second { // to the full second
			t.Errorf("back at once, %s: %v", name, err)
		}
	}
	if err := tryJoin(t, s.Addr, client.Options{Seat: ann.Seat()}); err != nil {
		t.Errorf("the owner, from the same address: %v", err)
	}
}

func TestABanHoldsUntilItIsLifted(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	ann, bob, zoe := join(t, s.Addr, client.Options{}), join(t, s.Addr, client.Options{Nick: "bob"}), join(t, s.Addr, client.Options{Nick: "zoe"})
	whom := bob.You().Member
	if _, err := bob.Bans(t.Context()); !code(protocol.Forbidden)(err) {
		t.Errorf("a member sees who is banned: %v", err)
	}
	if bans, err := ann.Bans(t.Context()); err != nil || len(bans) != 0 {
		t.Errorf("banned are %+v, %v", bans, err)
	}
	if err := ann.Ban(t.Context(), whom, "spam", 90*time.Minute+time.Millisecond); err != nil {
		t.Fatal(err)
	}
	var ended *client.EndedError
	if err := ends(t, bob); !errors.As(err, &ended) || ended.Reason != protocol.GoodbyeBanned {
		t.Errorf("the events end with %v", err)
	}
	bans, err := ann.Bans(t.Context())
	if err != nil || len(bans) != 1 || bans[0].Member != whom || bans[0].Nick != "bob" || bans[0].By.Nick != "ann" || bans[0].Reason != "spam" || bans[0].Until == nil {
		t.Fatalf("banned are %+v, %v", bans, err)
	}
	s.Stop()
	s.Start()
	if again, err := ann.Bans(t.Context()); err != nil || len(again) != 1 || again[0].Member != whom || !again[0].Until.Equal(*bans[0].Until) {
		t.Errorf("after a restart banned are %+v, %v; it were %+v", again, err, bans)
	}
	if err := tryJoin(t, s.Addr, client.Options{Seat: bob.Seat()}); !code(protocol.Banned)(err) || !strings.Contains(err.Error(), "spam") {
		t.Errorf("back: %v", err)
	}
	if err := tryJoin(t, s.Addr, client.Options{}); !code(protocol.Banned)(err) {
		t.Errorf("back as another: %v", err)
	}
	if err := tryJoin(t, s.Addr, client.Options{Seat: zoe.Seat()}); err != nil {
		t.Errorf("one who was there before, from the same address: %v", err)
	}
	if err := ann.Unban(t.Context(), whom); err != nil {
		t.Fatal(err)
	}
	if err := ann.Unban(t.Context(), whom); !code(protocol.NotFound)(err) {
		t.Errorf("lifted again: %v", err)
	}
	for name, o := range map[string]client.Options{"with the seat": {Seat: bob.Seat()}, "as another": {}} {
		if err := tryJoin(t, s.Addr, o); err != nil {
			t.Errorf("after the ban, %s: %v", name, err)
		}
	}
}

func TestAModeratorPutsOutMembersAndNoOwner(t *testing.T) {
	t.Parallel()
	s := startServer(t, "memory:", owned)
	ann, bob, zoe := join(t, s.Addr, client.Options{}), join(t, s.Addr, client.Options{Nick: "bob"}), join(t, s.Addr, client.Options{Nick: "zoe"})
	if err := ann.SetRole(t.Context(), bob.You().Member, protocol.RoleModerator); err != nil {
		t.Fatal(err)
	}
	spam := say(t, zoe, "buy")
	for name, err := range map[string]error{
		"the owner banned":    bob.Ban(t.Context(), ann.You().Member, "", 0),
		"the owner deposed":   bob.SetRole(t.Context(), ann.You().Member, protocol.RoleMember),
		"the settings":        bob.Set(t.Context(), client.Change{Locked: new(true)}),
		"another's words":     bob.Edit(t.Context(), spam, "don't buy"),
		"a password, by zoe":  zoe.Set(t.Context(), client.Change{Password: new("mine")}),
		"a ban lifted by zoe": zoe.Unban(t.Context(), "x"),
	} {
		if !code(protocol.Forbidden)(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := bob.Delete(t.Context(), spam); err != nil {
		t.Errorf("erase what a member said: %v", err)
	}
	if err := bob.Ban(t.Context(), zoe.You().Member, "", 0); err != nil {
		t.Errorf("ban a member: %v", err)
	}
	var ended *client.EndedError
	if err := ends(t, zoe); !errors.As(err, &ended) {
		t.Errorf("the member's events end with %v", err)
	}
}
