package terminal

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"

	"snug/internal/text"
)

// barHeight is the height of the bar of rooms: none if there is only one, or hardly any space.
func (r *rooms) barHeight() int {
	if len(r.all) < 2 || r.height < 8 {
		return 0
	}
	return 1
}

// bar returns the row that shows all rooms, with what is new in them, such as
//
//	[1 tea]  2 ops (3)  3 lobby (@1)
//
// Brackets are around the room on the screen. The count of a room whose messages call this
// member has an @, and the room is reversed. If there isn't enough space, codes are shortened
// and then left out, and in the end the rooms without anything new.
func (r *rooms) bar(p *canvas) string {
	var row string
	for _, longest := range []int{24, 16, 10, 6, 3, 0, -1} {
		var all []string
		between := "  "
		if longest < 10 {
			between = " "
		}
		width := -len(between)
		for i, m := range r.all {
			if longest < 0 && m.unseen == 0 && !m.shown() {
				continue
			}
			words := m.tab(p, i+1, longest)
			width += len(between) + p.cells.StringWidth(words)
			style := p.faint
			switch {
			case m.mentions > 0:
				style = p.strong.Reverse(true)
			case m.unseen > 0 || m.shown():
				style = p.strong
			}
			all = append(all, style.Render(words))
		}
		row = strings.Join(all, between)
		if width <= r.width {
			return row
		}
	}
	return p.cells.Truncate(row, r.width, "…")
}

// tab returns a room in the bar, with at most so many columns of its code.
func (m *model) tab(p *canvas, number, longest int) string {
	words := strconv.Itoa(number)
	if longest > 0 {
		words += " " + p.cut(text.Line(m.room), longest)
	}
	if news := m.news(); news != "" {
		words += " (" + news + ")"
	}
	switch m.conn.state {
	case joining, reconnecting:
		words += " ○"
	case closed:
		words += " ✗"
	}
	if m.shown() {
		return "[" + words + "]"
	}
	return words
}

// news returns how many messages weren't on the screen yet: with an @, only those that mention
// this member or reply to it.
func (m *model) news() string {
	switch {
	case m.mentions > 0:
		return "@" + strconv.Itoa(m.mentions)
	case m.unseen > 0:
		return strconv.Itoa(m.unseen)
	}
	return ""
}

// unseen counts the messages that weren't on the screen yet.
func (r *rooms) unseen() (n int) {
	for _, m := range r.all {
		n += m.unseen
	}
	return n
}

// listRooms shows the rooms with their names and servers.
func (m *model) listRooms(string) (tea.Cmd, error) {
	m.page = &page{title: "Your rooms", draw: func(p *canvas) []string {
		var rows []string
		for i, one := range m.rooms.all {
			words := fmt.Sprintf("%d  %s", i+1, text.Line(one.room))
			if one.called() != text.Line(one.room) {
				words += "  " + one.called()
			}
			rows = append(rows, p.wrap(words, p.width)...)
			about := "   "
			if one.unseen > 0 {
				about += fmt.Sprintf("%d new, ", one.unseen)
			}
			if one.mentions > 0 {
				about += fmt.Sprintf("%d for you, ", one.mentions)
			}
			about += one.conn.words(time.Now()) + " on " + text.Line(one.visit.Server)
			rows = append(rows, p.faint.Render(p.cut(about, p.width)))
		}
		return append(append(rows, ""), p.wrap("Alt+1 … Alt+9 go to one, and so does /join with its code, or its link if it is on another server. /leave leaves the one on the screen.", p.width)...)
	}}
	return nil, nil
}
