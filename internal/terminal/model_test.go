package terminal

import (
	"errors"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/protocol"
)

func TestAMessageIsOnItsWayThenThere(t *testing.T) {
	s := newTestModel(80, 24, 0)
	s.types("hello")
	s.press(tea.Key{Code: tea.KeyEnter})
	s.sees(t, "···       ann ┃ hello")
	u := s.outbox.messages[0]
	s.logs(protocol.EventMessage, ann, 0, `{"content":"hello"}`) // of another terminal of hers
	if len(s.outbox.messages) != 1 {
		t.Fatal("another message has settled it")
	}
	s.seq++
	s.comes(settled{u, s.seq, nil})
	s.happen(&protocol.Event{Type: protocol.EventMessage, Seq: s.seq, ID: u.id, At: noon(), From: ann, Body: []byte(`{"content":"hello"}`)})
	s.seesNot(t, "···")
	if n := strings.Count(strings.Join(s.screen(), "\n"), "hello"); n != 2 {
		t.Errorf("it is seen %d times, want 2", n)
	}
}

func TestACommandThatIsTypedOverAPageIsNoMessage(t *testing.T) {
	s := newTestModel(80, 24, 0)
	for range 2 {
		s.types("/help")
		s.press(tea.Key{Code: tea.KeyEnter})
		s.sees(t, "Help: Esc closes it")
		s.types("/password hunter2")
		s.seesNot(t, "Help: Esc closes it")
		if written := s.composer.area.Value(); written != "/password hunter2" {
			t.Errorf("it is %q", written)
		}
		s.composer.set("")
	}
	s.types("?")
	s.sees(t, "Help: Esc closes it")
	for _, closes := range []tea.Key{{Code: tea.KeyEsc}, {Code: tea.KeyEnter}, {Code: '?', Text: "?"}} {
		s.press(closes)
		s.seesNot(t, "Help: Esc closes it")
		s.press(tea.Key{Code: '?', Text: "?"})
	}
	if len(s.outbox.messages) != 0 {
		t.Errorf("it has said %q", s.outbox.messages[0].content)
	}
}

func TestWhatFailsCanBeSentAgainOrGivenUp(t *testing.T) {
	s := newTestModel(80, 24, 0)
	s.types("one")
	s.press(tea.Key{Code: tea.KeyEnter})
	s.types("two")
	s.press(tea.Key{Code: tea.KeyEnter})
	u := s.outbox.messages[0]
	id := u.id
	s.comes(settled{u, 0, protocol.Errorf(protocol.Forbidden, "not now\x1b[2J")})
	s.sees(t, "not sent: forbidden: not now", "/retry sends it again", `\x1b[2J`)
	if !s.outbox.busy || s.outbox.messages[1].err != nil {
		t.Error("the next one isn't sent")
	}
	s.press(tea.Key{Code: 'r', Mod: tea.ModCtrl})
	s.seesNot(t, "not sent")
	if u.id != id {
		t.Error("it is sent under another id, which may say it twice")
	}
	s.comes(settled{s.outbox.messages[1], 0, &client.UnknownError{ID: "x", Err: client.ErrSeatLost}})
	s.sees(t, "not confirmed", "the server no longer knows", "/retry may send")
	s.types("/drop")
	s.press(tea.Key{Code: tea.KeyEnter})
	s.seesNot(t, "not confirmed")
}

func TestEditsErasuresAndReactionsAreShown(t *testing.T) {
	s := newTestModel(80, 24, 0)
	e := s.says(bob, "helo")
	s.logs(protocol.EventMessage, cy, 0, `{"content":"hi","reply_to":1}`)
	s.logs(protocol.EventReacted, cy, e.Seq, `{"emoji":"👋"}`)
	s.logs(protocol.EventReacted, ann, e.Seq, `{"emoji":"👋"}`)
	s.logs(protocol.EventEdited, bob, e.Seq, `{"content":"hello"}`)
	s.sees(t, "│ hello (edited)", "│ 👋 2", "│ ↳ bob: hello")
	s.logs(protocol.EventReacted, cy, e.Seq, `{"emoji":"👋","remove":true}`)
	s.seesNot(t, "👋 2")
	s.logs(protocol.EventDeleted, bob, e.Seq, `{}`)
	s.sees(t, "│ (erased)", "↳ bob: (erased)")
	s.seesNot(t, "hello")
}

func TestWhatAHookSaysLooksLikeIt(t *testing.T) {
	s := newTestModel(80, 24, 0)
	hook := protocol.Member{Member: "m9", Nick: "Alerts", Role: protocol.RoleMember, Bot: true}
	s.logs(protocol.EventModerated, ann, 0, `{"action":"hook","member":"m9","nick":"Alerts"}`)
	s.logs(protocol.EventMessage, hook, 0, `{"as":"Grafana\u202e","content":"disk full"}`)
	s.logs(protocol.EventMessage, hook, 0, `{"as":"Gitea","content":"pushed"}`)
	s.sees(t, "· ann connected the app Alerts", "=Alerts │ Grafana\\u202e", "│ disk full", "│ Gitea", "│ pushed")
	s.logs(protocol.EventModerated, ann, 0, `{"action":"unhook","member":"m9","nick":"Alerts"}`)
	s.sees(t, "· ann removed the app Alerts")
}

