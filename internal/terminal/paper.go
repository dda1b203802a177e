package terminal

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"snug/client"
	"snug/protocol"
)

// paper is what a transcript is drawn on. Two drawings on the same paper are the
// same.
type paper struct {
	*styles
	width int
	cells ansi.Method // how the terminal counts columns
	me    string      // the member that this is
	nick  string      // theirs

	line func(seq uint64) *client.Line // nil if it isn't here
}

// narrow is below which width a nick stands above what was said, not beside it.
const narrow = 56

// nickWidth is that of the column of nicks.
func (p *paper) nickWidth() int {
	if p.width < narrow {
		return 0
	}
	return min(max(p.width/6, 9), 16)
}

const timeWidth = len("15:04")

// indent is where what was said begins.
func (p *paper) indent() int {
	if p.width < narrow {
		return 2 // the gutter
	}
	return timeWidth + 1 + p.nickWidth() + 3
}

// apart takes joined emoji to pieces, each of which has a width that all terminals
// agree on.
var apart = strings.NewReplacer("\u200d", "", "\ufe0f", "", "🏻", "", "🏼", "", "🏽", "", "🏾", "", "🏿", "")

// fit makes s one that the terminal draws as wide as it is counted. One that
// hasn't said that it draws joined emoji as one may do anything with them.
func fit(cells ansi.Method, s string) string {
	s = strings.ReplaceAll(s, "\t", "    ")
	if cells == ansi.WcWidth {
		s = apart.Replace(s)
	}
	return s
}

// wrap breaks text into rows of at most so many columns, between words where it
// can.
func (p *paper) wrap(s string, width int) []string {
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

// cut shortens text to so many columns.
func (p *paper) cut(s string, width int) string {
	return p.cells.Truncate(fit(p.cells, s), max(width, 0), "…")
}

// right puts s at the right of so many columns.
func (p *paper) right(s string, width int) string {
	return strings.Repeat(" ", max(width-p.cells.StringWidth(s), 0)) + s
}

// left fills s up to so many columns.
func (p *paper) left(s string, width int) string {
	return s + strings.Repeat(" ", max(width-p.cells.StringWidth(s), 0))
}

// rule is a line from side to side with words in it.
func (p *paper) rule(words string, style lipgloss.Style) string {
	words = p.cut(" "+words+" ", p.width-4)
	side := max(p.width-p.cells.StringWidth(words), 0)
	return style.Render(strings.Repeat("─", side/2) + words + strings.Repeat("─", side-side/2))
}

// quiet are rows beside what was said, under where that begins.
func (p *paper) quiet(sign, words string, style lipgloss.Style) []string {
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

// sign stands before a nick for what its member may do.
func sign(m protocol.Member) string {
	switch {
	case m.Guest:
		return "~"
	case m.Role == protocol.RoleOwner:
		return "@"
	case m.Role == protocol.RoleModerator:
		return "+"
	}
	return ""
}
