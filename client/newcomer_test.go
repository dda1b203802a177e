package client_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"snug/client"
	"snug/protocol"
)

func TestWhoKnocksWaitsUntilAdmitted(t *testing.T) {
	t.Parallel()
	addr := startFake(t, func(f *fakeConn) {
		if f.n == 1 {
			f.say(protocol.AppendError(nil, &protocol.Error{Code: protocol.Locked, Message: "why"}))
			_ = f.ws.Close(websocket.StatusPolicyViolation, "")
			return
		}
		if f.n == 2 { // the network is lost while it waits
			f.event(protocol.EventKnock, protocol.Knock{Member: "m0", Nick: "ann", Note: "it's me"})
			_ = f.ws.CloseNow()
			return
		}
		if knock := f.join; knock.Type != protocol.CommandKnock || knock.Nick != "ann" || knock.Note != "it's me" {
			t.Errorf("it knocks with %+v", knock)
		}
		f.event(protocol.EventKnock, protocol.Knock{Member: "m1", Nick: "ann", Note: "it's me"})
		f.event(protocol.EventSeat, protocol.Seat{Seat: "s3cret"})
		if f.join = f.hear(); f.join.Type != protocol.CommandJoin || f.join.Seat != "s3cret" {
			t.Errorf("it joins with %+v", f.join)
		}
		f.welcome("e", 0)
		f.drain()
	})
	r := join(t, addr, client.Options{Knock: true, Note: "it's me"})
	if c := until[*client.Connected](t, r); c.You.Member.Member != "m1" {
		t.Errorf("connected as %+v", c.You)
	}
}

func TestAKnockThatNobodyAnswersIsGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	addr := startFake(t, func(f *fakeConn) {
		switch {
		case f.n == 1 || f.join.Type != protocol.CommandKnock:
			f.say(protocol.AppendError(nil, &protocol.Error{Code: protocol.Locked, Message: "why"}))
			_ = f.ws.Close(websocket.StatusPolicyViolation, "")
		default:
			f.event(protocol.EventKnock, protocol.Knock{Member: "m1", Nick: "ann"})
			cancel()
			f.drain()
		}
	})
	if _, err := client.Join(ctx, addr, "lobby", client.Options{Nick: "ann", Knock: true}); err == nil || ctx.Err() == nil {
		t.Errorf("the join ends with %v", err)
	}
	if _, err := client.Join(t.Context(), addr, "lobby", client.Options{Nick: "ann"}); !code(protocol.Locked)(err) {
		t.Errorf("without a knock, it ends with %v", err)
	}
}

// The answer with the URL comes only once. If it is lost, the invite is found in the list.
func TestAnInviteIsToldEvenIfTheAnswerIsLost(t *testing.T) {
	t.Parallel()
	until := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	me := protocol.Member{Member: "m1", Nick: "ann", Role: "member"}
	for _, lost := range []bool{false, true} {
		addr := startFake(t, func(f *fakeConn) {
			f.welcome("e", 0)
			all := []protocol.InviteInfo{{Invite: "i-0", By: me, URL: "old"}, {Invite: "i-9", By: protocol.Member{Member: "m2"}}}
			for c := f.hear(); c.Type != ""; c = f.hear() {
				switch c.Type {
				case protocol.CommandInvites:
					f.event(protocol.EventInvites, protocol.Invites{Ref: c.Ref, Invites: all})
				case protocol.CommandInvite:
					if *c.Seconds != 86400 || *c.Uses != 3 {
						t.Errorf("asked for %+v", c)
					}
					all = append(all, protocol.InviteInfo{Invite: "i-1", By: me, URL: "u", Until: &until, Uses: 3})
					if !lost {
						f.event(protocol.EventInvite, protocol.Invite{ID: c.ID, Invite: "i-1", URL: "u", Until: &until, Uses: 3})
					}
					e := protocol.Event{Type: protocol.EventModerated, Seq: 1, ID: c.ID, From: me, Body: protocol.ModeratedBody{Action: protocol.ActionInvite}.Encode()}
					f.say(e.AppendJSON(nil))
				}
			}
		})
		r := join(t, addr, client.Options{})
		i, err := r.Invite(t.Context(), client.NewInvite{Lasts: 24 * time.Hour, Uses: 3})
		if err != nil || i.Invite != "i-1" || i.URL != "u" || i.By.Member != "m1" || i.Uses != 3 || !i.Until.Equal(until) {
			t.Errorf("the answer is lost: %t; made is %+v, %v", lost, i, err)
		}
	}
}

func TestOwnersKnowWhoWaits(t *testing.T) {
	t.Parallel()
	addr := startFake(t, func(f *fakeConn) {
		f.welcome("e", 0)
		f.event(protocol.EventKnock, protocol.Knock{Member: "m5", Nick: "eve"})
		f.event(protocol.EventKnock, protocol.Knock{Member: "m6", Nick: "zoe", Note: "we met at the fair"})
		f.event(protocol.EventKnock, protocol.Knock{Member: "m5", Gone: true})
		c := f.hear()
		if c.Type != protocol.CommandAdmit || c.Member != "m6" {
			t.Errorf("heard %+v", c)
		}
		e := protocol.Event{Type: protocol.EventModerated, Seq: 1, ID: c.ID, From: protocol.Member{Member: "m1"}, Body: protocol.ModeratedBody{Action: protocol.ActionAdmit, Member: "m6", Nick: "zoe"}.Encode()}
		f.say(e.AppendJSON(nil))
		f.drain()
	})
	r := join(t, addr, client.Options{})
	for !until[*protocol.Knock](t, r).Gone {
	}
	waiting := r.Knocks()
	if len(waiting) != 1 || waiting[0].Nick != "zoe" || waiting[0].Note != "we met at the fair" {
		t.Fatalf("waiting are %+v", waiting)
	}
	if err := r.Admit(t.Context(), waiting[0].Member); err != nil {
		t.Fatal(err)
	}
	if waiting := r.Knocks(); len(waiting) != 0 {
		t.Errorf("after the admission, waiting are %+v", waiting)
	}
}

