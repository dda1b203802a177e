// Package mention finds the members that a message mentions: an @ and a nick, as a word.
// It reads a text as the page does, which finds the same nicks with web/src/mentions.ts;
// testdata/cases.json has what both are tested with.
package mention

import (
	"slices"
	"strings"

	"snug/internal/autolink"
)

const (
	// maxNickChars is how many characters after an @ may be a nick.
	maxNickChars = 32
	// maxTried is after how many signs of @ the rest is no longer read.
	maxTried = 256
)

// Named returns the members who go by a nick, by its [Fold]; nil for none. It must not keep
// or change the folded nick.
type Named func(folded []byte) []string

// Find returns the members that content mentions, each once, in the order in which they
// are mentioned, at most so many. Of nicks that begin alike the longest one counts. What is in
// code, in a link or in a quote mentions nobody. It takes bounded time: a few milliseconds at
// most for a few thousand characters, and in proportion to their number for more.
func Find(content string, named Named, most int) []string {
	if !strings.Contains(content, "@") {
		return nil
	}
	f := finder{named: named, most: most}
	for _, text := range texts(content) {
		if f.read(text); len(f.found) >= most {
			return f.found[:most]
		}
	}
	return f.found
}

type finder struct {
	named Named
	most  int
	found []string
	tried int
}

// read looks for mentions in a piece of text without line ends and marks.
func (f *finder) read(text string) {
	if !strings.Contains(text, "@") {
		return
	}
	chars := fold(text)
	for i := 0; i < len(chars.runes) && len(f.found) < f.most && f.tried < maxTried; i++ {
		if chars.runes[i] != '@' || i > 0 && autolink.IsWordCharacter(chars.runes[i-1]) { // as in a mail address
			continue
		}
		f.tried++
		members, length := f.longest(chars, i+1)
		i += length
		for _, m := range members {
			if !slices.Contains(f.found, m) {
				f.found = append(f.found, m)
			}
		}
	}
}

// longest returns the members with the longest nick that begins at an index, and how many
// characters it has.
func (f *finder) longest(t folded, begin int) (members []string, length int) {
	if begin == len(t.runes) || t.runes[begin] == '@' || t.runes[begin] == ' ' {
		return nil, 0 // no nick begins so
	}
	for end := min(begin+maxNickChars, len(t.runes)); end > begin; end-- {
		if !t.endsNick(end) {
			continue
		}
		if found := f.named(t.text[t.at[begin]:t.at[end]]); found != nil {
			return found, end - begin
		}
	}
	return nil, 0
}

// endsNick reports whether a nick may end before an index: not within a word, and not before
// a dot or hyphen within one, as in @a.b.
func (t *folded) endsNick(end int) bool {
	if !autolink.IsWordCharacter(t.runes[end-1]) {
		return true
	}
	if end < len(t.runes) && (t.runes[end] == '.' || t.runes[end] == '-') {
		end++
	}
	return end == len(t.runes) || !autolink.IsWordCharacter(t.runes[end])
}
