package room

import (
	"slices"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"snug/protocol"
)

// Code is a room code in its canonical form: two codes that a person would take
// for one are equal. The zero Code is no room's.
type Code string

// namesAtMost bounds what is looked at of a name, in bytes: longer than any
// allowed name in any form.
const namesAtMost = 1024

// ParseCode returns the canonical form of a room code by the PRECIS
// UsernameCaseMapped profile (RFC 8265, section 3.3). The error is a
// [*protocol.Error].
func ParseCode(s string) (Code, error) {
	if s == "" {
		return "", protocol.Errorf(protocol.BadField, "the room code is missing: add ?roomCode=CODE to the address")
	}
	code, err := "", error(nil)
	if len(s) <= namesAtMost {
		code, err = precis.UsernameCaseMapped.String(s)
	}
	if err != nil || code == "" || utf8.RuneCountInString(code) > protocol.MaxCodeChars {
		return "", badCode()
	}
	for i, r := range code {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r):
		case i > 0 && (r == '-' || r == '_' || r == '.'):
		default:
			return "", badCode()
		}
	}
	return Code(code), nil
}

func badCode() error {
	return protocol.Errorf(protocol.BadField, "not a room code: it has 1 to %d letters, digits, - _ and ., beginning with a letter or digit", protocol.MaxCodeChars)
}

// Nick is a nick as it is shown and as it is compared: two nicks that look the
// same have one key (PRECIS Nickname profile, RFC 8266, section 2).
type Nick struct {
	Shown string
	key   string
}

// Key is what nicks are compared by.
func (n Nick) Key() string { return n.key }

// marksInARow is how many combining marks may follow one another: more than any
// script needs, fewer than climb out of a line.
const marksInARow = 4

// ParseNick returns s as a nick. The error is a [*protocol.Error].
func ParseNick(s string) (Nick, error) {
	if len(s) > namesAtMost {
		return Nick{}, longNick()
	}
	shown, err := precis.Nickname.String(s)
	if err != nil || shown == "" {
		return Nick{}, protocol.Errorf(protocol.BadField, "not a nick: it has 1 to %d characters that can be seen", protocol.MaxNickChars)
	}
	if utf8.RuneCountInString(shown) > protocol.MaxNickChars {
		return Nick{}, longNick()
	}
	marks := 0
	for _, r := range shown {
		if !unicode.Is(unicode.M, r) {
			marks = 0
		} else if marks++; marks > marksInARow {
			return Nick{}, protocol.Errorf(protocol.BadField, "not a nick: it has at most %d combining marks in a row", marksInARow)
		}
	}
	if looksAlike(shown) {
		return Nick{}, protocol.Errorf(protocol.BadField, "not a nick: a word of it is in letters of more than one script, which look alike")
	}
	key, err := precis.Nickname.CompareKey(shown)
	if err != nil {
		return Nick{}, protocol.Errorf(protocol.BadField, "not a nick: it can't be compared with others")
	}
	if slices.Contains(reserved, key) {
		return Nick{}, protocol.Errorf(protocol.BadField, "not a nick: %q would be taken for somebody who runs the server", shown)
	}
	return Nick{Shown: shown, key: key}, nil
}

// reserved are nicks that are nobody's: Nick.key of them.
var reserved = []string{"admin", "administrator", "moderator", "operator", "owner", "server", "system"}

// looksAlike reports whether a word of s mixes the scripts whose letters look like
// one another's: then it is most likely meant to look like another word.
func looksAlike(s string) bool {
	var word *unicode.RangeTable
	for _, r := range s {
		if !unicode.In(r, unicode.L, unicode.M) {
			word = nil
		}
		for _, script := range []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic} {
			if !unicode.Is(script, r) {
				continue
			}
			if word != nil && word != script {
				return true
			}
			word = script
		}
	}
	return false
}

// FitNick returns a name as a nick, cut to the length that nicks may have. The
// error is a [*protocol.Error].
func FitNick(name string) (Nick, error) {
	runes := []rune(name)
	return ParseNick(string(runes[:min(len(runes), protocol.MaxNickChars)]))
}

func longNick() error {
	return protocol.Errorf(protocol.TooLong, "the nick is too long: at most %d characters", protocol.MaxNickChars)
}

// with returns the nick with a suffix of ASCII letters and digits after a
// hyphen, cut to the length that nicks may have, or shorter where it would be no
// nick: some signs may only stand between certain others.
func (n Nick) with(suffix string) Nick {
	runes := []rune(n.Shown)
	for keep := min(len(runes), protocol.MaxNickChars-len(suffix)); ; keep-- {
		if cut, err := ParseNick(string(runes[:keep]) + suffix); err == nil {
			return cut
		}
	}
}
