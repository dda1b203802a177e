package convert

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"
	"unicode/utf8"
)

// Records that don't fit into the memory come out in order, and equal ones once.
func TestSorterSortsWhatDoesNotFit(t *testing.T) {
	s, err := newSorter(t.TempDir(), 1000)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.close(); err != nil {
			t.Error(err)
		}
	}()
	random := rand.New(rand.NewPCG(1, 2))
	var want []record
	for range 2000 {
		r := record{uint32(random.IntN(3)), random.Uint64N(500), fmt.Append(nil, strings.Repeat("x", random.IntN(50)))}
		want = append(want, r)
		if err := s.add(r); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.runs) < 10 {
		t.Fatalf("there are %d runs", len(s.runs))
	}
	slices.SortFunc(want, record.compare)
	want = slices.CompactFunc(want, func(a, b record) bool { return a.compare(b) == 0 })
	var got []record
	if err := s.sorted(func(r record) error { got = append(got, r); return nil }); err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(got, want, func(a, b record) bool { return a.compare(b) == 0 }) {
		t.Errorf("%d records, which aren't the %d that were added, in order", len(got), len(want))
	}
}

func TestLongTextsAreSplit(t *testing.T) {
	code := "before\n```go\n" + strings.Repeat("line of code\n", 50) + "```\nafter"
	for name, c := range map[string]struct {
		text  string
		limit int
		parts int
	}{
		"short":      {"hello", 100, 1},
		"empty":      {"", 100, 1},
		"words":      {strings.Repeat("word ", 100), 100, 5},
		"no spaces":  {strings.Repeat("é", 250), 100, 3},
		"code":       {code, 200, 4},
		"many ticks": {strings.Repeat("`", 250), 100, 3},
	} {
		t.Run(name, func(t *testing.T) {
			parts := splitText(c.text, c.limit)
			if len(parts) != c.parts {
				t.Errorf("%d parts, want %d: %q", len(parts), c.parts, parts)
			}
			var letters strings.Builder
			for _, p := range parts {
				if n := utf8.RuneCountInString(p); n > c.limit {
					t.Errorf("a part has %d characters", n)
				}
				if openFence(p) != "" && name == "code" {
					t.Errorf("the code doesn't end in %q", p)
				}
				for line := range strings.SplitSeq(p, "\n") {
					if !strings.HasPrefix(line, "```") || name != "code" {
						letters.WriteString(line)
					}
				}
			}
			plain := func(s string) string { return strings.Join(strings.Fields(s), "") }
			want := c.text
			if name == "code" {
				want = strings.ReplaceAll(strings.ReplaceAll(want, "```go", ""), "```", "")
			}
			if plain(letters.String()) != plain(want) {
				t.Errorf("the parts have %q", letters.String())
			}
		})
	}
}

