package terminal

import (
	"slices"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"snug/internal/text"
	"snug/protocol"
)

// message is a message as it is drawn, whether it is confirmed or not.
type message struct {
	at       time.Time
	clock    string // in place of the time; not escaped
	from     protocol.Member
	own      bool
	selected bool
	mentions bool // it mentions this member

	sameMinute, sameMember bool // as the message above

	answers   string
	as        string // who the sender of a hook's message says it is
	action    bool
	content   string
	files     string // the lines of its files
	erased    bool
	faint     bool
	remark    string
	reactions string // drawn
}

func (m *message) draw(p *canvas) []string {
	style := p.member(m.from.Member)
	gutter := m.gutter(p)
	if m.clock == "" {
		m.clock = m.at.Local().Format(clock)
	}
	if p.width < narrow {
		return m.stacked(p, gutter, style)
	}
	when, who := m.clock, ""
	if m.sameMinute {
		when = ""
	}
	switch {
	case m.action:
		who = "*"
	case !m.sameMember:
		who = p.cut(m.nick(), p.nickWidth())
	}
	head := p.faint.Render(p.left(when, timeWidth)) + " " + style.Render(p.right(who, p.nickWidth())) + " " + gutter + " "
	next := strings.Repeat(" ", p.indent()-2) + gutter + " "
	rows := m.body(p, style)
	for i, row := range rows {
		if i == 0 {
			rows[i] = head + row
		} else {
			rows[i] = next + row
		}
	}
	return rows
}

// nick returns the member's nick. Those of guests are marked, because guests choose them
// freely, and those of hooks, because nobody is there.
func (m *message) nick() string {
	if m.from.Guest || m.from.Bot {
		return sign(m.from) + text.Line(m.from.Nick)
	}
	return text.Line(m.from.Nick)
}

// stacked draws the message with the nick above it.
func (m *message) stacked(p *canvas, gutter string, style lipgloss.Style) []string {
	rows := m.body(p, style)
	for i, row := range rows {
		rows[i] = gutter + " " + row
	}
	if m.sameMember || m.action {
		return rows
	}
	who := p.cut(m.nick(), p.width-timeWidth-2)
	return slices.Insert(rows, 0, p.left(style.Render(who), p.width-timeWidth-1)+" "+p.faint.Render(p.left(m.clock, timeWidth)))
}

// gutter returns the sign to the left of a message: it shows whether the message is
// this member's own, mentions this member, or is selected.
func (m *message) gutter(p *canvas) string {
	switch {
	case m.selected:
		return p.mark.Render("▶")
	case m.own:
		return p.accent.Render("┃")
	case m.mentions:
		return p.mark.Render("┣")
	}
	return p.faint.Render("│")
}

// widest is how many columns a message has at most: longer lines are hard to read.
const widest = 100

// body returns the rows of the content, with remarks and reactions.
func (m *message) body(p *canvas, style lipgloss.Style) []string {
	width := min(p.width-p.indent(), widest)
	var rows []string
	if m.answers != "" {
		rows = append(rows, p.faint.Render(p.cut("↳ "+m.answers, width)))
	}
	if m.as != "" {
		rows = append(rows, p.faint.Render(p.cut(text.Line(m.as), width)))
	}
	var pieces []piece
	if m.action {
		who := text.Line(m.from.Nick)
		if p.width < narrow {
			who = "* " + who
		}
		pieces = append(pieces, piece{who, nick}, piece{text: " "})
	}
	if !m.erased {
		pieces = append(pieces, formatted(text.Visible(m.content))...)
		pieces = append(pieces, piece{text: text.Visible(m.files)})
	}
	var shown strings.Builder
	for i := range pieces {
		pieces[i].text = fit(p.cells, pieces[i].text)
		shown.WriteString(pieces[i].text)
	}
	words := p.wrap(shown.String(), width)
	if m.faint {
		for i, row := range words {
			words[i] = p.faint.Render(row)
		}
	} else {
		p.paint(words, pieces, style)
	}
	if m.remark != "" {
		words = p.after(words, "("+m.remark+")", width)
	}
	rows = append(rows, words...)
	if m.reactions != "" {
		rows = append(rows, p.cells.Truncate(m.reactions, width, "…"))
	}
	return rows
}

// after adds faint words to the last row, or in a row of their own.
func (p *canvas) after(rows []string, words string, width int) []string {
	last := len(rows) - 1
	switch used := p.cells.StringWidth(rows[last]); {
	case used == 0:
		rows[last] = p.faint.Render(p.cut(words, width))
	case used+1+len(words) <= width:
		rows[last] += " " + p.faint.Render(words)
	default:
		rows = append(rows, p.faint.Render(p.cut(words, width)))
	}
	return rows
}
