package client_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"snug"
	"snug/client"
	"snug/protocol"
)

func TestALockAndAPasswordAreForThoseWhoAreNew(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	ann, bob := join(t, s.Addr, client.Options{}), join(t, s.Addr, client.Options{Nick: "bob"})
	if err := ann.Set(t.Context(), client.Change{Password: new("open sesame")}); err != nil {
		t.Fatal(err)
	}
	for _, password := range []string{"", "open", strings.Repeat("x", 128)} {
		if err := tryJoin(t, s.Addr, client.Options{Password: password}); !code(protocol.BadPassword)(err) {
			t.Errorf("with %.10q: %v", password, err)
		}
	}
	for name, o := range map[string]client.Options{"the password": {Password: "open sesame"}, "a seat": {Seat: bob.Seat()}, "the owner's seat": {Seat: ann.Seat(), Password: "wrong"}} {
		if err := tryJoin(t, s.Addr, o); err != nil {
			t.Errorf("with %s: %v", name, err)
		}
	}
	if err := ann.Set(t.Context(), client.Change{Locked: new(true), Password: new("")}); err != nil {
		t.Fatal(err)
	}
	if err := tryJoin(t, s.Addr, client.Options{Password: "open sesame"}); !code(protocol.Locked)(err) {
		t.Errorf("into a locked room: %v", err)
	}
	if err := tryJoin(t, s.Addr, client.Options{Seat: bob.Seat()}); err != nil {
		t.Errorf("into a locked room with a seat: %v", err)
	}
	if s := ann.Settings(); !s.Locked || s.Password {
		t.Errorf("the settings are %+v", s)
	}
}

func TestSettingsAreThoseOfNow(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	p := newProxy(t, s.Addr, 0, 0)
	ann, bob := join(t, s.Addr, client.Options{}), join(t, p.addr, client.Options{Nick: "bob"})
	for _, topic := range []string{"tea", "coffee"} {
		if err := ann.Set(t.Context(), client.Change{Topic: &topic, Slow: new(1500 * time.Millisecond)}); err != nil {
			t.Fatal(err)
		}
	}
	want := protocol.Settings{Topic: "coffee", SlowMS: 1500}
	late := join(t, s.Addr, client.Options{Nick: "late"})
	for name, r := range map[string]*client.Room{"ann": ann, "bob": bob, "one who comes later": late} {
		log(t, r, 3) // of which the older say other things
		if got := r.Settings(); got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
	}
	// A client that was away learns it from the welcome, and the replay changes nothing.
	p.hold()
	for _, topic := range []string{"milk", "water"} {
		if err := ann.Set(t.Context(), client.Change{Topic: &topic, Slow: new(time.Duration(0))}); err != nil {
			t.Fatal(err)
		}
	}
	p.cut()
	for bob.Position().Seq < 5 {
		until[*protocol.Event](t, bob)
	}
	if got := bob.Settings(); got != (protocol.Settings{Topic: "water"}) {
		t.Errorf("after a cut: %+v", got)
	}
	for name, c := range map[string]client.Change{
		"nothing":        {},
		"two lines":      {Topic: new("a\nb")},
		"too slow":       {Slow: new(2 * time.Hour)},
		"below nothing":  {Slow: new(-time.Second)},
		"just below":     {Slow: new(-time.Microsecond)},
		"kept too short": {Keep: new(time.Second / 2)}, // which isn't 0, for good
	} {
		if err := ann.Set(t.Context(), c); !code(protocol.BadField)(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := ann.Set(t.Context(), client.Change{Slow: new(time.Microsecond), Keep: new(10*time.Second + 1)}); err != nil {
		t.Fatal(err)
	}
	for late.Position().Seq < 6 {
		until[*protocol.Event](t, late)
	}
	if got := late.Settings(); got.SlowMS != 1 || got.KeepSeconds != 11 {
		t.Errorf("rounded to %+v", got)
	}
}

func TestSlowModeIsWaitedOut(t *testing.T) {
	inBubble(t, func(t *testing.T, b *bubble, ann *client.Room, _ *snug.Server) {
		bob := b.join(t, "bob")
		defer bob.Close()
		if err := ann.Set(t.Context(), client.Change{Slow: new(time.Minute)}); err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		sent := make(chan error, 4)
		for range cap(sent) {
			go func() {
				_, err := bob.Send(t.Context(), client.Message{Content: "x"})
				sent <- err
			}()
		}
		if err := <-sent; err != nil {
			t.Fatal(err)
		}
		// A reaction doesn't count in slow mode, so it doesn't wait.
		if err := bob.React(t.Context(), 3, "👍"); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("the first message and a reaction took %v", took)
		}
		for n := 1; n < 3; n++ {
			if err := <-sent; err != nil {
				t.Error(err)
			}
			took := time.Since(start)
			if least := time.Duration(n) * time.Minute; took < least || took > least+10*time.Second {
				t.Errorf("message %d took %v", n+1, took)
			}
		}
	}, owned)
}

func TestTheEndOfSlowModeIsTheEndOfTheWait(t *testing.T) {
	for name, end := range map[string]func(ctx context.Context, ann, bob *client.Room) error{
		"for all": func(ctx context.Context, ann, _ *client.Room) error {
			return ann.Set(ctx, client.Change{Slow: new(time.Duration(0))})
		},
		"for a moderator": func(ctx context.Context, ann, bob *client.Room) error {
			return ann.SetRole(ctx, bob.You().Member, protocol.RoleModerator)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, func(t *testing.T, b *bubble, ann *client.Room, _ *snug.Server) {
				bob := b.join(t, "bob")
				defer bob.Close()
				if err := ann.Set(t.Context(), client.Change{Slow: new(time.Hour)}); err != nil {
					t.Fatal(err)
				}
				say(t, bob, "one")
				start := time.Now()
				sent := make(chan error, 2)
				for range cap(sent) {
					go func() {
						_, err := bob.Send(t.Context(), client.Message{Content: "x"})
						sent <- err
					}()
				}
				synctest.Wait() // now they are refused
				if err := end(t.Context(), ann, bob); err != nil {
					t.Fatal(err)
				}
				for range cap(sent) {
					if err := <-sent; err != nil {
						t.Error(err)
					}
				}
				if took := time.Since(start); took > time.Minute {
					t.Errorf("the messages went after %v", took)
				}
			}, owned)
		})
	}
}