func TestAGapIsAGapAndAnotherLogAnotherLog(t *testing.T) {
	s := newTestModel(80, 24, 0)
	s.says(bob, "in the old log")
	s.happen(&protocol.Gap{First: 2, Last: 40})
	s.sees(t, "events 2 to 40 are no longer kept")
	s.happen(&client.Disconnected{Err: errors.New("it broke\x1b[31m"), Retry: 3 * time.Second})
	s.sees(t, "○ reconnecting in", `disconnected: it broke\x1b[31m`)
	s.happen(&client.Connected{Welcome: protocol.Welcome{Room: "tea", Epoch: "e", Head: 40, Resumed: true}})
	s.sees(t, "● connected", "nothing was missed")
	s.seesNot(t, "it broke")
	s.happen(&client.Connected{Welcome: protocol.Welcome{Room: "tea", Epoch: "f", First: 1}})
	s.seesNot(t, "in the old log")
	s.sees(t, "the room has a new log")
	s.comes(ended{errors.New("the room is closed for good")})
	s.sees(t, "✗ closed", "closed for good")
	if cmd := s.press(tea.Key{Code: 'c', Mod: tea.ModCtrl}); cmd == nil {
		t.Error("one can't leave")
	}
}

func TestComingsAreOneQuietLine(t *testing.T) {
	eve, dan := protocol.Member{Member: "m-eve", Nick: "eve"}, protocol.Member{Member: "m-dan", Nick: "dan"}
	in := func(m protocol.Member) client.Event { return &protocol.Joined{Presence: protocol.Presence{Member: m}} }
	out := func(m protocol.Member) client.Event { return &protocol.Left{Presence: protocol.Presence{Member: m}} }
	for want, events := range map[string][]client.Event{
		"eve joined":                        {in(eve)},
		"eve, dan joined":                   {in(eve), in(dan)},
		"eve joined · dan left":             {out(dan), in(eve)},
		"eve joined and left":               {in(eve), out(eve)},
		"eve left and came back":            {out(eve), in(eve)},
		"bob is now rob":                    {&protocol.Renamed{Member: bob.Member, Nick: "rob"}},
		"rob joined":                        {in(eve), &protocol.Renamed{Member: eve.Member, Nick: "rob"}},
		`\x1b[2J joined`:                    {in(protocol.Member{Member: "m", Nick: "\x1b[2J"})},
		"dan left · eve left and came back": {out(dan), out(eve), in(protocol.Member{Member: "another", Nick: "eve"})},
	} {
		s := newTestModel(80, 24, 0)
		for _, e := range events {
			s.happen(e)
		}
		s.sees(t, "· "+want)
	}
	s := newTestModel(80, 24, 0)
	s.happen(in(eve))
	s.says(bob, "hello eve")
	s.happen(out(eve))
	s.sees(t, "· eve joined", "· eve left")
}

func TestTypingIsSeenAndForgotten(t *testing.T) {
	s := newTestModel(80, 24, 0)
	s.happen(&protocol.Typing{Member: bob.Member})
	s.happen(&protocol.Typing{Member: ann.Member}) // this member, elsewhere
	s.sees(t, "─ bob is typing ─")
	s.happen(&protocol.Typing{Member: cy.Member})
	s.sees(t, "Cy Young and bob are typing")
	s.says(cy, "done")
	s.sees(t, "─ bob is typing ─")
	s.comes(tick(time.Now().Add(time.Minute)))
	s.seesNot(t, "typing")
}

func TestWhatIsWrittenComesBack(t *testing.T) {
	s := newTestModel(80, 24, 0)
	for _, text := range []string{"one", "/topic two", "/password three"} {
		s.types(text)
		s.press(tea.Key{Code: tea.KeyEnter})
	}
	s.types("draft")
	up, down := tea.Key{Code: tea.KeyUp}, tea.Key{Code: tea.KeyDown}
	for _, step := range []struct {
		key  tea.Key
		want string
	}{{up, "/topic two"}, {up, "one"}, {up, "one"}, {down, "/topic two"}, {down, "draft"}} {
		s.press(step.key)
		if got := s.composer.area.Value(); got != step.want {
			t.Errorf("got %q, want %q", got, step.want)
		}
	}
}

func TestOneLeavesWhenWhatWasSaidIsConfirmed(t *testing.T) {
	s := newTestModel(80, 24, 0)
	s.types("bye")
	s.press(tea.Key{Code: tea.KeyEnter})
	s.types("/quit")
	s.press(tea.Key{Code: tea.KeyEnter})
	s.sees(t, "leaving as soon as")
	cmd := s.comes(settled{s.outbox.messages[0], 1, nil})
	if cmd == nil || !s.quitting || !s.outbox.idle() || len(s.outbox.unsettled()) != 0 {
		t.Error("it doesn't leave")
	}
}

func TestTheScreenInFull(t *testing.T) {
	for columns, want := range map[int]string{80: `
tea                                                                  ● connected
                                                            │ 3 here
────────────────── the room begins here ─────────────────── │ @ann (you)
───────────────── Wednesday, 4 March 2026 ───────────────── │  bob
12:00       bob ┣ hello ann, the kettle is on and it sings  │  Cy Young
                ┣ a song that I don't know                  │
              * │ bob waves                                 │
            ann ┃ one                                       │
                ┃ two                                       │
────────────────────────────────────────────────────────────────────────────────
› Say something, or /help`, 40: `
tea                             ● 3 here
───────── the room begins here ─────────
─────── Wednesday, 4 March 2026 ────────
bob                                12:00
┣ hello ann, the kettle is on and it
┣ sings a song that I don't know
│ * bob waves
ann                                12:00
┃ one
┃ two
────────────────────────────────────────
› Say something, or /help`} {
		s := newTestModel(columns, strings.Count(want, "\n"), 1)
		s.says(bob, "hello ann, the kettle is on and it sings a song that I don't know", ann.Member)
		s.says(bob, "/me waves")
		s.says(ann, "one\ntwo")
		if got := "\n" + strings.Join(s.screen(), "\n"); got != want {
			t.Errorf("got:%s\nwant:%s", got, want)
		}
	}
}
