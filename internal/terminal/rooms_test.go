package terminal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"snug/client"
	"snug/protocol"
)

// another adds a room to the terminal of s, in which ann was before if read isn't zero.
func (s *testModel) another(code, server string, read protocol.Position, head uint64) *testModel {
	m := newTestRoom(s.rooms, &Visit{ID: code, Code: code, Server: server, Read: read})
	o := &testModel{model: m, now: s.now}
	o.happen(&client.Connected{Welcome: protocol.Welcome{Room: code, Epoch: "e", First: 1, Head: head}})
	return o
}

// alt presses a key together with Alt.
func (s *testModel) alt(r rune) { s.Update(tea.KeyPressMsg(tea.Key{Code: r, Mod: tea.ModAlt})) }

func TestEachRoomKeepsWhatIsWrittenAndWhereItIs(t *testing.T) {
	s := newTestModel(80, 24, 0)
	s.seesNot(t, "[1 tea]") // one room needs no bar
	ops := s.another("ops", "", protocol.Position{}, 0)
	for range 60 {
		s.says(bob, "something")
	}
	s.sees(t, "[1 tea]  2 ops")
	s.transcript.scroll(20)
	before := s.transcript.window()
	s.Update(tea.KeyPressMsg(tea.Key{Code: 'd', Text: "d"}))
	s.alt('2')
	ops.sees(t, "1 tea  [2 ops]", "› Say something")
	ops.says(bob, "in ops")
	s.says(bob, "one")
	s.says(bob, "two")
	ops.sees(t, "1 tea (2)  [2 ops]", "in ops")
	ops.seesNot(t, "one")
	s.says(bob, "@ann three", ann.Member)
	ops.sees(t, "1 tea (@1)")
	if title := s.rooms.View().WindowTitle; title != "(3) ops" {
		t.Errorf("the title is %q", title)
	}
	s.alt('a')
	s.sees(t, "[1 tea (@1)]", "› d", "↓ 3 new")
	if after := s.transcript.window(); strings.Join(after, "\n") != strings.Join(before, "\n") {
		t.Error("the window has moved")
	}
	s.press(tea.Key{Code: tea.KeyEnd, Mod: tea.ModCtrl})
	s.sees(t, "[1 tea]", "@ann three", "─ new ─")
	s.press(tea.Key{Code: tea.KeyPgDown, Mod: tea.ModCtrl})
	ops.sees(t, "[2 ops]")
	s.types("/join T")
	s.press(tea.Key{Code: tea.KeyTab})
	ops.sees(t, "› /join tea")
	s.alt('9') // there is none
	ops.sees(t, "[2 ops]")
}

func TestARoomThatIsNotSeenIsNotRead(t *testing.T) {
	s := newTestModel(80, 24, 0)
	ops := s.another("ops", "", protocol.Position{Epoch: "e", Seq: 2}, 4)
	for range 4 {
		ops.says(bob, "before you came")
	}
	ops.says(bob, "after you came")
	s.sees(t, " 2 ops (3)")
	ops.visit.Room = &client.Room{}
	if read := ops.outcome().Read.Seq; read != 2 {
		t.Errorf("another time, what is new begins after %d", read)
	}
	if ops.seenTold != 0 || ops.unseenAt != 3 {
		t.Errorf("others are told that %d is seen; the first new one is %d", ops.seenTold, ops.unseenAt)
	}
	s.alt('2')
	ops.sees(t, "[2 ops]", "─ new ─")
	if ops.seenTold != 5 || ops.unseen != 0 {
		t.Errorf("now others are told that %d is seen; %d are new", ops.seenTold, ops.unseen)
	}
}