func TestAnInviteAndATransferAreShownUntilTheyHaveWorked(t *testing.T) {
	t.Parallel()
	joins := make(chan protocol.Command, 3)
	addr := startFake(t, func(f *fakeConn) {
		joins <- f.join
		f.welcome("e", 0)
		if f.n == 1 {
			_ = f.ws.CloseNow()
		}
		f.drain()
	})
	r := join(t, addr, client.Options{Invite: "s3cret", InviteID: "j-1", Transfer: "K7QT2-9XWZR"})
	if c := <-joins; c.Invite != "s3cret" || c.ID != "j-1" || c.Transfer != "K7QT2-9XWZR" {
		t.Errorf("joins with %+v", c)
	}
	until[*client.Disconnected](t, r)
	if c := <-joins; c.Invite != "" || c.Transfer != "" || c.Seat == "" {
		t.Errorf("comes back with %+v", c)
	}
	join(t, addr, client.Options{Invite: "s3cret"})
	if c := <-joins; c.ID == "" {
		t.Errorf("joins with %+v", c)
	}
}

func TestAnInviteLetsInAsManyAsItHasUses(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	ann := join(t, s.Addr, client.Options{})
	if err := ann.Set(t.Context(), client.Change{Locked: new(true), Password: new("open sesame")}); err != nil {
		t.Fatal(err)
	}
	made, err := ann.Invite(t.Context(), client.NewInvite{Lasts: time.Hour, Uses: 2})
	if err != nil || made.Uses != 2 || made.Until == nil || made.By.Member != ann.You().Member {
		t.Fatalf("%+v, %v", made, err)
	}
	_, secret, _ := strings.Cut(made.URL, s.URL+"/r/lobby#invite=")
	bob := join(t, s.Addr, client.Options{Nick: "bob", Invite: secret, InviteID: "7RHXM2QKZ4VN"})
	again := join(t, s.Addr, client.Options{Nick: "bob", Invite: secret, InviteID: "7RHXM2QKZ4VN"}) // as if the welcome was lost
	if bob.You().Member != again.You().Member {
		t.Errorf("a second try is %+v, and the first %+v", again.You(), bob.You())
	}
	all, err := ann.Invites(t.Context())
	if err != nil || len(all) != 1 || all[0].Uses != 1 || all[0].URL != made.URL {
		t.Errorf("the invites are %+v, %v", all, err)
	}
	join(t, s.Addr, client.Options{Nick: "cy", Invite: secret})
	refused := func(when string) {
		t.Helper()
		if _, err := client.Join(t.Context(), s.Addr, "lobby", client.Options{Nick: "eve", Invite: secret, Transport: transport(t)}); !code(protocol.Locked)(err) {
			t.Errorf("%s, the invite is answered by %v", when, err)
		}
	}
	refused("used up")
	other, err := ann.Invite(t.Context(), client.NewInvite{})
	if err != nil {
		t.Fatal(err)
	}
	_, secret, _ = strings.Cut(other.URL, "#invite=")
	if err := bob.Uninvite(t.Context(), other.Invite); !code(protocol.Forbidden)(err) {
		t.Errorf("a member takes an invite back: %v", err)
	}
	if err := ann.Uninvite(t.Context(), other.Invite); err != nil {
		t.Fatal(err)
	}
	refused("taken back")
}

func TestSomebodyIsAdmittedByAnOwner(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	ann := join(t, s.Addr, client.Options{})
	if err := ann.Set(t.Context(), client.Change{Locked: new(true)}); err != nil {
		t.Fatal(err)
	}
	type outcome struct {
		room *client.Room
		err  error
	}
	joined := make(chan outcome)
	ctx := t.Context()
	go func() {
		r, err := client.Join(ctx, s.Addr, "lobby", client.Options{Nick: "zoe", Knock: true, Note: "we met at the fair"})
		joined <- outcome{r, err}
	}()
	k := until[*protocol.Knock](t, ann)
	if k.Nick != "zoe" || k.Note != "we met at the fair" || len(ann.Knocks()) != 1 {
		t.Errorf("the owner is told of %+v; waiting are %+v", k, ann.Knocks())
	}
	if err := ann.Admit(t.Context(), k.Member); err != nil {
		t.Fatal(err)
	}
	o := <-joined
	if o.err != nil {
		t.Fatal(o.err)
	}
	defer func() { _ = o.room.Close() }()
	if o.room.You().Member != k.Member {
		t.Errorf("admitted is %s, and %+v has joined", k.Member, o.room.You())
	}
	for len(ann.Knocks()) > 0 {
		read(t, ann)
	}
	say(t, o.room, "hello")

	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, err := client.Join(ctx, s.Addr, "lobby", client.Options{Nick: "eve", Knock: true})
		joined <- outcome{err: err}
	}()
	for k.Nick != "eve" { // zoe's wait ends, too
		k = until[*protocol.Knock](t, ann)
	}
	cancel()
	if o := <-joined; o.err == nil {
		t.Error("somebody joins whom nobody has admitted")
	}
	for e := k; !e.Gone || e.Member != k.Member; e = until[*protocol.Knock](t, ann) {
	}
	if waiting := ann.Knocks(); len(waiting) > 0 {
		t.Errorf("waiting are %+v", waiting)
	}
}
