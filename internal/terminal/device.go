package terminal

import (
	"context"
	"time"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/internal/text"
	"snug/protocol"
)

// device shows how another device becomes the same member.
func (m *model) device(string) (tea.Cmd, error) {
	return m.calls.ask("device", func(ctx context.Context, r *client.Room) (*page, error) {
		t, err := r.Transfer(ctx)
		if err != nil {
			return nil, err
		}
		return &page{title: "Another device", draw: func(p *canvas) []string { return transferRows(p, &t) }}, nil
	}), nil
}

func transferRows(p *canvas, t *protocol.Transfer) []string {
	rows := p.wrap("Open this link on the other device, or in a browser:", p.width)
	rows = append(append(rows, ""), p.wrap(text.Line(t.URL), p.width)...)
	rows = append(append(rows, ""), p.wrap("There you are the same member, with your nick and role. It works once, until "+
		t.Until.Local().Format(time.TimeOnly)+". Show it to nobody: whoever opens it first is you. Its code alone is "+text.Line(t.Code)+".", p.width)...)
	return rows
}

// seen tells this member's other devices what was on the screen here.
func (m *model) seen() tea.Cmd {
	if !m.watched() || m.page != nil || m.conn.state != connected || m.head <= m.seenTold {
		return nil
	}
	m.seenTold = m.head
	return m.calls.seen(m.head)
}

// seenElsewhere takes what was on the screen of another device.
func (m *model) seenElsewhere(seq uint64) {
	m.seenTold = max(m.seenTold, seq)
	if m.focused && m.shown() {
		return
	}
	if seq >= m.head {
		m.noneUnseen()
	}
	if marked := m.transcript.marked; marked != nil && marked.seq <= seq {
		m.transcript.mark(nil)
	}
}
