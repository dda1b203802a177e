package room

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"snug/internal/room/lookalike"
	"snug/protocol"
)

// Nick is a nick as it is shown and as it is compared: two nicks that look alike have the
// same key. The zero Nick is nobody's.
type Nick struct {
	Shown string
	key   string
}

// Key is what nicks are compared by: the skeleton of the nick (UTS #39) after the PRECIS
// Nickname profile (RFC 8266, section 2). It is not stored, but nodes lease nicks by it.
func (n Nick) Key() string { return n.key }

// maxMarks is how many combining marks may follow one another: more than any script
// needs, and too few to reach into other lines.
const maxMarks = 4

// manyMarks reports whether more than maxMarks combining marks follow one another.
func manyMarks(s string) bool {
	marks := 0
	for _, r := range s {
		if !unicode.Is(unicode.M, r) {
			marks = 0
		} else if marks++; marks > maxMarks {
			return true
		}
	}
	return false
}

// ParseNick returns s as a nick. It refuses what can't be seen, what can't be told from
// another word, and what looks like a badge or the name of a role. The error is a
// [*protocol.Error].
func ParseNick(s string) (Nick, error) {
	if s == "" {
		return Nick{}, protocol.Errorf(protocol.BadField, "the nick is missing: it has 1 to %d characters that can be seen", protocol.MaxNickChars)
	}
	n, err := comparableNick(s)
	if err != nil {
		return Nick{}, err
	}
	switch {
	case manyMarks(n.Shown):
		return Nick{}, protocol.Errorf(protocol.BadField, "not a nick: it has more than %d combining marks in a row", maxMarks)
	case lookalike.Blank(s), lookalike.Blank(n.Shown):
		return Nick{}, protocol.Errorf(protocol.BadField, "not a nick: it has a character that can't be seen")
	case lookalike.MixedScripts(n.Shown):
		return Nick{}, protocol.Errorf(protocol.BadField, "not a nick: a word of it has letters of several scripts, which look alike")
	case lookalike.Badge(s), lookalike.Badge(n.Shown):
		return Nick{}, protocol.Errorf(protocol.BadField, "not a nick: %q has a sign that looks like a badge", n.Shown)
	case lookalike.Official(n.Shown):
		return Nick{}, protocol.Errorf(protocol.BadField, "not a nick: %q would be taken for somebody who runs the server", n.Shown)
	}
	return n, nil
}

// AcceptedNick returns as a nick what another node has accepted as one. A node of another
// version may have other rules, so AcceptedNick checks only what comparing needs. The
// error is a [*protocol.Error].
func AcceptedNick(s string) (Nick, error) { return comparableNick(s) }

// comparableNick returns s as a nick if it has the right length and can be compared with
// others.
func comparableNick(s string) (Nick, error) {
	if len(s) > maxNameBytes {
		return Nick{}, longNick()
	}
	shown, err := precis.Nickname.String(s)
	if err != nil || shown == "" {
		return Nick{}, protocol.Errorf(protocol.BadField, "not a nick: it has 1 to %d characters that can be seen", protocol.MaxNickChars)
	}
	if utf8.RuneCountInString(shown) > protocol.MaxNickChars {
		return Nick{}, longNick()
	}
	folded, err := precis.Nickname.CompareKey(shown)
	if err != nil {
		return Nick{}, protocol.Errorf(protocol.BadField, "not a nick: it can't be compared with others")
	}
	return Nick{Shown: shown, key: lookalike.Skeleton(folded)}, nil
}

// FitNick returns a name as a nick, cut to the length that nicks may have. The error is a
// [*protocol.Error].
func FitNick(name string) (Nick, error) {
	runes := []rune(name)
	return ParseNick(string(runes[:min(len(runes), protocol.MaxNickChars)]))
}

func longNick() error {
	return protocol.Errorf(protocol.TooLong, "the nick is too long: at most %d characters", protocol.MaxNickChars)
}

// with returns the nick with a suffix of digits after a hyphen. It cuts
// the nick to the length that nicks may have, or further where it would be no nick: some
// characters may only stand between certain others.
func (n Nick) with(suffix string) Nick {
	runes := []rune(n.Shown)
	for length := min(len(runes), protocol.MaxNickChars-len(suffix)); length > 0; length-- {
		if cut, err := ParseNick(string(runes[:length]) + suffix); err == nil {
			return cut
		}
	}
	cut, _ := comparableNick(suffix) // it has nothing that PRECIS refuses
	return cut
}
