package terminal

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"pgregory.net/rapid"

	"snug/protocol"
)

func TestFormatted(t *testing.T) {
	for written, want := range map[string][]piece{
		"":                         nil,
		"plain":                    {{"plain", 0}},
		"a **b** c":                {{"a ", 0}, {"b", bold}, {" c", 0}},
		"*a* __b__":                {{"a", italic}, {" ", 0}, {"b", bold}},
		"***a***":                  {{"a", bold | italic}},
		"**a *b* c**":              {{"a ", bold}, {"b", bold | italic}, {" c", bold}},
		"**a `b`**":                {{"a ", bold}, {"b", bold | reverse}},
		"`` `a` ``":                {{"`a`", reverse}},
		"`*a*`":                    {{"*a*", reverse}},
		"2*3*4 and snake_case_":    {{"2", 0}, {"3", italic}, {"4 and snake_case_", 0}},
		"**open":                   {{"**open", 0}},
		"**see [x](y)**":           {{"**see [x](y)**", 0}},
		"> said *so*\nno":          {{"> said ", dim}, {"so", dim | italic}, {"\nno", dim}},
		"# Title\ntext":            {{"# Title", bold}, {"\ntext", 0}},
		"```go\n*x*\n```\nend":     {{"```go", dim}, {"\n*x*\n", 0}, {"```", dim}, {"\nend", 0}},
		"- **a**\n- b":             {{"- ", 0}, {"a", bold}, {"\n- b", 0}},
		"über **größe** 👩‍💻":       {{"über ", 0}, {"größe", bold}, {" 👩‍💻", 0}},
		"http://x/*d*/`e`?_f_ *g*": {{"http://x/*d*/", 0}, {"e", reverse}, {"?", 0}, {"f", italic}, {" ", 0}, {"g", italic}},
		"http://x/_d_?*e* *f*":     {{"http://x/_d_?*e* ", 0}, {"f", italic}},
		"(https://x)*a*":           {{"(https://x)", 0}, {"a", italic}}, // what isn't a part of an address is Markdown
		"https://x.example，*a*":    {{"https://x.example，", 0}, {"a", italic}},
		"xhttps://x/*a*/":          {{"xhttps://x/", 0}, {"a", italic}, {"/", 0}},
		"https://ann@x/*a*/":       {{"https://ann@x/", 0}, {"a", italic}, {"/", 0}},
		"mailto:a_b@x *c*":         {{"mailto:a_b@x ", 0}, {"c", italic}},
		"**http://x/a**":           {{"http://x/a", bold}},
	} {
		if got := formatted(written); !slices.Equal(got, want) {
			t.Errorf("%q is %q, want %q", written, got, want)
		}
	}
	long := strings.Repeat("*a* ", 2000)
	if got := formatted(long); len(got) != 1 || got[0].text != long {
		t.Error("a long text isn't as it was written")
	}
}

// Nothing is lost but marks, and what isn't a mark is in its order.
func TestFormattedLosesNothing(t *testing.T) {
	marks := strings.NewReplacer("*", "", "_", "", "`", "", " ", "")
	rapid.Check(t, func(t *rapid.T) {
		written := texts().Draw(t, "written")
		var shown strings.Builder
		for _, p := range formatted(written) {
			shown.WriteString(p.text)
		}
		if got, want := marks.Replace(shown.String()), marks.Replace(written); got != want {
			t.Fatalf("%q is shown as %q", written, shown.String())
		}
	})
}

func TestAMessageIsShownWithItsFormat(t *testing.T) {
	s := newTestModel(40, 24, 0)
	s.says(bob, "so **very, very long that it is broken into two** is `this`")
	screen := s.rooms.View().Content
	for _, want := range []string{"\x1b[1mvery, very long that it is broken\x1b[m\n", "\x1b[1minto two\x1b[m is \x1b[7mthis\x1b[m"} {
		if !strings.Contains(screen, want) {
			t.Errorf("no %q in %q", want, screen)
		}
	}
	s.seesNot(t, "**")
	s.seesNot(t, "`")
}

// Joined emoji are taken apart for some terminals, also in a nick: what follows keeps its format.
func TestAnActionIsShownWithItsFormat(t *testing.T) {
	s := newTestModel(80, 24, 0)
	s.cells = ansi.WcWidth
	s.redraw()
	s.says(protocol.Member{Member: "m-odd", Nick: "👩\u200d💻"}, "/me is **here**")
	if screen := s.rooms.View().Content; !strings.Contains(screen, "is \x1b[1mhere\x1b[m") {
		t.Errorf("it is %q", screen)
	}
}

// The name of a file isn't Markdown: its link stays whole.
func TestFilesAreShownAsTheyAreCalled(t *testing.T) {
	s := newTestModel(80, 24, 0)
	s.logs(protocol.EventMessage, bob, 0, `{"content":"*see*","files":[{"id":"f1","name":"*a*.txt","type":"text/plain","size":1}]}`)
	s.sees(t, "*a*.txt")
	s.seesNot(t, "*see*")
}

func TestMessagesAreNoWiderThanPeopleReadWell(t *testing.T) {
	s := newTestModel(200, 24, 0)
	s.says(bob, strings.Repeat("word ", 60))
	rows := 0
	for _, row := range s.transcript.window() {
		if !strings.Contains(row, "word") {
			continue
		}
		rows++
		if got := s.cells.StringWidth(row) - s.transcript.canvas.indent(); got > widest {
			t.Errorf("a row has %d columns: %q", got, row)
		}
	}
	if rows != 3 {
		t.Errorf("60 words are in %d rows, want 3", rows)
	}
}

func TestTheListOfMembersCanBeHidden(t *testing.T) {
	s := newTestModel(100, 24, 0)
	s.says(bob, "hello")
	with := s.transcript.canvas.width
	s.press(tea.Key{Code: tea.KeyF2})
	if got := s.transcript.canvas.width; got <= with {
		t.Errorf("without the list, the transcript has %d columns, and %d with it", got, with)
	}
	s.press(tea.Key{Code: tea.KeyF2})
	if got := s.transcript.canvas.width; got != with {
		t.Errorf("with the list again, the transcript has %d columns, want %d", got, with)
	}
}
