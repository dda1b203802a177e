package terminal

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"syscall"
	"testing"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/internal/endpoint"
	"snug/protocol"
)

func TestTabCompletes(t *testing.T) {
	for written, want := range map[string][]string{
		"/re":         {"/reply ", "/react ", "/retry ", "/reply "},
		"/TOP":        {"/topic "},
		"/kick ":      {"/kick Cy Young ", "/kick bob "},
		"b":           {"bob: "},
		"hello CY":    {"hello Cy Young "},
		"hello @b":    {"hello @bob "},
		"@":           {"@Cy Young ", "@bob "},
		"ann":         {"ann"}, // this member
		"hello ":      {"hello "},
		"":            {""},
		"one\nb":      {"one\nbob "},
		"/nonsense":   {"/nonsense"},
		"/topic word": {"/topic word"},
	} {
		s := newTestModel(80, 24, 0)
		s.composer.set(written)
		for _, step := range want {
			s.press(tea.Key{Code: tea.KeyTab})
			if got := s.composer.area.Value(); got != step {
				t.Errorf("%q becomes %q, want %q", written, got, step)
			}
		}
	}
	s := newTestModel(80, 24, 0)
	s.composer.set("/re")
	s.press(tea.Key{Code: tea.KeyTab})
	s.sees(t, "─ reply  react  retry ─")
	s.types("x")
	s.seesNot(t, "retry")
}

func TestAMentionThatTabCompletesHasNoMarkdown(t *testing.T) {
	for written, want := range map[string]string{
		"hello @_A":   `hello @\_ann\_ `,
		"/me hugs @_": `/me hugs @\_ann\_ `,
		"// by @_":    `// by @\_ann\_ `,
		"/kick @_":    "/kick @_ann_ ",
		"_a":          "_ann_: ",
	} {
		s := newTestModel(80, 24, 0)
		s.here.Members = append(s.here.Members, protocol.Member{Member: "m-marked", Nick: "_ann_"})
		s.composer.set(written)
		s.press(tea.Key{Code: tea.KeyTab})
		if got := s.composer.area.Value(); got != want {
			t.Errorf("%q becomes %q, want %q", written, got, want)
		}
	}
}

func TestWhoIsMeantIsFound(t *testing.T) {
	s := newTestModel(80, 24, 0)
	s.says(protocol.Member{Member: "m-gone", Nick: "gone"}, "bye")
	for words, want := range map[string][2]string{
		"bob":               {bob.Member, ""},
		"@BOB":              {bob.Member, ""},
		"cy young too late": {cy.Member, "too late"},
		"gone  spam":        {"m-gone", "spam"},
	} {
		who, rest, err := s.parseMember(words)
		if err != nil || who.Member != want[0] || rest != want[1] {
			t.Errorf("%q: %q, %q, %v; want %q", words, who.Member, rest, err, want)
		}
	}
	for _, words := range []string{"bobby", "b", "", "cy"} {
		if who, _, err := s.parseMember(words); err == nil {
			t.Errorf("%q is taken for %q", words, who.Nick)
		}
	}
	s.says(protocol.Member{Member: "m-gone2", Nick: "GONE"}, "bye")
	s.says(protocol.Member{Member: "m-girl", Nick: "gone girl"}, "bye")
	if who, _, err := s.parseMember("gone spam"); err == nil || !strings.Contains(err.Error(), "several who have left had the nick") {
		t.Errorf("one of two is %q, %v", who.Member, err)
	}
	if who, _, err := s.parseMember("gone girl"); err != nil || who.Member != "m-girl" {
		t.Errorf("%q, %v", who.Member, err)
	}
	s.press(tea.Key{Code: tea.KeyUp, Mod: tea.ModAlt})
	s.press(tea.Key{Code: tea.KeyUp, Mod: tea.ModAlt})
	s.press(tea.Key{Code: tea.KeyUp, Mod: tea.ModAlt})
	if who, _, err := s.parseMember(""); err != nil || who.Member != "m-gone" {
		t.Errorf("who wrote the chosen message: %q, %v", who.Member, err)
	}
}

func TestWhatIsWrongIsSaidAndWhatWouldBeRight(t *testing.T) {
	for command, want := range map[string]string{
		"/kick":          "who? Give a nick",
		"/kick nobody":   `nobody has the nick "nobody"`,
		"/role bob king": `"king" isn't a role: owner, moderator or member`,
		"/slow soon":     `"soon" isn't a time: give one such as`,
		"/slow":          "isn't a time",
		"/react":         "For example: /react 👍",
		"/react 👍":       "there is no such message here",
		"/edit":          "there is no such message here",
		"/me":            "For example: /me waves",
		"/nick":          "you are ann",
		"/password":      "or - to remove it",
		"/unban":         "/bans lists",
		"/drop":          "no message has failed",
		"/retry":         "No message has failed",
		"/quti":          "there is no /quti: /help",
		"/topic":         "The room has no topic.",
		"/leave ops":     "/leave takes nothing after it: leave this room",
		"/part ops":      "/leave takes nothing after it",
		"/delete 3":      "/delete takes nothing after it",
		"/lock 10m":      "/lock takes nothing after it",
		"/quit bye":      "/quit takes nothing after it",
	} {
		s := newTestModel(100, 24, 0)
		s.composer.set(command)
		s.press(tea.Key{Code: tea.KeyEnter})
		s.sees(t, want)
	}
}