func TestAnswersRingToo(t *testing.T) {
	s := newTestModel(80, 24, 0)
	ops := s.another("ops", "", protocol.Position{}, 0)
	ops.says(ann, "who has the key?")
	rings := func(did func()) bool {
		before := s.rooms.rung
		did()
		return s.rooms.rung != before
	}
	if rings(func() { ops.says(bob, "hm") }) {
		t.Error("it rings for any message")
	}
	if !rings(func() { ops.logs(protocol.EventMessage, bob, 0, `{"content":"I","reply_to":1}`) }) {
		t.Error("it doesn't ring for an answer")
	}
	s.sees(t, " 2 ops (@1)")
	if rings(func() { ops.says(bob, "@ann", ann.Member) }) {
		t.Error("it rings again at once")
	}
	s.rooms.rung = time.Time{}
	if !rings(func() { s.says(bob, "@ann", ann.Member) }) {
		t.Error("it doesn't ring in the room on the screen")
	}
}

func TestALostServerIsToldOnce(t *testing.T) {
	s := newTestModel(80, 24, 0)
	lost := &client.Disconnected{Err: errors.New("the server is restarting"), Retry: time.Second}
	same, elsewhere := s.another("ops", "", protocol.Position{}, 0), s.another("far", "https://far.example", protocol.Position{}, 0)
	again := s.another("far2", "https://far.example", protocol.Position{}, 0)
	for _, x := range []*testModel{same, s, again, elsewhere} {
		x.happen(lost)
	}
	s.sees(t, "disconnected: the server is restarting", " 2 ops ○", " 3 far ○")
	for x, tells := range map[*testModel]bool{s: true, same: false, elsewhere: true, again: false} {
		if (x.conn.lost != nil) != tells {
			t.Errorf("%s tells of it: %t", x.room, !tells)
		}
	}
	for _, x := range []*testModel{same, s} {
		x.happen(&client.Connected{Welcome: protocol.Welcome{Room: x.room, Epoch: "e", Head: x.seq, Resumed: true}})
	}
	s.sees(t, "nothing was missed", " 2 ops  3 far ○")
	s.alt('2')
	same.seesNot(t, "nothing was missed")
	same.seesNot(t, "connected again")
}

// finds makes rooms be found for /join, and joined with the outcome of join.
func (s *testModel) finds(join func(Entry) (*Visit, error)) (joins chan tea.Msg) {
	joins = make(chan tea.Msg, 2*maxRooms)
	s.rooms.send = func(msg tea.Msg) { joins <- msg }
	s.visit.Find = func(name string) (Place, error) {
		if name == "nowhere/" {
			return Place{}, errors.New("that is no room")
		}
		return Place{name, name, func(_ context.Context, e Entry) (*Visit, error) { return join(e) }}, nil
	}
	return joins
}

func TestWhatCannotBeJoinedIsTold(t *testing.T) {
	s := newTestModel(120, 24, 0)
	var entries []Entry
	joins := s.finds(func(e Entry) (*Visit, error) {
		entries = append(entries, e)
		if e.Knock {
			return nil, fmt.Errorf("join: %w", protocol.Errorf(protocol.BadPassword, "it has a password"))
		}
		return nil, errors.New("not now\x1b[2J")
	})
	enter := func(words string) {
		s.composer.set(words)
		s.press(tea.Key{Code: tea.KeyEnter})
	}
	enter("/join ops  open sesame ")
	enter("/join ops  open sesame ") // as long as it is being joined, this changes nothing
	s.sees(t, "─ joining ops ─")
	s.Update(<-joins)
	s.sees(t, `! /join ops: not now\x1b[2J`)
	s.seesNot(t, "joining ops")
	enter("/knock ops let me in")
	s.Update(<-joins)
	s.rooms.tasks.Wait()
	s.sees(t, "it has a password. Give it with")
	if len(entries) != 2 || entries[0].Password != "open sesame" || entries[1].Note != "let me in" || !entries[1].Knock {
		t.Errorf("it was joined with %+v", entries)
	}
	if strings.Contains(strings.Join(s.composer.history, "\n"), "sesame") {
		t.Error("the password is in the history")
	}
	enter("/join")
	enter("/join nowhere/")
	s.sees(t, "! /join: which room?", "! /join: that is no room")
	for i := range maxRooms - 1 {
		s.another(strings.Repeat("x", i+1), "", protocol.Position{}, 0)
	}
	enter("/join ops")
	s.sees(t, "! /join: you are in 30 rooms, and more aren't")
	enter("/join xxx")
	if s.rooms.shown.room != "xxx" {
		t.Error("a room that one is in isn't shown")
	}
}

