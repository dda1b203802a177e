package terminal

import (
	"context"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"snug/client"
)

// change is a command that changes something at the server, such as /delete, and isn't confirmed yet.
type change struct {
	command string
	words   string // after the command; empty if they are secret
}

func (c *change) String() string { return strings.TrimSpace("/" + c.command + " " + c.words) }

// changed is the outcome of a change.
type changed struct {
	*change
	err error
}

// do carries out a command that changes something. words are those after the command, to name it.
func (m *model) do(command, words string, f func(context.Context, *client.Room) error) tea.Cmd {
	c := &change{command, words}
	m.changes = append(m.changes, c)
	return func() tea.Msg { return changed{c, f(m.calls.ctx, m.calls.room)} }
}

// changed handles the outcome of a change.
func (m *model) changed(msg changed) {
	m.changes = slices.DeleteFunc(m.changes, func(c *change) bool { return c == msg.change })
	if msg.err != nil && m.calls.ctx.Err() == nil {
		m.failed(msg.command, msg.err)
	}
}
