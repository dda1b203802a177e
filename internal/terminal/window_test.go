package terminal

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"snug/client"
	"snug/protocol"
)

// text is what may be said: of everything, and much of what is troublesome.
func texts() *rapid.Generator[string] {
	word := rapid.OneOf(
		rapid.StringN(0, 12, -1),
		rapid.SampledFrom([]string{
			"世界中の人々", "👩\u200d💻", "🇩🇪", "❤\ufe0f", "👍🏽", "हिन्दी", "שלום", "\x1b[31m", "\u202e", "\u0301", "e\u0301\u0302\u0303\u0304\u0305",
			"\t", "\n", " ", "-", strings.Repeat("w", 300), "/me ", "\u200b", "\u3000", "ann",
			"**", "*", "_", "`", "``", "\n```\n", "\n> ", "\n# ", "[a](", "\n- ",
		}),
	)
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(word, 1, 12).Draw(t, "words"), rapid.SampledFrom([]string{"", " "}).Draw(t, "between"))
	})
}

func TestNoRowIsWiderThanTheScreen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		columns, rows := rapid.IntRange(1, 210).Draw(t, "columns"), rapid.IntRange(1, 50).Draw(t, "rows")
		s := newTestModel(columns, rows, 0)
		s.cells = rapid.SampledFrom([]ansi.Method{ansi.WcWidth, ansi.GraphemeWidth}).Draw(t, "method")
		s.redraw()
		s.settings.Topic = texts().Draw(t, "topic")
		for range rapid.IntRange(1, 6).Draw(t, "messages") {
			from := rapid.SampledFrom([]protocol.Member{ann, bob, cy, {Member: "m-odd", Nick: texts().Draw(t, "nick"), Guest: true}}).Draw(t, "from")
			e := s.says(from, texts().Draw(t, "content"))
			switch rapid.IntRange(0, 5).Draw(t, "then") {
			case 0:
				s.logs(protocol.EventReacted, bob, e.Seq, fmt.Sprintf(`{"emoji":%q}`, "👍"))
			case 1:
				s.logs(protocol.EventEdited, from, e.Seq, `{"content":"x"}`)
			case 2:
				s.logs(protocol.EventMessage, bob, 0, string(protocol.MessageBody{Content: "yes", ReplyTo: e.Seq}.Encode()))
			case 4:
				hook := protocol.Member{Member: "m-hook", Nick: texts().Draw(t, "nick"), Bot: true}
				s.logs(protocol.EventMessage, hook, 0, string(protocol.MessageBody{Content: "x", As: texts().Draw(t, "as")}.Encode()))
			case 3:
				s.happen(&protocol.Joined{Presence: protocol.Presence{Member: from}})
			}
		}
		if columns < 8 {
			s.rooms.View() // it is too small for anything, and doesn't fail
			return
		}
		for _, row := range s.transcript.window() {
			if got := s.cells.StringWidth(row); got > s.transcript.canvas.width {
				t.Fatalf("a row has %d columns of %d: %q", got, s.transcript.canvas.width, row)
			}
			for _, r := range ansi.Strip(row) {
				if r < ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 || r == '\u202e' {
					t.Fatalf("%q is in a row: %q", r, row)
				}
			}
		}
		if got := len(s.transcript.window()); got != s.transcript.height {
			t.Fatalf("the window has %d rows of %d", got, s.transcript.height)
		}
	})
}

// filled is a testModel with messages, some of which take several rows.
func filled(messages int) *testModel {
	s := newTestModel(80, 24, 0)
	for i := range messages {
		from := []protocol.Member{ann, bob, cy}[i/3%3]
		s.says(from, fmt.Sprintf("message %d, %s", i+1, strings.Repeat("and on ", i*7%40)))
	}
	return s
}

