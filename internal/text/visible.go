// Package text prepares text from other people for a terminal, so that the terminal
// shows it and doesn't obey it. Its functions are safe for concurrent use.
package text

import (
	"strconv"
	"strings"
	"unicode"
)

// maxMarks is how many combining marks one character may have. Scripts need up to
// three; more of them grow out of their row.
const maxMarks = 4

// Visible replaces characters that control a terminal or reorder its text by escape
// sequences such as \x1b. All others stay, including line breaks, tabs, emoji that Go's
// tables don't know yet, and invisible characters that join or separate letters.
// A combining mark without a base character gets a dotted circle. Further marks on a
// character that has four are left out.
func Visible(s string) string {
	const dottedCircle = '\u25cc'
	var b strings.Builder
	bare, marks := true, 0 // no base character precedes; how many marks it has
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me):
			if bare {
				b.WriteRune(dottedCircle)
			}
			if bare = false; marks < maxMarks {
				b.WriteRune(r)
			}
			marks++
			continue
		case r == '\n', r == '\t':
			b.WriteRune(r)
			bare, marks = true, 0
			continue
		case controls(r):
			quoted := strconv.QuoteRuneToASCII(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		case unicode.Is(unicode.Cf, r) && r != zeroWidthJoiner:
			b.WriteRune(r) // invisible, so that a mark behind it belongs to the character before
			continue
		default:
			b.WriteRune(r)
		}
		bare, marks = false, 0
	}
	return b.String()
}

const zeroWidthJoiner = '\u200d'

// controls reports whether a terminal might obey r, or display text in another order
// because of it.
func controls(r rune) bool {
	switch {
	case r < ' ', 0x7f <= r && r < 0xa0: // C0, DEL and C1 control characters
		return true
	case r == '\u2028', r == '\u2029': // line and paragraph separators
		return true
	case r == '\u061c', r == '\u200e', r == '\u200f', '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069': // bidirectional formatting (UAX #9)
		return true
	case '\u206a' <= r && r <= '\u206f', '\ufff9' <= r && r <= '\ufffb': // deprecated formatting and annotations
		return true
	}
	return unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// Line is [Visible] in one line: it replaces line breaks and tabs by spaces.
func Line(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		return r
	}, Visible(s))
}

// Indented is [Visible] with all lines after the first indented, so that none of them
// looks like another message.
func Indented(s string) string { return strings.ReplaceAll(Visible(s), "\n", "\n    ") }

// EscapeJSON returns JSON in UTF-8 with DEL and the C1 control characters U+0080 to
// U+009F escaped, which JSON allows in strings and terminals obey. It may change
// encoded.
func EscapeJSON(encoded []byte) []byte {
	var escaped []byte
	from := 0
	for i := 0; i < len(encoded); i++ {
		var code byte
		last := i // the last byte of the character
		switch {
		case encoded[i] == 0x7f:
			code = 0x7f
		case encoded[i] == 0xc2 && i+1 < len(encoded) && 0x80 <= encoded[i+1] && encoded[i+1] < 0xa0:
			last = i + 1
			code = encoded[last]
		default:
			continue
		}
		escaped = append(append(escaped, encoded[from:i]...), `\u00`...)
		escaped = append(escaped, hex[code>>4], hex[code&0xf])
		i, from = last, last+1
	}
	if escaped == nil {
		return encoded
	}
	return append(escaped, encoded[from:]...)
}

const hex = "0123456789abcdef"
