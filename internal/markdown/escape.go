package markdown

import (
	"strings"
	"unicode"
)

// Escape returns a nick as it is written after an @: what would be Markdown there is escaped, or
// it would be no mention. The page writes the same (web/src/completion.ts).
func Escape(nick string) string {
	var b strings.Builder
	runes := []rune(nick)
	at := func(i int) rune {
		if i < 0 || i >= len(runes) {
			return 0
		}
		return runes[i]
	}
	inWord := func(i int) bool {
		return unicode.In(at(i-1), unicode.L, unicode.N) && unicode.In(at(i+1), unicode.L, unicode.N)
	}
	for i, r := range runes {
		switch r {
		case '\\', '*', '`':
			b.WriteByte('\\')
		case '~':
			if at(i-1) == '~' || at(i+1) == '~' {
				b.WriteByte('\\')
			}
		case '_', '$':
			if !inWord(i) {
				b.WriteByte('\\')
			}
		}
		b.WriteRune(r)
	}
	return b.String()
}