func TestARoomThatHasEndedIsJoinedAnew(t *testing.T) {
	s := newTestModel(120, 24, 0)
	ops, _ := s.another("ops", "", protocol.Position{}, 0), s.another("lobby", "", protocol.Position{}, 0)
	var did []string
	ops.visit.Room, ops.cancel = &client.Room{}, func() { did = append(did, "cancel") }
	ops.visit.Leave = func(o Outcome) error { did = append(did, fmt.Sprint("leave: ", o.RoomClosed)); return o.RoomClosed }
	banned := errors.New("banned for a minute")
	joins := s.finds(func(Entry) (*Visit, error) {
		did = append(did, "join")
		if banned != nil {
			return nil, banned
		}
		return &Visit{Room: &client.Room{}, ID: "ops", Code: "ops"}, nil
	})
	s.alt('2')
	s.types("on its way")
	s.press(tea.Key{Code: tea.KeyEnter})
	ops.comes(ended{errors.New("removed by bob")})
	s.types("a draft")
	s.sees(t, "! removed by bob", "/join ops joins it anew", "[2 ops ✗]")

	for range 2 { // while it isn't possible, the room stays as it is
		s.alt('1')
		s.composer.set("/join ops")
		s.press(tea.Key{Code: tea.KeyEnter})
		s.sees(t, "[2 ops ✗]", "─ joining ops ─")
		s.Update(<-joins)
		s.sees(t, "! removed by bob", "! /join ops: banned for a minute", "› a draft")
	}
	if err := ops.leave()(); err == nil || err.Error() != "removed by bob" {
		t.Errorf("at the end this is told: %v", err)
	}

	banned = nil
	s.alt('1')
	s.composer.set("/join ops")
	s.press(tea.Key{Code: tea.KeyEnter})
	s.Update(<-joins)
	s.sees(t, "1 tea  [2 ops ○]  3 lobby", `! not confirmed, and perhaps not sent: "on its way"`, "› a draft")
	s.seesNot(t, "removed by bob")
	s.rooms.all[1].cancel()
	s.rooms.tasks.Wait()
	if want := "leave: removed by bob,join,join,join,cancel"; strings.Join(did, ",") != want {
		t.Errorf("it did %q, want %q", strings.Join(did, ","), want)
	}
}

func TestAJoinedRoomTakesNothingThatIsBeingWritten(t *testing.T) {
	s := newTestModel(80, 24, 0)
	joins := s.finds(func(Entry) (*Visit, error) { return &Visit{Room: &client.Room{}, Code: "ops"}, nil })
	s.types("/join ops")
	s.press(tea.Key{Code: tea.KeyEnter})
	s.types("for tea alone")
	s.Update(<-joins)
	s.sees(t, "[1 tea]  2 ops ○", "› for tea alone")
	s.composer.set("/join lobby")
	s.press(tea.Key{Code: tea.KeyEnter})
	s.Update(<-joins)
	s.sees(t, "1 tea  2 ops ○  [3 ops ○]")
	for _, m := range s.rooms.all[1:] {
		m.cancel()
	}
	s.rooms.tasks.Wait()
}

