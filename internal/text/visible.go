// Package text prepares text from other people for a terminal, so that the terminal
// shows it and doesn't obey it. Its functions are safe for concurrent use.
package text

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMarks is how many combining marks one character may have. Scripts need up to
// three; more of them grow out of their row.
const maxMarks = 4

// Visible replaces characters that control a terminal or reorder its text by escape
// sequences such as \x1b. All others stay, including line breaks (also those of Windows), tabs, emoji that Go's
// tables don't know yet, and invisible characters that join or separate letters.
// A combining mark without a base character gets a dotted circle. Further marks on a
// character that has four are left out.
func Visible(s string) string {
	const dottedCircle = '\u25cc'
	var b strings.Builder
	bare, marks := true, 0 // no base character precedes; how many marks it has
	for _, r := range strings.ReplaceAll(s, "\r\n", "\n") {
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

// EscapeJSON returns JSON in UTF-8 with those characters escaped that [Visible] replaces
// and that JSON allows in strings: DEL, the C1 control characters, and those that reorder
// text. Its meaning stays the same.
func EscapeJSON(encoded []byte) []byte {
	var escaped []byte
	from := 0
	for i := 0; i < len(encoded); {
		r, size := utf8.DecodeRune(encoded[i:])
		if 0x7f <= r && r <= 0xffff && controls(r) {
			escaped = fmt.Appendf(append(escaped, encoded[from:i]...), `\u%04x`, r)
			from = i + size
		}
		i += size
	}
	if escaped == nil {
		return encoded
	}
	return append(escaped, encoded[from:]...)
}
