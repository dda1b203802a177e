package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold returns s as it is compared: without regard to case, to accents and to forms of the
// same character (ﬁ and fi, Ａ and A, full and half width). Runs of spaces become one space.
// Two texts that a person takes for the same word are the same after fold. It leaves out
// what can't be seen, and the characters that marks consist of.
func fold(s string) string {
	if folded, ok := foldASCII(s); ok {
		return folded
	}
	var b strings.Builder
	b.Grow(len(s))
	space := true // also at the beginning
	for _, r := range norm.NFKD.String(cases.Fold().String(s)) {
		switch {
		case unicode.IsSpace(r):
			if !space {
				b.WriteByte(' ')
			}
			space = true
		case accent(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Variation_Selector, r), r >= firstMark && r <= lastMark, r == utf8.RuneError, unicode.IsControl(r):
		default:
			b.WriteRune(r)
			space = false
		}
	}
	// Folding again makes it stable: a decomposition may have brought capitals.
	return norm.NFC.String(cases.Fold().String(strings.TrimSuffix(b.String(), " ")))
}

// accent reports whether r is an accent that people leave out when they type: those of
// Latin, Greek and Cyrillic, and the vowel points of Hebrew and Arabic. The marks of other
// scripts make another letter or syllable.
func accent(r rune) bool {
	return r >= 0x300 && r <= 0x36F || r >= 0x591 && r <= 0x5C7 && unicode.Is(unicode.Mn, r) || r >= 0x64B && r <= 0x65F || r == 0x670
}

// foldASCII is fold for ASCII, which nearly all messages of many rooms are.
func foldASCII(s string) (folded string, ok bool) {
	b := make([]byte, 0, len(s))
	for i := range len(s) {
		switch c := s[i]; {
		case c >= utf8.RuneSelf:
			return "", false
		case c == ' ' || c >= '\t' && c <= '\r':
			if len(b) > 0 && b[len(b)-1] != ' ' {
				b = append(b, ' ')
			}
		case c < ' ' || c == 0x7F:
		case c >= 'A' && c <= 'Z':
			b = append(b, c-'A'+'a')
		default:
			b = append(b, c)
		}
	}
	if len(b) > 0 && b[len(b)-1] == ' ' {
		b = b[:len(b)-1]
	}
	return string(b), true
}
