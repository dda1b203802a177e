package search

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"snug/protocol"
)

// Query is what somebody wants to find. A message matches if it has everything. The zero
// Query finds nothing.
type Query struct {
	Terms  []string  // parts of the text, as fold returns them
	From   []string  // nicks, as fold returns them; a message matches if it is from any of them
	Before time.Time // messages of an earlier time; zero for any
	After  time.Time // messages of this time or a later one; zero for any
	Link   bool      // messages with a link
	File   bool      // messages with a file
}

// Parse reads a query. Any text is a query: words and "phrases", which a message must have
// all of; from:NICK or from:"NICK"; before:DATE and after:DATE, with dates such as
// 2026-01-31, in UTC; has:link and has:file. Of what looks like one of these and isn't, the
// text is searched for. The error, a [*protocol.Error], says that text is too long.
func Parse(text string) (Query, error) {
	var q Query
	if n := utf8.RuneCountInString(text); n > protocol.MaxQueryChars {
		return q, protocol.Errorf(protocol.TooLong, `"q" has %d characters: at most %d`, n, protocol.MaxQueryChars)
	}
	for rest := text; rest != ""; {
		rest = strings.TrimLeftFunc(rest, unicode.IsSpace)
		var key, value string
		var quoted bool
		key, value, quoted, rest = next(rest)
		if key == "" || !q.restrict(strings.ToLower(key), value) {
			if key != "" && quoted { // a quoted value is a phrase of its own
				q.addTerm(key + ":")
			} else if key != "" {
				value = key + ":" + value
			}
			q.addTerm(value)
		}
	}
	return q, nil
}

// keys are the words before a colon that mean something.
var keys = []string{"from", "before", "after", "has"}

// next returns the first part of a query: a word, a phrase in quotes, or either of them after
// a key and a colon. A phrase that isn't closed goes to the end.
func next(s string) (key, value string, quoted bool, rest string) {
	if k, after, found := strings.Cut(s, ":"); found && slices.Contains(keys, strings.ToLower(k)) {
		key, s = k, after
	}
	if after, found := strings.CutPrefix(s, `"`); found {
		value, rest, _ = strings.Cut(after, `"`)
		return key, value, true, rest
	}
	end := strings.IndexFunc(s, unicode.IsSpace)
	if end < 0 {
		end = len(s)
	}
	return key, s[:end], false, s[end:]
}

// restrict adds what stands after a key. It reports whether that means something.
func (q *Query) restrict(key, value string) bool {
	switch key {
	case "from":
		nick := fold(value)
		if nick != "" && !slices.Contains(q.From, nick) {
			q.From = append(q.From, nick)
		}
		return nick != ""
	case "before", "after":
		day, err := time.Parse(time.DateOnly, value)
		switch {
		case err != nil:
			return false
		case key == "before" && (q.Before.IsZero() || day.Before(q.Before)):
			q.Before = day
		case key == "after" && !day.AddDate(0, 0, 1).Before(q.After):
			q.After = day.AddDate(0, 0, 1)
		}
		return true
	}
	switch strings.ToLower(value) {
	case "link":
		q.Link = true
	case "file":
		q.File = true
	default:
		return false
	}
	return true
}

func (q *Query) addTerm(text string) {
	if t := fold(text); t != "" && !slices.Contains(q.Terms, t) {
		q.Terms = append(q.Terms, t)
	}
}

// empty reports whether the query finds nothing.
func (q *Query) empty() bool {
	return len(q.Terms) == 0 && len(q.From) == 0 && q.Before.IsZero() && q.After.IsZero() && !q.Link && !q.File
}

const (
	// gramChars is how many characters the index knows texts by: parts of that length.
	gramChars = 3
	// maxGrams is how many parts of a query are looked up. What isn't, is compared.
	maxGrams = 24
)

// expression returns the query for FTS5: parts that a message must have which matches. It is
// empty if the index can't help. Each part is in quotes, and has none in it, so nothing that
// people write is part of FTS5's language.
func (q *Query) expression() string {
	var all []string
	for _, t := range q.Terms {
		all = append(all, grams(t, max(2, maxGrams/len(q.Terms)))...)
	}
	all = all[:min(len(all), maxGrams)]
	if q.Link {
		all = append(all, linkMark)
	}
	if q.File {
		all = append(all, fileMark)
	}
	for i, g := range all {
		all[i] = quote(g)
	}
	if len(q.From) > 0 {
		var nicks []string
		for _, nick := range q.From[:min(len(q.From), maxGrams)] {
			nicks = append(nicks, quote(nickMark(nick)))
		}
		all = append(all, "("+strings.Join(nicks, " OR ")+")")
	}
	return strings.Join(all, " AND ")
}

// quote returns a string of FTS5 (SQLite, "FTS5 Strings").
func quote(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// grams returns parts of t that have gramChars characters, at most so many and spread over
// all of t; none if it is shorter.
func grams(t string, most int) []string {
	chars := []rune(t)
	last := len(chars) - gramChars // where the last one begins
	if last < 0 {
		return nil
	}
	var all []string
	n := min(most, last+1)
	for i := range n {
		at := 0
		if n > 1 {
			at = i * last / (n - 1)
		}
		if g := string(chars[at : at+gramChars]); !slices.Contains(all, g) {
			all = append(all, g)
		}
	}
	return all
}
