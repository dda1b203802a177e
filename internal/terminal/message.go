package terminal

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"charm.land/lipgloss/v2"

	"snug/internal/text"
	"snug/protocol"
)

// message is what is seen of a message, sent or on its way.
type message struct {
	at       time.Time
	clock    string // instead of the time; not escaped
	from     protocol.Member
	own      bool
	selected bool
	calls    bool // it names whom this is

	sameMinute, sameMember bool // as the one above

	answers   string
	action    bool
	content   string
	erased    bool
	faint     bool
	remark    string
	reactions string // drawn
}

func (m *message) draw(p *paper) []string {
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
	rows := m.body(p, p.width-p.indent(), style)
	for i, row := range rows {
		if i == 0 {
			rows[i] = head + row
		} else {
			rows[i] = next + row
		}
	}
	return rows
}

// nick is what its member is called. Guests are marked: they name themselves.
func (m *message) nick() string {
	if m.from.Guest {
		return sign(m.from) + text.Line(m.from.Nick)
	}
	return text.Line(m.from.Nick)
}

// stacked draws it with the nick above.
func (m *message) stacked(p *paper, gutter string, style lipgloss.Style) []string {
	rows := m.body(p, p.width-p.indent(), style)
	for i, row := range rows {
		rows[i] = gutter + " " + row
	}
	if m.sameMember || m.action {
		return rows
	}
	who := p.cut(m.nick(), p.width-timeWidth-2)
	return slices.Insert(rows, 0, p.left(style.Render(who), p.width-timeWidth-1)+" "+p.faint.Render(p.left(m.clock, timeWidth)))
}

// names reports whether content has a nick in it, as a word, whatever its case.
func names(content, nick string) bool {
	content, nick = strings.ToLower(content), strings.ToLower(nick)
	for from := 0; nick != ""; {
		i := strings.Index(content[from:], nick)
		if i < 0 {
			return false
		}
		i += from
		before, _ := utf8.DecodeLastRuneInString(content[:i])
		after, _ := utf8.DecodeRuneInString(content[i+len(nick):])
		if !wordy(before) && !wordy(after) {
			return true
		}
		from = i + len(nick)
	}
	return false
}

func wordy(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// gutter is what stands at the left of what was said, and tells one's own from
// others'.
func (m *message) gutter(p *paper) string {
	switch {
	case m.selected:
		return p.mark.Render("▶")
	case m.own:
		return p.accent.Render("┃")
	case m.calls:
		return p.mark.Render("┣")
	}
	return p.faint.Render("│")
}

// body is what was said, and what became of it.
func (m *message) body(p *paper, width int, style lipgloss.Style) []string {
	var rows []string
	if m.answers != "" {
		rows = append(rows, p.faint.Render(p.cut("↳ "+m.answers, width)))
	}
	said := p.plain
	if m.faint {
		said = p.faint
	}
	content := text.Visible(m.content)
	nick := ""
	if m.action {
		nick = text.Line(m.from.Nick)
		if p.width < narrow {
			nick = "* " + nick
		}
		content = nick + " " + content
	}
	if m.erased {
		content = ""
	}
	words := p.wrap(content, width)
	for i, row := range words {
		if i == 0 && nick != "" && strings.HasPrefix(row, nick) {
			words[i] = style.Render(nick) + said.Render(row[len(nick):])
		} else {
			words[i] = said.Render(row)
		}
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

// after adds faint words to the last row, or below it.
func (p *paper) after(rows []string, words string, width int) []string {
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
