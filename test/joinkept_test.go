package test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"
)

func TestTerminalsComeBackAfterKill9(t *testing.T) {
	s := newSite(t)
	p := s.startAtFixedAddress()
	ann := s.terminal(t, "ann", 90, 24)
	ann.sees("● connected", "@ann (you)")
	bob := s.terminal(t, "bob", 40, 24)
	bob.sees("● 2 here")
	ann.keys("before" + enter)
	bob.sees("before")

	p.kill9(t)
	ann.sees("○ reconnecting", "disconnected: ")
	bob.sees("○ reconnecting")
	ann.keys("meanwhile" + enter)
	ann.matches(`^  ··· +(ann)? ┃ meanwhile`)

	s.start()
	ann.sees("● connected", "disconnected for", "nothing was missed")
	ann.matches(`^(\d\d:\d\d)? +(ann)? ┃ meanwhile`)
	bob.sees("│ meanwhile")
	if n := strings.Count(bob.String(), "meanwhile"); n != 1 {
		t.Errorf("it is there %d times:\n%s", n, bob)
	}
}

func TestWhatWasNotConfirmedIsToldAtTheEnd(t *testing.T) {
	s := newSite(t)
	p := s.startAtFixedAddress()
	ann := s.terminal(t, "ann", 80, 24)
	ann.sees("● connected")
	p.kill9(t)
	ann.sees("○ reconnecting")
	ann.keys("into the dark" + enter)
	ann.sees("┃ into the dark")
	ann.keys("/quit" + enter)
	ann.leaves()
	ann.sees(`not confirmed, and perhaps not sent: "into the dark"`)
	ann.seesNot("○")
}

func TestASignalLeavesTheTerminalAsItWas(t *testing.T) {
	s := newSite(t)
	s.start()
	for _, signal := range []os.Signal{syscall.SIGHUP, syscall.SIGTERM, os.Interrupt} {
		ann := s.terminal(t, "ann", 80, 24)
		ann.sees("● connected")
		ann.keys("a draft") // and so it has read what the terminal answered at the start
		ann.sees("a draft")
		if err := ann.Process().Signal(signal); err != nil {
			t.Fatal(err)
		}
		ann.leaves()
		if strings.TrimSpace(ann.String()) != "" {
			t.Errorf("after %v this is left:\n%s", signal, ann)
		}
	}
}

func TestWhatIsRefusedIsToldAndGivenUp(t *testing.T) {
	s := newSite(t, "--max-content=100")
	s.start()
	zoe := s.guest(t, "zoe")
	ann := s.terminal(t, "ann", 90, 24)
	ann.sees("connected")
	seq := says(t, zoe, "answer this")
	ann.sees("answer this")
	ann.keys(altUp + enter)
	ann.sees("replying to zoe: answer this")
	if err := zoe.Delete(t.Context(), seq); err != nil {
		t.Fatal(err)
	}
	ann.sees("(erased)")
	ann.keys("gladly" + enter)
	ann.matches(`ann ┃ (↳ zoe: \(erased\)|gladly)`)

	// The composer tells when there are more characters than the server accepts.
	ann.keys(strings.Repeat("x", 150))
	ann.sees("150 of 100")
	ann.keys(ctrlC)
	ann.sees("Say something")
	ann.keys("/nick zoe" + enter)
	ann.sees(`! /nick: nick-taken: somebody here goes by "zoe":`, "take another nick")
	ann.keys("/nonsense" + enter)
	ann.sees("there is no /nonsense: /help lists the commands")
}

func TestWhatTheServerRefusesIsKeptWithTheReason(t *testing.T) {
	s := newSite(t)
	p := s.startAtFixedAddress()
	ann := s.terminal(t, "ann", 90, 24)
	ann.sees("● connected")
	p.kill9(t)
	ann.sees("○ reconnecting")
	ann.keys("far too long for what comes back" + enter + "short" + enter)
	ann.sees("┃ far too long", "┃ short")
	s.flags = append(s.flags, "--max-content=10")
	p = s.start()
	ann.sees("● connected", "! not sent: too-long", "/retry sends it again")
	ann.matches(`^\d\d:\d\d +ann ┃ short`)

	// It can be sent again when the server accepts it.
	p.kill9(t)
	ann.sees("○ reconnecting")
	s.flags = s.flags[:len(s.flags)-1]
	s.start()
	ann.sees("● connected")
	ann.keys("/retry" + enter)
	ann.seesNot("not sent")
	ann.matches(`short .*\n(.*disconnected for.*\n)*.*┃ far too long`)
}

// hostile is what nobody should be able to do to others' screens, and where it matters what
// is shown of it.
func hostile() []struct{ content, shown string } {
	return []struct{ content, shown string }{
		{"\x1b[2J\x1b[H\x1b[31mred\x1b]0;title\a", `\x1b[2J\x1b[H\x1b[31mred\x1b]0;title\a`},
		{"back\rover\b\b\x7f and \u009b1m", `back\rover\b\b\x7f and \u009b1m`},
		{"turned \u202egnorw\u202c and \u2066isolated", `turned \u202egnorw\u202c and \u2066isolated`},
		{content: "z\u0334\u0335\u0336\u0337\u0338\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308algo"},
		{"שלום עולם, مرحبا بالعالم", "שלום עולם"},
		{"世界中の人々とお茶を飲みます、ゆっくりと、毎日", "世界中の人々"},
		{content: "👩\u200d💻👨\u200d👩\u200d👧\u200d👦🏳\ufe0f\u200d🌈🇩🇪👍🏽 हिन्दी ❤\ufe0f"},
		{content: "\u0301\u0301lone marks"},
		{content: strings.Repeat("w", 4000)}, // more rows than there are
		{content: "tab\tand\n\n\nlines"},
	}
}