func TestOneRoomIsLeftWhenWhatWasSaidIsConfirmed(t *testing.T) {
	s := newTestModel(80, 24, 0)
	ops := s.another("ops", "", protocol.Position{}, 0)
	left := make(chan Outcome, 1)
	for _, x := range []*testModel{s, ops} {
		x.visit.Room, x.cancel = &client.Room{}, func() {}
		x.visit.Leave = func(o Outcome) error { left <- o; return nil }
	}
	s.types("bye")
	s.press(tea.Key{Code: tea.KeyEnter})
	s.types("/part")
	s.press(tea.Key{Code: tea.KeyEnter})
	s.sees(t, "[1 tea]", "leaving as soon as")
	if s.rooms.quitting {
		t.Error("it leaves the other room, too")
	}
	s.comes(settled{s.outbox.messages[0], 1, nil})
	<-left
	ops.seesNot(t, "tea")
	if len(s.rooms.all) != 1 || s.rooms.shown != ops.model {
		t.Error("it isn't in the other room")
	}

	// What wasn't confirmed is told in the room that is left.
	s = ops.another("tea", "", protocol.Position{}, 0)
	s.visit.Room, s.cancel, s.visit.Leave = &client.Room{}, func() {}, func(o Outcome) error { left <- o; return nil }
	s.alt('2')
	s.types("bye\x1b")
	s.press(tea.Key{Code: tea.KeyEnter})
	s.types("/leave")
	s.press(tea.Key{Code: tea.KeyEnter})
	s.types("more")
	s.comes(leaveNow{})
	s.sees(t, "[2 tea]", "› more") // and not in the other room
	s.composer.area.SetValue("")
	for range 2 {
		s.types("/leave")
		s.press(tea.Key{Code: tea.KeyEnter})
	}
	<-left
	ops.sees(t, `not confirmed in tea, and perhaps`)
	s.rooms.tasks.Wait()
}

func TestWhatIsWrittenInOtherRoomsIsNotDroppedWithoutAWord(t *testing.T) {
	quits := func(cmd tea.Cmd) bool {
		var one func(msg tea.Msg) bool
		one = func(msg tea.Msg) bool {
			all, _ := msg.(tea.BatchMsg)
			_, is := msg.(tea.QuitMsg)
			return is || slices.ContainsFunc(all, func(cmd tea.Cmd) bool { return cmd != nil && one(cmd()) })
		}
		return cmd != nil && one(cmd())
	}
	ctrlC, enter := tea.Key{Code: 'c', Mod: tea.ModCtrl}, tea.Key{Code: tea.KeyEnter}
	s := newTestModel(200, 24, 0)
	ops, lobby := s.another("ops", "", protocol.Position{}, 0), s.another("lobby", "", protocol.Position{}, 0)
	s.alt('2')
	ops.types("a draft")
	s.alt('3')
	lobby.types("another")
	s.alt('1')
	const warning = "! what you have written in ops, lobby isn't sent: to leave without it, repeat /quit or Ctrl+C"
	s.types("/quit")
	if quits(s.press(enter)) {
		t.Error("/quit leaves at once")
	}
	s.sees(t, warning)
	s.types("/quit")
	if !quits(s.press(enter)) {
		t.Error("the second /quit doesn't leave")
	}

	// What happens between the two needs another warning.
	for name, happens := range map[string]func(){
		"a message is sent":     func() { s.types("hi"); s.press(enter); s.outbox = outbox{} },
		"another room is shown": func() { s.alt('2'); s.alt('1') },
	} {
		happens()
		s.types("/quit")
		if quits(s.press(enter)) {
			t.Errorf("after %s, /quit leaves at once", name)
		}
	}

	s.transcript.clear()
	s.rooms.warned = false
	if quits(s.press(ctrlC)) {
		t.Error("Ctrl+C leaves at once")
	}
	s.sees(t, "press Ctrl+C again to leave", warning)
	if !quits(s.press(ctrlC)) {
		t.Error("the second Ctrl+C doesn't leave")
	}

	// What is written is in the shown room alone, where it is seen: /quit takes its place.
	s.alt('2')
	s.press(ctrlC)
	s.alt('3')
	s.press(ctrlC)
	s.types("/quit")
	if !quits(s.press(enter)) {
		t.Error("without any draft, /quit doesn't leave")
	}
}