func TestAReplayMakesNothingAsItWas(t *testing.T) {
	t.Parallel()
	was := protocol.Event{Type: protocol.EventModerated, Seq: 1, ID: "x", From: protocol.Member{Member: "m2", Role: protocol.RoleOwner}}
	addr := startFake(t, func(f *fakeConn) {
		f.welcome("e", 3) // without a topic, and to a member
		was.Body = protocol.ModeratedBody{Action: protocol.ActionSet, Settings: &protocol.SettingsChange{Topic: new("then")}}.Encode()
		f.say(was.AppendJSON(nil))
		was.Seq, was.Body = 2, protocol.ModeratedBody{Action: protocol.ActionRole, Member: "m1", Role: protocol.RoleOwner}.Encode()
		f.say(was.AppendJSON(nil))
		f.drain()
	})
	r := join(t, addr, client.Options{})
	log(t, r, 2)
	if r.Settings() != (protocol.Settings{}) || r.You().Role != protocol.RoleMember || roleOf(r, "m1") != protocol.RoleMember {
		t.Errorf("in the middle of a replay: %+v, %+v, %+v", r.Settings(), r.You(), r.Members())
	}
}

func TestThePasswordIsGivenOnEachConnection(t *testing.T) {
	t.Parallel()
	passwords := make(chan string, 2)
	addr := startFake(t, func(f *fakeConn) {
		passwords <- *f.join.Password
		f.welcome("e", 0)
		if f.n > 1 {
			f.drain()
		}
	})
	join(t, addr, client.Options{Password: "open sesame"})
	for n := range cap(passwords) {
		if got := <-passwords; got != "open sesame" {
			t.Errorf("connection %d says %q", n+1, got)
		}
	}
}
