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
	var c *caser
	for _, r := range s {
		t.runes, t.at = append(t.runes, r), append(t.at, len(t.text))
		switch {
		case 'A' <= r && r <= 'Z':
			t.text = append(t.text, byte(r)+'a'-'A')
		case r < utf8.RuneSelf, !hasCase(r):
			t.text = utf8.AppendRune(t.text, r)
		case isSimple(r):
			t.text = utf8.AppendRune(t.text, unicode.ToLower(unicode.ToUpper(r)))
		default:
			if c == nil {
				c = &caser{upper: cases.Upper(language.Und), lower: cases.Lower(language.Und)}
			}
			t.text = c.append(t.text, r)
		}
	}
	t.at = append(t.at, len(t.text))
	return t
}

// hasCase reports whether a character that isn't ASCII may have another case.
func hasCase(r rune) bool {
	if unicode.IsLetter(r) {
		return !unicode.Is(unicode.Lo, r)
	}
	return unicode.SimpleFold(r) != r
}

// isSimple reports whether a letter is one of Latin, Greek or Cyrillic whose other case is one
// character, too. There are more such letters, but these are in everyday use.
func isSimple(r rune) bool {
	switch r {
	case 'ß', 'İ', 'ŉ', 'ǰ', 'ΐ', 'ΰ':
		return false
	}
	return r < 0x250 || 0x370 <= r && r < 0x530
}

// caser makes characters lower case.
type caser struct {
	upper, lower cases.Caser
	a, b         [32]byte // the longest form of a character has six bytes
}

// append appends a character in lower case. It makes it upper case first: that has ß as SS,
// and both forms of σ as Σ.
func (c *caser) append(dst []byte, r rune) []byte {
	n := utf8.EncodeRune(c.a[:], r)
	n, _, _ = c.upper.Transform(c.b[:], c.a[:n], true)
	n, _, _ = c.lower.Transform(c.a[:], c.b[:n], true)
	return norm.NFC.Append(dst, c.a[:n]...)
}
