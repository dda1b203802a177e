package search

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"snug/protocol"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func TestQueries(t *testing.T) {
	for text, want := range map[string]Query{
		"":                           {},
		" \t\n":                      {},
		`""`:                         {},
		`"`:                          {},
		"Tea POT":                    {Terms: []string{"tea", "pot"}},
		`"Green  Tea" cup`:           {Terms: []string{"green tea", "cup"}},
		`"green tea`:                 {Terms: []string{"green tea"}},
		`a"b c"`:                     {Terms: []string{`a"b`, `c"`}},
		"tea tea TEA":                {Terms: []string{"tea"}},
		"from:Ada from:ada":          {From: []string{"ada"}},
		`from:"client 1" x`:          {From: []string{"client 1"}, Terms: []string{"x"}},
		"FROM:ada Has:LINK has:file": {From: []string{"ada"}, Link: true, File: true},
		"before:2026-01-31":          {Before: day("2026-01-31")},
		"after:2026-01-31":           {After: day("2026-02-01")},
		"before:2026-02-31":          {Terms: []string{"before:2026-02-31"}},
		"before:lunch":               {Terms: []string{"before:lunch"}},
		`has:"a cat"`:                {Terms: []string{"has:", "a cat"}},
		"from:":                      {Terms: []string{"from:"}},
		"https://a.example x:y":      {Terms: []string{"https://a.example", "x:y"}},
		"before:2026-01-02 before:2026-01-01 after:2020-01-01 after:2019-01-01": {Before: day("2026-01-01"), After: day("2020-01-02")},
		"Ünïcödé ﬁ ＡＢ":           {Terms: []string{"unicode", "fi", "ab"}},
		"\uE000\u200B\u0301\x00": {},
	} {
		got, err := Parse(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q means %+v, %v; want %+v", text, got, err, want)
		}
	}
	var refused *protocol.Error
	if _, err := Parse(strings.Repeat("茶", protocol.MaxQueryChars+1)); !errors.As(err, &refused) || refused.Code != protocol.TooLong {
		t.Errorf("a long one: %v", err)
	}
	if _, err := Parse(strings.Repeat("茶", protocol.MaxQueryChars)); err != nil {
		t.Errorf("one that isn't too long: %v", err)
	}
}

// checkExpression checks that FTS5 gets nothing of a query but a bounded number of quoted parts
// of three characters.
func checkExpression(t *testing.T, q *Query) {
	t.Helper()
	outside, parts := "", 0
	for rest := q.expression(); rest != ""; {
		before, after, quoted := strings.Cut(rest, `"`)
		outside += before
		if rest = after; !quoted {
			break
		}
		n := 0
		for ; rest != "" && (rest[0] != '"' || strings.HasPrefix(rest, `""`)); n++ {
			_, size := utf8.DecodeRuneInString(rest)
			if rest[0] == '"' {
				size = 2
			}
			rest = rest[size:]
		}
		if rest = strings.TrimPrefix(rest, `"`); n != gramChars {
			t.Errorf("%+v asks for a part of %d characters: %s", q, n, q.expression())
		}
		parts++
	}
	if left := strings.NewReplacer(" AND ", "", " OR ", "", "(", "", ")", "").Replace(outside); left != "" || parts > 2*maxGrams+2 {
		t.Errorf("%+v asks for %d parts: %s", q, parts, q.expression())
	}
}

// Any text is a query, which the index can answer, and a message with the words is found.
func FuzzQuery(f *testing.F) {
	for _, text := range []string{"", "tea", `"green tea" from:ada before:2026-01-31 has:link`, `""" AND (`, "from:\"", "a\x00b", "\xff\xfe", "İıſẞß", "が가각", "北京", strings.Repeat("ab ", 85), "NEAR(a b)", "\uE000\uF8FF"} {
		f.Add(text, "a message: "+text)
	}
	b := open(f)
	b.say("room", "the file has something")
	b.indexed("room")
	log := b.log("room")
	f.Fuzz(func(t *testing.T, text, content string) {
		if folded := fold(content); fold(folded) != folded {
			t.Errorf("%q is %q, and then %q", content, folded, fold(folded))
		}
		q, err := Parse(text)
		if err != nil {
			var refused *protocol.Error
			if utf8.RuneCountInString(text) <= protocol.MaxQueryChars || !errors.As(err, &refused) || refused.Code != protocol.TooLong {
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		checkExpression(t, &q)
		if _, err := b.Search(t.Context(), log, q, protocol.MaxSeq, 5); err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		// What matches has all parts that the index is asked for.
		d := document{text: fold(content), from: []string{fold("Ada")}}
		d.links = hasLink(d.text)
		if q.matches(&d) {
			has := make(map[string]bool)
			for _, g := range append(grams(d.text, len(d.text)), grams(d.marks(), 100)...) {
				has[g] = true
			}
			for _, term := range q.Terms {
				for _, g := range grams(term, maxGrams) {
					if !has[g] {
						t.Errorf("%q matches %q, whose text lacks %q", text, content, g)
					}
				}
			}
		}
	})
}
