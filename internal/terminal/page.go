package terminal

import (
	"slices"
	"strings"
)

// page is a text that is shown in place of the transcript.
type page struct {
	title string
	draw  func(*canvas) []string
	from  int // the first visible row
	rows  int // the number of rows when it was last drawn
}

// key handles a key. It reports false for keys that close the page.
func (g *page) key(pressed string, height int) bool {
	switch pressed {
	case "up":
		g.scroll(-1, height)
	case "down":
		g.scroll(1, height)
	case "pgup":
		g.scroll(-(height - 2), height)
	case "pgdown", "space":
		g.scroll(height-2, height)
	case "home":
		g.scroll(-g.rows, height)
	case "end":
		g.scroll(g.rows, height)
	default:
		return false
	}
	return true
}

// scroll moves the visible rows down, or up if rows is negative.
func (g *page) scroll(rows, height int) { g.from = max(min(g.from+rows, g.rows-height), 0) }

// window returns the visible rows.
func (g *page) window(p *canvas, height int) []string {
	rows := append([]string{p.rule(g.title, p.faint), ""}, g.draw(p)...)
	g.rows = len(rows)
	g.from = max(min(g.from, g.rows-height), 0)
	rows = rows[g.from:min(g.from+height, g.rows)]
	if more := g.rows - g.from - len(rows); more > 0 {
		rows = slices.Clone(rows)
		rows[len(rows)-1] = p.faint.Render("↓ more")
	}
	return append(rows, make([]string, height-len(rows))...)
}

// keys returns the help for the keyboard.
func keys() [][2]string {
	return [][2]string{
		{"Enter", "send; Alt+Enter or Ctrl+J starts a new line"},
		{"Tab", "complete a nick, a command or the name of an emoji; :smile: becomes the emoji, but not in code and addresses"},
		{"↑ ↓", "your former inputs"},
		{"PgUp PgDn", "scroll, as the mouse wheel does; Ctrl+↑ and Ctrl+↓ by a row"},
		{"Ctrl+End", "go to the newest message, as Esc does; Ctrl+Home to the oldest one"},
		{"Alt+↑ Alt+↓", "choose a message (Ctrl+P, Ctrl+N): Enter replies to it, and commands apply to it"},
		{"Alt+1 … Alt+9", "go to the room with this number; Ctrl+PgUp and Ctrl+PgDn to the one before or after"},
		{"Alt+A", "go to the next room with something new, and first to one where you are called"},
		{"F2", "hide the list of members, or show it again"},
		{"F3", "give the mouse to the terminal, to select text, or take it back; with Shift most terminals select anyway"},
		{"Ctrl+R", "send failed messages again"},
		{"Ctrl+C", "clear the input; twice: leave all rooms"},
	}
}

func (m *model) help() {
	m.page = &page{title: "Help: Esc closes it", draw: func(p *canvas) []string {
		var rows []string
		for _, k := range keys() {
			rows = append(rows, explained(p, k[0], k[1])...)
		}
		rows = append(rows, "")
		for _, c := range commands() {
			rows = append(rows, explained(p, strings.TrimSpace("/"+c.name+" "+c.usage), c.help)...)
		}
		return append(append(rows, ""), p.wrap("Signs: @ owner, + moderator, ~ guest with a nick of their own choice, = app. ┃ is yours, ┣ mentions you, ··· isn't confirmed yet, ! has failed.", p.width)...)
	}}
}

// explained returns the rows of a term and its explanation, side by side or one above the
// other.
func explained(p *canvas, term, words string) []string {
	const column = 33
	if p.width < 2*column {
		rows := []string{p.strong.Render(p.cut(term, p.width))}
		for _, row := range p.wrap(words, p.width-2) {
			rows = append(rows, "  "+row)
		}
		return rows
	}
	rows := p.wrap(words, p.width-column)
	for i := range rows {
		if i == 0 {
			rows[i] = p.strong.Render(p.left(term, column)) + rows[i]
		} else {
			rows[i] = strings.Repeat(" ", column) + rows[i]
		}
	}
	return rows
}
