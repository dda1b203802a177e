package terminal

import (
	"slices"
	"strings"
)

// page is something to read over the transcript.
type page struct {
	title string
	draw  func(*paper) []string
	from  int // the first row that is seen
	rows  int // as last drawn
}

// key takes a key: it reports false if the page is to be closed.
func (g *page) key(pressed string, height int) bool {
	switch pressed {
	case "up":
		g.from--
	case "down":
		g.from++
	case "pgup":
		g.from -= height - 2
	case "pgdown", "space":
		g.from += height - 2
	case "home":
		g.from = 0
	case "end":
		g.from = g.rows
	default:
		return false
	}
	g.from = max(min(g.from, g.rows-height), 0)
	return true
}

// window are the rows that are seen.
func (g *page) window(p *paper, height int) []string {
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

// keys are what help says of the keyboard.
func keys() [][2]string {
	return [][2]string{
		{"Enter", "send; Alt+Enter or Ctrl+J begins another line"},
		{"Tab", "complete a nick or a command"},
		{"↑ ↓", "what you have written before"},
		{"PgUp PgDn", "scroll; Ctrl+↑ and Ctrl+↓ by a row"},
		{"Ctrl+End", "to the newest, as Esc does; Ctrl+Home to the oldest that is here"},
		{"Alt+↑ Alt+↓", "choose a message (Ctrl+P, Ctrl+N): Enter answers it, and commands are about it"},
		{"Ctrl+R", "send again what has failed"},
		{"Ctrl+C", "clear what is written; twice: leave"},
	}
}

func (m *model) help() {
	m.page = &page{title: "Help: Esc closes it", draw: func(p *paper) []string {
		var rows []string
		for _, k := range keys() {
			rows = append(rows, explained(p, k[0], k[1])...)
		}
		rows = append(rows, "")
		for _, c := range commands() {
			rows = append(rows, explained(p, strings.TrimSpace("/"+c.name+" "+c.usage), c.help)...)
		}
		return append(append(rows, ""), p.wrap("Signs: @ owner, + moderator, ~ guest, who names themselves. ┃ is yours, ┣ names you, ··· is on its way, ! has failed.", p.width)...)
	}}
}

// explained is a term beside its explanation, or above it.
func explained(p *paper, term, words string) []string {
	const column = 31
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