func TestNobodyDoesAnythingToOthersScreens(t *testing.T) {
	s := newSite(t)
	s.start()
	eve := s.guest(t, "eve")
	wide, small := s.terminal(t, "ann", 200, 60), s.terminal(t, "bob", 40, 60)
	for _, x := range []*terminal{wide, small} {
		x.sees("●")
	}
	for i, m := range hostile() {
		says(t, eve, m.content)
		after := fmt.Sprintf("after it %d", i)
		says(t, eve, after)
		for _, x := range []*terminal{wide, small} {
			x.sees(after)
			x.drawn()
			if x == wide {
				x.sees(m.shown)
			}
			columnsHold(t, x)
			if !strings.HasPrefix(x.Rows()[0], "tea ") {
				t.Errorf("the header is gone:\n%s", x)
			}
		}
	}
}

// columnsHold checks that the columns are aligned in every row.
func columnsHold(t *testing.T, x *terminal) {
	t.Helper()
	cells := x.Cells()
	width := len(cells[0])
	gutter, panel := x.Column("│ after it"), -1
	if width >= 76 {
		panel = width - 20
	}
	for y, row := range cells[1 : len(cells)-2] {
		if panel >= 0 && row[panel].Content != "│" {
			t.Fatalf("row %d has %q where the panel begins:\n%s", y+1, row[panel].Content, x)
		}
		if row[0].Content == "─" || gutter <= 0 {
			continue // a rule, or what stands at the left side anyway
		}
		if c := row[gutter].Content; !strings.Contains("│┃· ", c) {
			t.Fatalf("row %d has %q where the gutter is:\n%s", y+1, c, x)
		}
	}
}

func TestAResizeKeepsItsPlace(t *testing.T) {
	s := newSite(t, "--limits=off", "--history=200")
	s.start()
	eve := s.guest(t, "eve")
	for i := range 150 {
		says(t, eve, fmt.Sprintf("message %d, %s.", i+1, strings.Repeat("which is long ", i%9)))
	}
	ann := s.terminal(t, "ann", 100, 24)
	ann.sees("message 150,")
	ann.keys(pageUp + pageUp + pageUp)
	ann.drawn()
	last := func() string {
		rows := ann.Rows()
		for _, row := range slices.Backward(rows[:len(rows)-2]) {
			if _, after, is := strings.Cut(row, "message "); is {
				number, _, _ := strings.Cut(after, ",")
				return "message " + number + ","
			}
		}
		return "none"
	}
	place := last()
	for _, columns := range []int{40, 200, 60, 100} {
		if err := ann.Resize(columns, 24); err != nil {
			t.Fatal(err)
		}
		ann.until(fmt.Sprintf("%s in %d columns", place, columns), func(screen string) bool {
			ruled := strings.Repeat("─", columns-20)
			for row := range strings.Lines(screen) {
				row = strings.TrimRight(row, "\n")
				if strings.HasPrefix(row, "─") && strings.Contains(row, ruled) && utf8.RuneCountInString(row) == columns {
					return last() == place
				}
			}
			return false
		})
	}
}

func TestScrollingUpLoadsOlderMessages(t *testing.T) {
	s := newSite(t, "--limits=off")
	s.start()
	eve := s.guest(t, "eve")
	for i := range 500 {
		says(t, eve, fmt.Sprintf("message %d.", i+1))
	}
	ann := s.terminal(t, "ann", 80, 24)
	ann.sees("message 500.")
	seen := make(map[string]bool)
	for range 60 {
		for _, row := range ann.Rows() {
			if _, after, is := strings.Cut(row, "│ message "); is {
				seen[strings.Fields(after)[0]] = true
			}
		}
		if seen["1."] {
			break
		}
		before := ann.String()
		ann.keys(pageUp)
		ann.until("another page", func(screen string) bool { return screen != before })
		ann.drawn()
	}
	ann.sees("the room begins here", "eve owns the room")
	for i := range 500 {
		if !seen[fmt.Sprintf("%d.", i+1)] {
			t.Fatalf("message %d was passed over", i+1)
		}
	}
	says(t, eve, "something new")
	ann.sees("↓ 1 new")
	ann.keys(ctrlEnd)
	ann.matches(`─ new ─+ *│?.*\n.*something new`)
}

func TestWhatCameWhileTheTerminalWasUnfocusedIsMarked(t *testing.T) {
	s := newSite(t)
	s.start()
	eve := s.guest(t, "eve")
	ann := s.terminal(t, "ann", 60, 24)
	says(t, eve, "seen")
	ann.sees("seen")
	ann.keys(blur)
	ann.keys("/me looks") // when this is seen the blur before it has been taken
	ann.sees("› /me looks")
	says(t, eve, "not seen")
	ann.matches(`│ seen *\n─+ new ─+\n.*│ not seen`)
}
