package terminal

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/protocol"
)

// calls makes calls to the server. Each runs in a goroutine of Bubble Tea, and ends
// with ctx or with the room.
type calls struct {
	ctx  context.Context // of every call: Bubble Tea has none
	room *client.Room
}

// url returns the address of a file.
func (c *calls) url(f protocol.File) string {
	if c.room == nil {
		return ""
	}
	return c.room.FileURL(f)
}

// settled is the outcome of sending a message.
type settled struct {
	*unsent
	seq uint64
	err error
}

func (c *calls) send(u *unsent) tea.Cmd {
	message := u.message()
	return func() tea.Msg {
		seq, err := c.room.Send(c.ctx, message)
		return settled{u, seq, err}
	}
}

// paged is a page of the events before an event, in the log with this era.
type paged struct {
	before uint64
	era    int
	page   protocol.History
	err    error
}

func (c *calls) older(before uint64, era int) tea.Cmd {
	return func() tea.Msg {
		page, err := c.room.History(c.ctx, client.Page{Before: before, Limit: protocol.MaxPage})
		return paged{before, era, page, err}
	}
}

// answered is the outcome of a command that asks for something.
type answered struct {
	command string
	page    *page // what to show
	err     error
}

// ask carries out a command with a result to show.
func (c *calls) ask(command string, f func(context.Context, *client.Room) (*page, error)) tea.Cmd {
	return func() tea.Msg {
		found, err := f(c.ctx, c.room)
		return answered{command, found, err}
	}
}

func (c *calls) seen(seq uint64) tea.Cmd {
	return func() tea.Msg {
		_ = c.room.SetSeen(c.ctx, seq) // it only fails at the end
		return nil
	}
}

func (c *calls) typing() tea.Cmd {
	return func() tea.Msg {
		_ = c.room.Typing(c.ctx) // it only fails at the end
		return nil
	}
}