func TestTheBarIsNoWiderThanTheScreen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns := rapid.IntRange(12, 210).Draw(t, "columns")
		s := newTestModel(columns, 24, 0)
		for range rapid.IntRange(1, 12).Draw(t, "rooms") {
			o := s.another(texts().Draw(t, "code"), "", protocol.Position{}, 0)
			for range rapid.IntRange(0, 3).Draw(t, "messages") {
				o.says(bob, "@ann", rapid.SampledFrom([]string{ann.Member, bob.Member}).Draw(t, "who"))
			}
		}
		s.cells = rapid.SampledFrom([]ansi.Method{ansi.WcWidth, ansi.GraphemeWidth}).Draw(t, "method")
		s.redraw()
		bar := s.rooms.bar(s.transcript.canvas)
		if got := s.cells.StringWidth(bar); got > columns {
			t.Fatalf("it has %d columns of %d: %q", got, columns, bar)
		}
		for _, r := range ansi.Strip(bar) {
			if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u202e' {
				t.Fatalf("%q is in it: %q", r, bar)
			}
		}
	})
}

func TestWhatIsToldAtTheEndNamesItsRoom(t *testing.T) {
	s := newTestModel(80, 24, 0)
	s.visit.Room, s.visit.Leave = &client.Room{}, func(Outcome) error { return errors.New("disk full") }
	s.types("bye")
	s.press(tea.Key{Code: tea.KeyEnter})
	told := func(wantWords, wantErr string) {
		t.Helper()
		words, err := s.rooms.leaveAll()
		if len(words) != 1 || words[0] != wantWords || err == nil || err.Error() != wantErr {
			t.Errorf("it tells %q, and %v", words, err)
		}
	}
	told(`not confirmed, and perhaps not sent: "bye"`, "disk full")
	ops := s.another("ops", "", protocol.Position{}, 0)
	ops.visit.Room, ops.visit.Leave = &client.Room{}, func(Outcome) error { return nil }
	told(`not confirmed in tea, and perhaps not sent: "bye"`, "tea: disk full")
}

func TestAJoinWithoutAnAnswerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newTestModel(80, 24, 0)
		joins := s.finds(nil)
		s.visit.Find = func(name string) (Place, error) {
			return Place{name, name, func(ctx context.Context, e Entry) (*Visit, error) {
				if name == "busy" {
					e.Waiting(errors.New("it is starting"), time.Hour)
				}
				<-ctx.Done()
				return nil, ctx.Err()
			}}, nil
		}
		begun := time.Now()
		s.types("/join ops")
		s.press(tea.Key{Code: tea.KeyEnter})
		s.sees(t, "─ joining ops ─")
		s.happen(&protocol.Typing{Member: bob.Member})
		s.sees(t, "bob is typing")
		s.Update(<-joins)
		s.sees(t, "! /join ops: no answer within 30s")
		if took := time.Since(begun); took != answerWithin {
			t.Errorf("that took %v", took)
		}
		s.types("/join busy")
		s.press(tea.Key{Code: tea.KeyEnter})
		s.Update(<-joins)
		s.sees(t, "it is starting; next attempt in")
		s.Update(<-joins)
		if took := time.Since(begun); took < time.Hour {
			t.Errorf("a server that is to be tried again in an hour was given up after %v", took)
		}
		s.rooms.tasks.Wait()
	})
}

func TestTheInputIsSeenAtAnyHeight(t *testing.T) {
	for rows := 1; rows <= 9; rows++ {
		s := newTestModel(80, rows, 0)
		s.another("ops", "", protocol.Position{}, 0)
		s.types("hi")
		screen, cursor := s.screen(), s.rooms.View().Cursor
		if len(screen) != rows || screen[rows-1] != "› hi" || cursor == nil || cursor.Y != rows-1 {
			t.Errorf("with %d rows the cursor is at %v:\n%s", rows, cursor, strings.Join(screen, "\n"))
		}
	}
}