func TestNamesOfEmojiInCodeAndAddressesStay(t *testing.T) {
	for in, want := range map[string]string{
		":smile: and `:smile:` :smile:":                    "😄 and `:smile:` 😄",
		"``a ` :smile:`` :smile:":                          "``a ` :smile:`` 😄",
		":smile:\n```\n:smile:\n```\n:smile:":              "😄\n```\n:smile:\n```\n😄",
		"https://x.example/:smile:/a :smile:":              "https://x.example/:smile:/a 😄",
		"[:smile:](https://x.example/:smile:) `x` :smile:": "[😄](https://x.example/:smile:) `x` 😄",
		"MAILTO::smile:@x.example":                         "MAILTO::smile:@x.example",
	} {
		if got := markdownWithEmoji(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestNicks(t *testing.T) {
	for name, want := range map[string]string{
		"Ada": "Ada", "  Ada  Lovelace ": "Ada Lovelace", "Deploy ✅": "Deploy", "@ada": "ada", "[ada]`": "[ada]`", "🎉": "🎉",
		strings.Repeat("x", 40): strings.Repeat("x", 32), "admin": "user-a56145", "": "user-a56145",
	} {
		if got := author("id", name).Nick; got != want {
			t.Errorf("the nick of %q is %q, want %q", name, got, want)
		}
	}
}

// Channels get codes that rooms can have, and each its own, in whatever order they come.
func TestCodesAreOneForEachChannel(t *testing.T) {
	var c Collector
	for _, name := range [][2]string{{"#snug", "oftc"}, {"#snug", "libera"}, {"##snug", ""}, {"&&&", ""}, {"Städte und Länder!", ""}, {strings.Repeat("x", 100), ""}, {strings.Repeat("x", 99), ""}} {
		if _, err := c.add("irc", name[1]+name[0], name[0], name[1]); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"oftc.snug", "libera.snug", "snug", "channel", "städte-und-länder", strings.Repeat("x", 62) + "-2", strings.Repeat("x", 64)}
	if got := c.codes(); !slices.Equal(got, want) {
		t.Errorf("the codes are\n%q, want\n%q", got, want)
	}
}

// endless is an input without end, which fails the test if much more is read than is needed to
// refuse it.
type endless struct {
	t      *testing.T
	begin  string
	again  string
	read   int
	enough int
}

func (e *endless) Read(p []byte) (int, error) {
	if e.read > e.enough {
		e.t.Error("it reads on and on")
		return 0, io.EOF
	}
	n := copy(p, e.begin)
	e.begin = e.begin[n:]
	if n == 0 {
		n = copy(p, e.again)
	}
	e.read += n
	return n, nil
}

// Input without end is refused after a bounded part of it, and so are values that are huge.
func TestHugeInputIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		begin, again, want string
		run                func(*Collector, io.Reader) error
	}{
		"a Slack message": {`[{"text":"`, "x", "line 1: the element has more than", func(c *Collector, in io.Reader) error {
			return elements("general/2024-03-01.json", in, maxSlackElement, func(int, *slackMessage) error { return nil })
		}},
		"arrays in arrays": {`[`, "[", "line 1: the element has more than", func(c *Collector, in io.Reader) error {
			return elements("channels.json", in, maxSlackElement, func(int, *slackChannel) error { return nil })
		}},
		"a line of Mattermost's": {`{"type":"version","version":1}` + "\n{", "x", "line 2: the line has more than", func(c *Collector, in io.Reader) error {
			return Mattermost(c, "import.jsonl", in)
		}},
		"a line of IRC": {"2024-03-01 12:00:00\tada\t", "x", "line 1: the line has more than", func(c *Collector, in io.Reader) error {
			return NewIRC(c, time.UTC, "", "").File("#snug.log", in)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			collector, err := NewCollector(t.Context(), t.TempDir(), Options{MaxChars: 4000})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = collector.Close() }() // the error is not the subject
			err = c.run(collector, &endless{t: t, begin: c.begin, again: strings.Repeat(c.again, 64<<10), enough: maxMattermostLine + 1<<20})
			if wrong := (*FileError)(nil); !errors.As(err, &wrong) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want one with %q", err, c.want)
			}
		})
	}
}

