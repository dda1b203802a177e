package mention

import (
	"encoding/json"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"snug/internal/markdown"
)

// named returns nicks as members of the same name.
func named(nicks ...string) Named {
	byFold := make(map[string][]string)
	for _, nick := range nicks {
		byFold[Fold(nick)] = append(byFold[Fold(nick)], nick)
	}
	return func(folded []byte) []string { return byFold[string(folded)] }
}

// The page's tests read the same cases: web/src/mentions.test.ts.
func TestMentionsAreThoseOfThePage(t *testing.T) {
	var cases []struct {
		Text            string
		Nicks, Mentions []string
	}
	read, err := os.ReadFile("testdata/cases.json")
	if err == nil {
		err = json.Unmarshal(read, &cases)
	}
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases: ", err)
	}
	for _, c := range cases {
		if got := Find(c.Text, named(c.Nicks...), 50); !slices.Equal(got, c.Mentions) {
			t.Errorf("%q mentions %q of %q, want %q", c.Text, got, c.Nicks, c.Mentions)
		}
	}
}

// The page's tests read the same cases, too.
func TestAMentionIsWrittenSoThatItIsFound(t *testing.T) {
	var cases []struct{ Nick, Mention string }
	read, err := os.ReadFile("testdata/written.json")
	if err == nil {
		err = json.Unmarshal(read, &cases)
	}
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases: ", err)
	}
	for _, c := range cases {
		if got := "@" + markdown.Escape(c.Nick); got != c.Mention {
			t.Errorf("%q is mentioned as %q, want %q", c.Nick, got, c.Mention)
		}
		content := "*" + c.Mention + "* and " + c.Mention + " _so_ `x`"
		if got := Find(content, named(c.Nick), 50); !slices.Equal(got, []string{c.Nick}) {
			t.Errorf("%q mentions %q, want %q", content, got, c.Nick)
		}
	}
}

func TestMentionsAreBounded(t *testing.T) {
	var content strings.Builder
	var nicks []string
	for i := range 60 {
		nicks = append(nicks, "n"+strconv.Itoa(i))
		content.WriteString(" @" + nicks[i])
	}
	if got := Find(content.String(), named(nicks...), 50); !slices.Equal(got, nicks[:50]) {
		t.Errorf("%d members are mentioned: %q", len(got), got)
	}
}

func TestALongTextIsReadWithoutMarkdown(t *testing.T) {
	long := "`@ann` https://x.example/@bob " + strings.Repeat("x", markdown.Longest) + "\n> @cid"
	if got := Find(long, named("ann", "bob", "cid"), 50); !slices.Equal(got, []string{"ann", "cid"}) {
		t.Errorf("got %q", got)
	}
}

func TestEveryMemberOfANickIsMentioned(t *testing.T) {
	if got := Find("@STRASSE", named("straße", "strasse"), 50); !slices.Equal(got, []string{"straße", "strasse"}) {
		t.Errorf("got %q", got)
	}
}

// worst are contents that are expensive to read.
func worst() map[string]string {
	const chars = 4000
	fill := func(s string) string { return strings.Repeat(s, chars/len([]rune(s))) }
	return map[string]string{
		"signs":       fill("@"),
		"short nicks": fill("@小"),
		"letters":     fill("@é "),
		"words":       fill("@a b "),
		"brackets":    fill("[@"),
		"closed":      fill("[@") + "]",
		"links":       fill("[@a](b)"),
		"emphasis":    fill("*@a_ "),
		"emphasis 2":  fill("_@a __b* "),
		"stars":       fill("*") + "@",
		"ticks":       ticks(chars),
		"quotes":      fill(">") + "@",
		"lists":       fill("- ") + "@",
		"lists 2":     fill("* @\n"),
		"addresses":   fill("http://@"),
		"addresses 2": fill("http://x/([@"),
		"escapes":     fill("\\@"),
		"lines":       strings.Repeat("[\n", chars/4) + strings.Repeat("]\n", chars/4) + "@",
		"half links":  fill("]([" + "@"),
		"long":        strings.Repeat("@小[", 100_000),
	}
}

// ticks are code spans that don't end.
func ticks(chars int) string {
	var b strings.Builder
	for n := 1; b.Len() < chars; n++ {
		b.WriteString(strings.Repeat("`", n) + "@ ")
	}
	return b.String()
}

func TestNicksAreAskedForABoundedNumberOfTimes(t *testing.T) {
	for name, content := range worst() {
		asked := 0
		Find(content, func([]byte) []string { asked++; return nil }, 50)
		if asked > maxTried*maxNickChars {
			t.Errorf("%s: %d nicks are asked for", name, asked)
		}
	}
}

func TestManyBracketsHideNoMention(t *testing.T) {
	content := strings.Repeat("[a](b) ", 200) + "@ann"
	if got := Find(content, named("ann"), 50); !slices.Equal(got, []string{"ann"}) {
		t.Errorf("got %q", got)
	}
}

func FuzzFind(f *testing.F) {
	for _, content := range worst() {
		f.Add(content[:min(len(content), 200)])
	}
	f.Add("hi @ann, _@bob_ `@cid`\n> @ann")
	members := named("ann", "bob", "cid", "小", "a b", "a_b")
	f.Fuzz(func(t *testing.T, content string) {
		found := Find(content, members, 2)
		if len(found) > 2 {
			t.Errorf("%q mentions %q: more than 2", content, found)
		}
		if len(found) > 0 && !strings.Contains(content, "@") {
			t.Errorf("%q mentions %q without an @", content, found)
		}
		if quoted := Find("```\n"+strings.ReplaceAll(content, "`", "")+"\n```", members, 2); len(quoted) > 0 {
			t.Errorf("%q in code mentions %q", content, quoted)
		}
	})
}

func BenchmarkFind(b *testing.B) {
	contents := worst()
	contents["nobody"] = strings.Repeat("x", 64)
	contents["one"] = "hello @ann, do you have time for **this**?"
	var nicks []string
	for i := range 10_000 {
		nicks = append(nicks, "member "+strconv.Itoa(i))
	}
	members := named(append(nicks, "ann")...)
	for name, content := range contents {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Find(content, members, 50)
			}
		})
	}
}
