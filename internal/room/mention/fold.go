package mention

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/language"
	"golang.org/x/text/unicode/norm"
)

// Fold returns a nick as mentions are compared: without the differences of case and of
// Unicode's composition. Other differences count, unlike those between two nicks in a room.
func Fold(nick string) string {
	if isFolded(nick) {
		return nick
	}
	return string(fold(nick).text)
}

// isFolded reports whether a nick is its own fold, if that can be seen without comparing.
func isFolded(nick string) bool {
	for _, c := range []byte(nick) {
		if c >= utf8.RuneSelf || 'A' <= c && c <= 'Z' {
			return false
		}
	}
	return true
}

// folded is a text that can be compared, and the characters that it comes from.
type folded struct {
	runes []rune // in NFC
	text  []byte
	at    []int // where the text of each character begins; last, the text's end
}

func fold(s string) folded {
	s = norm.NFC.String(s)
	n := utf8.RuneCountInString(s)
	t := folded{make([]rune, 0, n), make([]byte, 0, len(s)), make([]int, 0, n+1)}
	upper, lower := cases.Upper(language.Und), cases.Lower(language.Und)
	for _, r := range s {
		t.runes, t.at = append(t.runes, r), append(t.at, len(t.text))
		switch {
		case 'A' <= r && r <= 'Z':
			t.text = append(t.text, byte(r)+'a'-'A')
		case r < utf8.RuneSelf, unicode.Is(unicode.Lo, r): // it has no case
			t.text = utf8.AppendRune(t.text, r)
		default: // to upper case first: it has ß as SS, and both forms of σ as Σ
			t.text = norm.NFC.AppendString(t.text, lower.String(upper.String(string(r))))
		}
	}
	t.at = append(t.at, len(t.text))
	return t
}
