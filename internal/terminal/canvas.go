package terminal

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"snug/client"
	"snug/protocol"
)

// canvas is what an entry's drawing depends on: an entry that is drawn twice on the same
// canvas has the same rows.
type canvas struct {
	*styles
	width int
	cells ansi.Method // how the terminal counts columns
	me    string      // this member

	line   func(seq uint64) *client.Line // a message; nil if it isn't in memory
	pinned func(seq uint64) bool
	url    func(f protocol.File) string
}

// narrow is the width below which nicks are above messages, not next to them.
const narrow = 56

// nickWidth returns the width of the column of nicks.
func (p *canvas) nickWidth() int {
	if p.width < narrow {
		return 0
	}
	return min(max(p.width/6, 9), 16)
}

const timeWidth = len("15:04")

// indent returns the column where messages begin.
func (p *canvas) indent() int {
	if p.width < narrow {
		return 2 // the gutter
	}
	return timeWidth + 1 + p.nickWidth() + 3
}

// emojiParts splits joined emoji into parts, whose widths are the same in all terminals.
var emojiParts = strings.NewReplacer("\u200d", "", "\ufe0f", "", "🏻", "", "🏼", "", "🏽", "", "🏾", "", "🏿", "")

// invisible removes characters that are invisible but that some terminals draw as a
// space, and replaces tabs.
var invisible = strings.NewReplacer("\t", "    ", "\u00ad", "", "\u200b", "", "\u2060", "", "\ufeff", "")

// fit changes s so that the terminal draws it as wide as StringWidth counts. Terminals
// that don't report grapheme support may draw joined emoji with any width.
func fit(cells ansi.Method, s string) string {
	s = invisible.Replace(s)
	if cells == ansi.WcWidth {
		s = emojiParts.Replace(s)
	}
	return s
}

// wrap breaks text into rows of at most width columns, between words if possible.
func (p *canvas) wrap(s string, width int) []string {
	width = max(width, 2) // a character may have two columns
	var rows []string
	for row := range strings.SplitSeq(p.cells.Wrap(fit(p.cells, s), width, ""), "\n") {
		if p.cells.StringWidth(row) > width {
			rows = append(rows, strings.Split(p.cells.Hardwrap(row, width, true), "\n")...)
			continue
		}
		rows = append(rows, row)
	}
	return rows
}

// cut shortens text to width columns.
func (p *canvas) cut(s string, width int) string {
	width, s = max(width, 0), fit(p.cells, s)
	short := p.cells.Truncate(s, width, "…")
	for n := width - 1; n >= 0 && p.cells.StringWidth(short) > width; n-- { // it counts some scripts as narrower than they are
		short = p.cells.Truncate(s, n, "…")
	}
	return short
}

// right aligns s to the right in width columns.
func (p *canvas) right(s string, width int) string {
	return strings.Repeat(" ", max(width-p.cells.StringWidth(s), 0)) + s
}

// left aligns s to the left in width columns.
func (p *canvas) left(s string, width int) string {
	return s + strings.Repeat(" ", max(width-p.cells.StringWidth(s), 0))
}

// rule returns a horizontal line with words in it.
func (p *canvas) rule(words string, style lipgloss.Style) string {
	words = p.cut(" "+words+" ", p.width-4)
	side := max(p.width-p.cells.StringWidth(words), 0)
	return style.Render(strings.Repeat("─", side/2) + words + strings.Repeat("─", side-side/2))
}

// aside returns rows for a text that isn't a message, indented like messages.
func (p *canvas) aside(sign, words string, style lipgloss.Style) []string {
	indent := max(p.indent()-2, 0)
	var rows []string
	for i, row := range p.wrap(words, p.width-indent-2) {
		if i > 0 {
			sign = " "
		}
		rows = append(rows, strings.Repeat(" ", indent)+style.Render(sign+" "+row))
	}
	return rows
}

// sign returns the sign before a nick for the member's role.
func sign(m protocol.Member) string {
	switch {
	case m.Guest:
		return "~"
	case m.Bot:
		return "="
	case m.Role == protocol.RoleOwner:
		return "@"
	case m.Role == protocol.RoleModerator:
		return "+"
	}
	return ""
}
