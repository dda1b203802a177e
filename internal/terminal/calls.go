package terminal

import (
	"context"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/protocol"
)

// calls are what is asked of the server. Each is made by a goroutine of Bubble
// Tea's and ends with ctx, or with the room.
type calls struct {
	ctx  context.Context // of every call: Bubble Tea makes them without one
	room *client.Room
}

// settled is the outcome of a message.
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

// paged is a page of the events before one, of the log that had this era.
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

// done is the outcome of a command.
type done struct {
	command string
	page    *page // what it has found; nil if there is nothing to show
	err     error
}

// do carries out a command.
func (c *calls) do(command string, f func(context.Context, *client.Room) error) tea.Cmd {
	return c.ask(command, func(ctx context.Context, r *client.Room) (*page, error) { return nil, f(ctx, r) })
}

// ask carries out a command that has something to show.
func (c *calls) ask(command string, f func(context.Context, *client.Room) (*page, error)) tea.Cmd {
	return func() tea.Msg {
		found, err := f(c.ctx, c.room)
		return done{command, found, err}
	}
}

// over waits until it is time to leave.
func (c *calls) over() tea.Msg {
	<-c.ctx.Done()
	return tea.QuitMsg{}
}

func (c *calls) typing() tea.Cmd {
	return func() tea.Msg {
		_ = c.room.Typing(c.ctx) // it only fails when all is over
		return nil
	}
}