func TestReasonsAreShort(t *testing.T) {
	if got := reason(&client.UnknownError{ID: "x", Err: client.ErrSeatLost}); got != client.ErrSeatLost.Error() {
		t.Errorf("got %q", got)
	}
	if got := reason(errors.New("plain")); got != "plain" {
		t.Errorf("got %q", got)
	}
	server, err := endpoint.ParseServer("localhost:1")
	if err != nil {
		t.Fatal(err)
	}
	away := endpoint.Unreachable(server, syscall.ECONNREFUSED)
	if got := reason(fmt.Errorf("join room %q: %w", "tea", away)); got != away.Error() {
		t.Errorf("got %q", got)
	}
}

// Or the first of them, in an order that nobody knows.
func TestTheRightOneIsUnbannedOrNone(t *testing.T) {
	bans := []protocol.Ban{{Member: "m1", Nick: "eve"}, {Member: "m2", Nick: "Eve"}, {Member: "m3", Nick: "mallory"}, {Member: "m4"}}
	for words, want := range map[string]string{"mallory": "m3", "@MALLORY": "m3", "m1": "m1", "m4": "m4"} {
		if got, err := bannedMember(words, bans); err != nil || got != want {
			t.Errorf("%q is %q, %v; want %s", words, got, err, want)
		}
	}
	for words, says := range map[string]string{"eve": "one of these is needed: m1, m2", "bob": "isn't banned", "@": "isn't banned"} {
		if got, err := bannedMember(words, bans); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q is %q, %v", words, got, err)
		}
	}
	shown := strings.Join(banned(&canvas{width: 80}, bans), "\n")
	if !strings.Contains(shown, "eve (m1), by") || !strings.Contains(shown, "mallory, by") || !strings.Contains(shown, "m4, by") {
		t.Error(shown)
	}
}

// TestColoursAreLegible holds them to the contrasts of WCAG 2 for large text (3)
// or better on what terminals are like.
func TestColoursAreLegible(t *testing.T) {
	channel := func(v uint32) float64 {
		c := float64(v) / 0xffff
		if c <= 0.03928 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	for _, c := range []struct {
		lightness, least float64
		backgrounds      []float64 // luminance
	}{
		{onUnknown, 4.3, []float64{0, 1}},
		{onDark, 5, []float64{0, 0.02}},
		{onLight, 4.5, []float64{0.9, 1}},
	} {
		s := newStyles(c.lightness)
		for hue := range 360 {
			r, g, b, _ := s.colour(float64(hue)).RGBA()
			own := 0.2126*channel(r) + 0.7152*channel(g) + 0.0722*channel(b)
			for _, other := range c.backgrounds {
				if contrast := (max(own, other) + 0.05) / (min(own, other) + 0.05); contrast < c.least {
					t.Errorf("lightness %v, hue %d on %v: contrast %.2f, want %v", c.lightness, hue, other, contrast, c.least)
				}
			}
		}
	}
}

func TestHelpNamesAllThereIsAndScrolls(t *testing.T) {
	s := newTestModel(40, 20, 0)
	s.press(tea.Key{Code: '?', Text: "?"})
	all := ""
	for range 20 {
		all += strings.Join(s.screen(), "\n")
		s.press(tea.Key{Code: tea.KeyPgDown})
	}
	for _, c := range commands() {
		if !strings.Contains(all, "/"+c.name) {
			t.Errorf("help doesn't name /%s", c.name)
		}
	}
	if !strings.Contains(all, "/kick") || !strings.Contains(all, "Enter") {
		t.Error("help doesn't name keys")
	}
	s.press(tea.Key{Code: tea.KeyEscape})
	s.seesNot(t, "Help")
	s.types("why?")
	s.sees(t, "› why?")
}

func TestASecondSlashIsTakenOffOnlyBeforeACommand(t *testing.T) {
	for written, want := range map[string]string{
		"//kick ann":          "/kick ann",
		"//help":              "/help",
		"// a comment":        "// a comment",
		"//example.com/a b":   "//example.com/a b",
		"/usr/bin/env":        "/usr/bin/env",
		"//me waves":          "//me waves",
		"/":                   "/",
		"one // two, /kick x": "one // two, /kick x",
	} {
		s := newTestModel(80, 24, 0)
		s.types(written)
		s.press(tea.Key{Code: tea.KeyEnter})
		if sent := s.outbox.messages; len(sent) != 1 || sent[0].content != want {
			t.Errorf("%q is sent as %+v, want %q", written, sent, want)
		}
	}
	s := newTestModel(80, 24, 0)
	s.types("/nosuch thing")
	s.press(tea.Key{Code: tea.KeyEnter})
	if len(s.outbox.messages) != 0 {
		t.Errorf("an unknown command is sent as %q", s.outbox.messages[0].content)
	}
}