// What is wrong with an export is said with its file and line.
func TestErrorsNameFileAndLine(t *testing.T) {
	slackOf := func(day string) func(*Collector) error {
		return func(c *Collector) error {
			return Slack(c, fstest.MapFS{
				"x/users.json":              {Data: []byte(`[]`)},
				"x/channels.json":           {Data: []byte(`[{"id":"C1","name":"general"}]`)},
				"x/general/2024-03-01.json": {Data: []byte(day)},
			})
		}
	}
	mattermostOf := func(lines string) func(*Collector) error {
		return func(c *Collector) error { return Mattermost(c, "import.jsonl", strings.NewReader(lines)) }
	}
	const version = `{"type":"version","version":1}` + "\n"
	ircOf := func(name, lines string) func(*Collector) error {
		return func(c *Collector) error {
			return NewIRC(c, time.UTC, "", "").File(name, strings.NewReader(lines))
		}
	}
	for name, c := range map[string]struct {
		run  func(*Collector) error
		want string
	}{
		"no Slack export": {func(c *Collector) error { return Slack(c, fstest.MapFS{"a.txt": {}}) }, "channels.json is missing"},
		"no users":        {func(c *Collector) error { return Slack(c, fstest.MapFS{"channels.json": {Data: []byte(`[]`)}}) }, "users.json is missing"},
		"a channel outside": {func(c *Collector) error {
			return Slack(c, fstest.MapFS{"users.json": {Data: []byte(`[]`)}, "channels.json": {Data: []byte(`[{"id":"C1","name":"../x"}]`)}})
		}, "channels.json, line 1: the channel's name"},
		"a Slack day that is cut":    {slackOf("[\n{\"ts\":\"1.0\"},\n{"), "general/2024-03-01.json, line 3: the file ends within the array"},
		"a Slack day that is text":   {slackOf("hello"), "general/2024-03-01.json, line 1: it is no JSON array"},
		"a Slack message of numbers": {slackOf("[\n\n{\"ts\":1}]"), "general/2024-03-01.json, line 3: json: cannot unmarshal"},
		"a Slack message at no time": {slackOf("[{\"text\":\"x\",\"ts\":\"soon\"}]"), `general/2024-03-01.json, line 1: "ts" is "soon"`},
		"no comma":                   {slackOf("[{\"ts\":\"1.0\"}\n{}]"), "line 1: "},
		"no Mattermost export":       {mattermostOf(`{"type":"post"}`), "import.jsonl, line 1: it is no Mattermost bulk export"},
		"no JSON Lines":              {mattermostOf("hello"), "import.jsonl, line 1: it is no line of a Mattermost bulk export"},
		"an empty file":              {mattermostOf(""), "import.jsonl: it is empty"},
		"another version":            {mattermostOf(`{"type":"version","version":2}`), "line 1: the export has version 2"},
		"a post at no time":          {mattermostOf(version + `{"type":"post","post":{"team":"a","channel":"b","user":"c","message":"x"}}`), `line 2: "create_at" is 0`},
		"a reply of nobody":          {mattermostOf(version + `{"type":"post","post":{"team":"a","channel":"b","user":"c","message":"x","create_at":5,"replies":[{"message":"x","create_at":6}]}}`), `line 2: "user" is missing`},
		"replies that are none":      {mattermostOf(version + `{"type":"post","post":{"team":"a","channel":"b","user":"c","message":"x","create_at":5,"replies":{}}}`), `line 2: it is no JSON array`},
		"no log":                     {ircOf("#snug.log", "\nhello"), "#snug.log, line 2: it is no line of"},
		"a log of an unknown day":    {ircOf("#snug.log", "12:30 <ada> hi"), "#snug.log, line 1: the day isn't known"},
		"a day that there isn't":     {ircOf("#snug.log", "--- Day changed Sun Feb 31 2024"), "#snug.log, line 1: the day can't be read"},
		"a time that there isn't":    {ircOf("#snug.2024-03-01.log", "[12:30:00] <ada> hi\n[25:61:00] <ada> hi"), "line 2: parsing time"},
	} {
		t.Run(name, func(t *testing.T) {
			collector, err := NewCollector(t.Context(), t.TempDir(), Options{MaxChars: 4000})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = collector.Close() }() // the error is not the subject
			if err := c.run(collector); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestNamesOfLogs(t *testing.T) {
	march := ircDay{2024, time.March, 1}
	for name, want := range map[string]ircName{
		"irc.libera.#snug.weechatlog":            {"libera", "#snug", ircDay{}},
		"logs/libera/#snug.log":                  {"", "#snug", ircDay{}},
		"#snug/2024-03-01.log":                   {"", "#snug", march},
		"/home/ada/#snug/2024-03-01.log":         {"", "#snug", march},
		"libera_#snug_20240301.log":              {"libera", "#snug", march},
		"#snug.2024-03-01.log":                   {"", "#snug", march},
		"#snug/2024-03.log":                      {"", "#snug", ircDay{}},
		"snug.txt":                               {"", "snug", ircDay{}},
		"#snug-20241399.log":                     {"", "#snug-20241399", ircDay{}},
		"irc.freenode.##c.2024-03-01.weechatlog": {"freenode", "##c", march},
	} {
		if got := ircNamed(name); got != want {
			t.Errorf("%s is %+v, want %+v", name, got, want)
		}
	}
}

// Two networks may have a channel of the same name: that isn't guessed.
func TestLogsOfTwoDirectoriesAreRefused(t *testing.T) {
	c, err := NewCollector(t.Context(), t.TempDir(), Options{MaxChars: 4000})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }() // the error is not the subject
	line := "[12:30:00] <ada> hi"
	logs := NewIRC(c, time.UTC, "", "")
	if err := logs.File("libera/#snug.2024-03-01.log", strings.NewReader(line)); err != nil {
		t.Fatal(err)
	}
	if err := logs.File("oftc/#snug.2024-03-01.log", strings.NewReader(line)); err == nil || !strings.Contains(err.Error(), "--network") {
		t.Errorf("the error is %v", err)
	}
}

// The hour that comes twice in autumn, and a clock that is set back, leave lines in their order.
func TestTimesOfLogsDontRunBack(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	f := &ircFile{irc: NewIRC(nil, berlin, "", "")}
	for _, c := range [][2]string{
		{"2024-10-27 01:59:59", "2024-10-26T23:59:59Z"},
		{"2024-10-27 02:30:00", "2024-10-27T00:30:00Z"},
		{"2024-10-27 02:00:00", "2024-10-27T01:00:00Z"},
		{"2024-10-27 02:59:00", "2024-10-27T01:59:00Z"},
		{"2024-10-27 03:00:00", "2024-10-27T02:00:00Z"},
	} {
		at, err := f.time(c[0], "")
		if err != nil || at.UTC().Format(time.RFC3339) != c[1] {
			t.Errorf("%s is %v, %v, want %s", c[0], at.UTC(), err, c[1])
		}
		f.last = at
	}
}

// A conversion ends when its context does, also where nothing is converted.
func TestConversionsEndWithTheirContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	c, err := NewCollector(ctx, t.TempDir(), Options{MaxChars: 4000})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }() // the error is not the subject
	stop := errors.New("stop")
	cancel(stop)
	in := &endless{t: t, again: "[12:00:00] *** Joins: ada\n", enough: 1 << 20}
	if err := NewIRC(c, time.UTC, "", "").File("#snug.2024-03-01.log", in); !errors.Is(err, stop) {
		t.Errorf("the error is %v", err)
	}
}
