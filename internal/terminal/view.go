package terminal

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"snug/internal/text"
)

// layout sets the height of the transcript. From top to bottom there are the header, the
// transcript, the status line, the bar of rooms if there are several, and the composer.
func (m *model) layout() {
	m.transcript.height = max(m.height-2-m.rooms.barHeight()-m.composer.area.Height(), 1)
}

// view draws the screen.
func (m *model) view() tea.View {
	m.layout()
	p := m.transcript.canvas
	rows := []string{m.header()}
	var window []string
	if m.page != nil {
		window = m.page.window(p, m.transcript.height)
	} else {
		window = m.transcript.window()
	}
	if m.panel() {
		window = m.withMembers(window)
	}
	rows = append(append(rows, window...), m.statusLine())
	if m.rooms.barHeight() > 0 {
		rows = append(rows, m.rooms.bar(p))
	}
	rows = append(rows, strings.Split(m.composer.area.View(), "\n")...)
	cut := max(len(rows)-m.height, 0) // from the top: the input stays
	v := tea.NewView(strings.Join(rows[cut:], "\n"))
	v.AltScreen, v.ReportFocus = true, true
	if !m.mouseOff {
		v.MouseMode = tea.MouseModeCellMotion
	}
	v.WindowTitle = m.title()
	if c := m.composer.area.Cursor(); c != nil && m.page == nil {
		c.Y += 2 + m.transcript.height + m.rooms.barHeight() - cut
		v.Cursor = c
	}
	return v
}

func (m *model) title() string {
	if unseen := m.rooms.unseen(); unseen > 0 {
		return fmt.Sprintf("(%d) %s", unseen, m.called())
	}
	return m.called()
}

// withMembers adds the list of members on the right.
func (m *model) withMembers(window []string) []string {
	p := m.transcript.canvas
	members, between := m.members(p, panelWidth-2, len(window)), " "+p.faint.Render("│")+" "
	for i, row := range window {
		member := ""
		if i < len(members) {
			member = members[i]
		}
		window[i] = p.left(row, p.width) + between + member
	}
	return window
}

// header returns the first row: the room's name and code, its topic and the connection.
func (m *model) header() string {
	p := m.transcript.canvas
	sign, style := "●", p.good
	switch m.conn.state {
	case joining, reconnecting:
		sign, style = "○", p.mark
	case closed:
		sign, style = "✗", p.bad
	}
	state := m.conn.words(time.Now())
	if m.width < narrow && m.conn.state == connected {
		state = strconv.Itoa(m.here.Count) + " here"
	}
	right := style.Render(sign + " " + state)
	if s := m.restrictions(); s != "" && m.width >= narrow {
		right = p.faint.Render(s) + "  " + right
	}
	room := p.cut(m.called(), m.width/2)
	left := p.strong.Render(room)
	if m.settings.Name != "" && m.width >= narrow {
		code := p.cut(" "+text.Line(m.room), m.width/4)
		left, room = left+p.faint.Render(code), room+code
	}
	space := m.width - p.cells.StringWidth(room) - p.cells.StringWidth(right) - 2
	if topic := text.Line(m.settings.Topic); topic != "" && space > 8 {
		left += p.faint.Render(" · ") + p.cut(topic, space-3)
	}
	return left + strings.Repeat(" ", max(m.width-p.cells.StringWidth(left)-p.cells.StringWidth(right), 1)) + right
}

// restrictions returns the settings that restrict members.
func (m *model) restrictions() string {
	var all []string
	if m.settings.Locked {
		all = append(all, "locked")
	}
	if m.settings.Password {
		all = append(all, "password")
	}
	if m.settings.SlowMS > 0 {
		all = append(all, "slow "+text.Span(time.Duration(m.settings.SlowMS)*time.Millisecond))
	}
	return strings.Join(append(all, lifetime(m.settings)...), ", ")
}

// statusLine returns the row above the composer.
func (m *model) statusLine() string {
	p := m.transcript.canvas
	left, style := m.status()
	right := ""
	switch {
	case m.transcript.bottom != nil && m.unseen > 0:
		right = fmt.Sprintf("↓ %d new", m.unseen)
	case m.transcript.bottom != nil:
		right = "↓ Esc"
	}
	if most, n := m.limits.ContentChars, m.composer.area.Length(); most > 0 && n > most*9/10 {
		right = fmt.Sprintf("%d of %d", n, most)
	}
	if right != "" {
		right = " " + right + " ─"
	}
	if left != "" {
		left = " " + p.cut(left, m.width-p.cells.StringWidth(right)-4) + " "
	}
	space := m.width - 1 - p.cells.StringWidth(left) - p.cells.StringWidth(right)
	return p.faint.Render("─") + style.Render(left) + p.faint.Render(strings.Repeat("─", max(space, 0))) + p.mark.Render(right)
}

// status returns the most important text for the status line.
func (m *model) status() (words string, style lipgloss.Style) {
	p := m.transcript.canvas
	switch {
	case m.quitting:
		return "leaving as soon as what you did is confirmed", p.mark
	case m.leaving:
		return "press Ctrl+C again to leave", p.mark
	case m.page != nil:
		return "↑ ↓ PgUp PgDn scroll, Esc closes it", p.faint
	case m.completion.words() != "":
		return text.Line(m.completion.words()), p.plain
	case m.composer.editing != 0:
		return "editing your message · Esc cancels", p.accent
	case m.composer.replyTo != 0:
		return "replying to " + quote(p, m.composer.replyTo), p.accent
	case m.conn.state == reconnecting && len(m.changes) > 0:
		return m.waitingText(), p.mark
	case m.transcript.selected != nil:
		return "Enter replies · /react /edit /delete", p.accent
	case len(m.typers) > 0:
		return m.typingText(), p.faint
	case len(m.rooms.joining) > 0:
		return "joining " + text.Line(m.rooms.joining[0].Code), p.mark
	case m.mouseOff:
		return "the mouse selects text · F3", p.faint
	}
	return "", p.faint
}

// waitingText says which commands wait for the connection.
func (m *model) waitingText() string {
	var names []string
	for _, c := range m.changes {
		names = append(names, "/"+c.command)
	}
	return "waiting for the connection: " + strings.Join(names, ", ")
}

// typingText says who is typing.
func (m *model) typingText() string {
	var nicks []string
	for member := range m.typers {
		nicks = append(nicks, text.Line(m.nick(member)))
	}
	slices.Sort(nicks)
	switch len(nicks) {
	case 1:
		return nicks[0] + " is typing"
	case 2, 3:
		return strings.Join(nicks[:len(nicks)-1], ", ") + " and " + nicks[len(nicks)-1] + " are typing"
	}
	return strconv.Itoa(len(nicks)) + " people are typing"
}