func TestScrollingMovesByRowsAndStopsAtTheEnds(t *testing.T) {
	s := filled(60)
	var all []string // every row, from the top
	s.transcript.scroll(1 << 20)
	top := slices.Clone(s.transcript.window())
	all = append(all, top...)
	for range 2000 {
		before := s.transcript.window()
		s.transcript.scroll(-1)
		after := s.transcript.window()
		if slices.Equal(before, after) {
			break
		}
		if !slices.Equal(before[1:], after[:len(after)-1]) {
			t.Fatalf("a row down is not a row:\n%s\n--\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
		}
		all = append(all, after[len(after)-1])
	}
	if s.transcript.bottom != nil {
		t.Error("at the end it doesn't follow")
	}
	text := ansi.Strip(strings.Join(all, "\n"))
	for i := range 60 {
		if n := strings.Count(text, fmt.Sprintf("message %d,", i+1)); n != 1 {
			t.Errorf("message %d is there %d times", i+1, n)
		}
	}
	s.transcript.scroll(7)
	s.transcript.scroll(1 << 20)
	if !slices.Equal(s.transcript.window(), top) {
		t.Error("far up is not the top")
	}
}

func TestTheMouseWheelScrolls(t *testing.T) {
	s := filled(40)
	end := s.transcript.window()
	s.Update(tea.MouseWheelMsg{Button: tea.MouseWheelUp})
	if up := s.transcript.window(); !slices.Equal(up[wheelRows:], end[:len(end)-wheelRows]) {
		t.Error("up is not up")
	}
	s.Update(tea.MouseWheelMsg{Button: tea.MouseWheelLeft})
	s.Update(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	if s.transcript.bottom != nil {
		t.Error("down isn't the end again")
	}
	s.help()
	s.sees(t, "Help: Esc closes it")
	s.Update(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
	s.seesNot(t, "Help: Esc closes it")
	s.sees(t, "Tab ")
	s.press(tea.Key{Code: tea.KeyEsc})
	s.sees(t, "message 40,")
	if mode := s.rooms.View().MouseMode; mode == tea.MouseModeNone {
		t.Error("the mouse isn't asked for")
	}
	s.press(tea.Key{Code: tea.KeyF3})
	s.sees(t, "the mouse selects text")
	if mode := s.rooms.View().MouseMode; mode != tea.MouseModeNone {
		t.Error("the terminal hasn't got the mouse")
	}
}

func TestWhatIsSaidMovesNothingUnderOneWhoReads(t *testing.T) {
	s := filled(60)
	s.transcript.scroll(30)
	before := s.transcript.window()
	s.says(bob, "something new")
	if !slices.Equal(before, s.transcript.window()) {
		t.Error("the window has moved")
	}
	s.sees(t, "↓ 1 new")
	s.transcript.follow()
	s.markSeen()
	s.sees(t, " new ─", "something new")
	s.seesNot(t, "↓")
}

func TestOlderMessagesComeAboveWhatIsSeen(t *testing.T) {
	s := newTestModel(80, 24, 0)
	s.seq = 100
	for i := range 60 {
		s.says(bob, fmt.Sprintf("later %d", i))
	}
	s.says(bob, "an answer")
	s.transcript.lines[s.seq].ReplyTo = 0
	s.transcript.scroll(10)
	before := s.transcript.window()
	older := make([]protocol.Event, 100)
	for i := range older {
		older[i] = protocol.Event{Type: protocol.EventMessage, Seq: uint64(i + 1), At: noon(), From: bob, Body: protocol.MessageBody{Content: fmt.Sprintf("older %d", i+1)}.Encode()}
	}
	s.comes(paged{before: 101, page: protocol.History{Events: older}})
	if after := s.transcript.window(); !slices.Equal(before, after) {
		t.Errorf("the window has moved:\n%s\n--\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
	s.transcript.scroll(1 << 20)
	s.sees(t, "the room begins here", "older 1")

	// A page that belongs above what is no longer there is passed over.
	count := len(s.transcript.log)
	s.comes(paged{before: 101, page: protocol.History{Events: older}})
	if len(s.transcript.log) != count {
		t.Error("the same page was taken twice")
	}
}

func TestALongTranscriptIsTrimmedAndReadAgain(t *testing.T) {
	s := newTestModel(80, 24, 0)
	for i := range keptEvents + keptEvents/4 + 10 {
		s.says(bob, fmt.Sprintf("message %d", i+1))
	}
	if n := len(s.transcript.log); n > keptEvents+keptEvents/4 || n < keptEvents {
		t.Errorf("%d events are kept", n)
	}
	s.sees(t, fmt.Sprintf("message %d", s.seq))
	first := s.transcript.first()
	if line := s.transcript.lines[first]; line == nil || s.transcript.entries[0].seq != first {
		t.Error("what is kept doesn't begin with its first event")
	}
	if cmd := s.press(tea.Key{Code: tea.KeyHome, Mod: tea.ModCtrl}); cmd == nil || !s.top().loading {
		t.Error("what was trimmed isn't read again")
	}
}

func TestChoosingGoesFromMessageToMessage(t *testing.T) {
	s := newTestModel(80, 24, 0)
	s.says(bob, "one")
	s.happen(&protocol.Left{Presence: protocol.Presence{Member: cy}})
	s.says(bob, "two")
	altUp, altDown := tea.Key{Code: tea.KeyUp, Mod: tea.ModAlt}, tea.Key{Code: tea.KeyDown, Mod: tea.ModAlt}
	s.press(altDown)
	s.seesNot(t, "▶")
	s.press(altUp)
	s.sees(t, "▶ two")
	s.press(altUp)
	s.sees(t, "▶ one")
	s.press(altUp)
	s.sees(t, "▶ one")
	s.press(tea.Key{Code: tea.KeyEnter})
	s.sees(t, "replying to bob: one")
	s.press(altDown)
	s.press(altDown)
	s.seesNot(t, "▶")
}

func TestATerminalsMemoryIsBounded(t *testing.T) {
	s := newTestModel(80, 24, 0)
	s.says(bob, "first")
	for i := range 3 * keptEvents { // nobody writes, and many come and go
		odd := protocol.Member{Member: fmt.Sprint("m", i), Nick: fmt.Sprint("n", i)}
		s.happen(&protocol.Joined{Presence: protocol.Presence{Member: odd}})
		if i%2 == 0 {
			s.happen(&protocol.Gap{First: uint64(i + 2), Last: uint64(i + 3)})
		}
		s.happen(&protocol.Renamed{Member: odd.Member, Nick: "x"})
	}
	if n := len(s.transcript.entries); n > keptEvents+keptEvents/4 {
		t.Errorf("%d entries are kept", n)
	}
	if n := len(s.nicks); n > maxNicks {
		t.Errorf("%d nicks are kept", n)
	}
	s = filled(60)
	s.transcript.scroll(30) // somebody reads, and leaves it so
	for range 11 * keptEvents {
		s.says(bob, "x")
	}
	if n := len(s.transcript.log); n > 10*keptEvents {
		t.Errorf("%d events are kept", n)
	}
}

func TestOlderMessagesThatCannotBeReadAreNoBeginning(t *testing.T) {
	s := newTestModel(80, 20, 110)
	s.seq = 100
	s.says(bob, "hello")
	s.comes(paged{before: 101, err: errors.New("disk full")})
	s.sees(t, "── older messages can't be read ──", "older messages can't be read: disk full")
	s.seesNot(t, "the room begins here")
	if s.older() != nil {
		t.Error("they are asked for again and again")
	}
	s.happen(&client.Disconnected{Err: errors.New("it broke")})
	s.happen(&client.Connected{Welcome: protocol.Welcome{Room: "tea", Epoch: "e", First: 1, Head: 101, Resumed: true}})
	s.seesNot(t, "── older messages can't be read ──")
	if !s.top().loading {
		t.Error("they aren't asked for once the room is connected again")
	}
}
