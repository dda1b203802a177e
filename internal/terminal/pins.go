package terminal

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/internal/text"
)

// pin pins the chosen message, or the last one.
func (m *model) pin(string) (tea.Cmd, error) {
	line := m.chosen()
	if line == nil {
		line = m.lastMessage()
	}
	if line == nil || line.Deleted {
		return nil, errors.New("there is no such message here: choose one with Alt+↑")
	}
	m.transcript.choice(nil)
	seq := line.Seq
	return m.do("pin", "", func(ctx context.Context, r *client.Room) error { return r.Pin(ctx, seq) }), nil
}

func (m *model) lastMessage() *client.Line {
	for _, e := range slices.Backward(m.transcript.entries) {
		if line := m.transcript.lines[e.seq]; line != nil && !line.Deleted {
			return line
		}
	}
	return nil
}

// unpin takes back the pin with a number of /pins, that of the chosen message, or the last one.
func (m *model) unpin(words string) (tea.Cmd, error) {
	if len(m.pinned) == 0 {
		return nil, errors.New("no message is pinned")
	}
	seq := m.pinned[len(m.pinned)-1]
	if line := m.chosen(); line != nil {
		seq = line.Seq
	}
	if words != "" {
		n, err := strconv.Atoi(words)
		if err != nil || n < 1 || n > len(m.pinned) {
			return nil, fmt.Errorf("%q is no number of a pinned message: /pins lists them", words)
		}
		seq = m.pinned[n-1]
	}
	m.transcript.choice(nil)
	return m.do("unpin", words, func(ctx context.Context, r *client.Room) error { return r.Unpin(ctx, seq) }), nil
}

// pins shows the pinned messages. Those that aren't in memory are read from the server.
func (m *model) pins(string) (tea.Cmd, error) {
	pinned, known := slices.Clone(m.pinned), make(map[uint64]client.Line)
	for _, seq := range pinned {
		if line := m.transcript.lines[seq]; line != nil {
			known[seq] = *line
		}
	}
	return m.calls.ask("pins", func(ctx context.Context, r *client.Room) (*page, error) {
		var lines []client.Line
		for _, seq := range pinned {
			line, found := known[seq]
			if !found {
				var err error
				if line, err = readLine(ctx, r, seq); err != nil {
					return nil, err
				}
			}
			lines = append(lines, line)
		}
		return &page{title: "Pinned messages", draw: func(p *canvas) []string { return pinnedRows(p, lines) }}, nil
	}), nil
}

// readLine reads a message from the server, as it is now.
func readLine(ctx context.Context, r *client.Room, seq uint64) (client.Line, error) {
	found, err := r.History(ctx, client.Page{After: seq - 1, First: seq == 1, Limit: 1, Current: true})
	if err != nil {
		return client.Line{}, err
	}
	var fold client.Fold
	for i := range found.Events {
		if line := fold.Apply(&found.Events[i]); line != nil && line.Seq == seq {
			return *line, nil
		}
	}
	return client.Line{Seq: seq, Deleted: true}, nil
}

func pinnedRows(p *canvas, lines []client.Line) []string {
	if len(lines) == 0 {
		return []string{"None. /pin pins a message."}
	}
	var rows []string
	for i, line := range lines {
		words := fmt.Sprintf("%d. ", i+1)
		switch act, content := action(line.Content); {
		case line.Deleted:
			words += "(no longer there)"
		case act:
			words += "* " + text.Line(line.From.Nick) + " " + text.Visible(content)
		default:
			words += text.Line(line.From.Nick) + ": " + text.Visible(content)
		}
		rows = append(rows, p.wrap(words, p.width)...)
		if !line.Deleted {
			rows = append(rows, p.faint.Render(p.cut("   "+line.At.Local().Format("2006-01-02 15:04"), p.width)))
		}
	}
	return rows
}

// setPins takes which messages are pinned.
func (m *model) setPins(pinned []uint64) {
	if !slices.Equal(m.pinned, pinned) {
		m.pinned = pinned
		m.redraw()
	}
}
