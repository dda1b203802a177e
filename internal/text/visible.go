// Package text is how what others have written is put on a terminal: shown, and
// not obeyed. Its functions are safe for concurrent use.
package text

import (
	"strconv"
	"strings"
	"unicode"
)

// marksInARow is how many combining marks one character may carry. Scripts need
// three; more than these grow out of their row.
const marksInARow = 4

// Visible spells out whatever a terminal could take for an order or for a turn of
// the line. Lines stay lines, tabs stay tabs, and the parts of an emoji together.
// A mark that has nothing to stand on gets a circle; those that pile up higher
// than any script needs are left out.
func Visible(s string) string {
	const (
		joiner = '\u200d' // between the parts of an emoji
		circle = '\u25cc' // what stands for a missing letter
	)
	var b strings.Builder
	bare, marks := true, 0
	for _, r := range s {
		if unicode.In(r, unicode.Mn, unicode.Me) {
			if bare {
				b.WriteRune(circle)
			}
			if bare = false; marks < marksInARow {
				b.WriteRune(r)
			}
			marks++
			continue
		}
		marks = 0
		bare = r == '\n' || r == '\t'
		if bare || r == joiner || unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// Line is Visible on one line: a turn of it becomes a space.
func Line(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		return r
	}, Visible(s))
}

// Indented is Visible with the lines after the first indented, so that none of
// them is taken for another message.
func Indented(s string) string { return strings.ReplaceAll(Visible(s), "\n", "\n    ") }
