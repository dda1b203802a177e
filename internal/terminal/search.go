package terminal

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/internal/text"
	"snug/protocol"
)

// lastSearch is what was searched last, and where it goes on.
type lastSearch struct {
	query client.Query
	more  bool
}

// search shows the newest messages that match, and without words the next older ones of the
// last search.
func (m *model) search(words string) (tea.Cmd, error) {
	q := client.Query{Text: words}
	if words == "" {
		switch {
		case m.searched.query.Text == "":
			return nil, errors.New("say what to find: words, \"phrases\", from:NICK, before:2026-01-31, after:2026-01-31, has:link, has:file")
		case !m.searched.more:
			return nil, errors.New("there are no older messages that match the last search")
		}
		q = m.searched.query
	}
	const most = 50
	q.Limit = most
	return func() tea.Msg {
		found, err := m.calls.room.Search(m.calls.ctx, q)
		for err == nil && len(found.Events) == 0 && found.More { // the server reads a part of the log at a time
			q.Before = found.Next
			found, err = m.calls.room.Search(m.calls.ctx, q)
		}
		return searched{q, found, err}
	}, nil
}

// searched is the outcome of a search.
type searched struct {
	query client.Query
	found protocol.Search
	err   error
}

// showFound shows what a search has found.
func (m *model) showFound(s searched) {
	if s.err != nil {
		if !errors.Is(s.err, context.Canceled) || m.calls.ctx.Err() == nil {
			m.remark(fault, "/search: "+reason(s.err))
		}
		return
	}
	m.searched = lastSearch{s.query, s.found.More}
	m.searched.query.Before = s.found.Next
	var fold client.Fold
	for i := range s.found.Events { // newest first, and a Fold wants them as the log has them
		fold.Apply(&s.found.Events[len(s.found.Events)-1-i])
	}
	var lines []client.Line
	for line := range fold.Lines() {
		lines = append(lines, *line)
	}
	m.page = &page{title: "Found: " + text.Line(s.query.Text), draw: func(p *canvas) []string { return foundRows(p, lines, s.found) }}
}

// foundRows returns the rows of what was found, newest first.
func foundRows(p *canvas, lines []client.Line, found protocol.Search) []string {
	var rows []string
	for i := range lines {
		line := &lines[len(lines)-1-i]
		words := text.Line(line.From.Nick) + ": " + text.Visible(line.Content)
		if act, content := action(line.Content); act {
			words = "* " + text.Line(line.From.Nick) + " " + text.Visible(content)
		}
		rows = append(rows, p.wrap(words, p.width)...)
		for _, file := range text.Files(line.Files, p.url) {
			rows = append(rows, p.wrap(file, p.width)...)
		}
		rows = append(rows, p.faint.Render(p.cut("   "+line.At.Local().Format("2006-01-02 15:04"), p.width)))
	}
	if len(lines) == 0 {
		rows = append(rows, "Nothing.")
	}
	if found.Incomplete {
		rows = append(rows, "", p.faint.Render("The server is still indexing the room: there may be more."))
	}
	if found.More {
		rows = append(rows, "", p.faint.Render("There are more: /search without anything shows them."))
	}
	return rows
}
