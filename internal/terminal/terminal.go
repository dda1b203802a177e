// Package terminal shows a room on a terminal and lets one talk in it: a
// full-screen program over [client.Room].
//
// It is a Bubble Tea program: one goroutine has the model, takes one message at a
// time, of the keyboard or of the room, and draws what has changed. A second one
// brings the room's events. What has to wait for the server is a call in a
// goroutine of its own, whose outcome comes back as a message.
//
// What others write is shown, and not obeyed: it passes through package text
// before it becomes part of a row. Every row has the width that it is meant to
// have, whatever is in it.
package terminal

import (
	"context"
	"fmt"
	"os"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/protocol"
)

// Options are how a room is shown.
type Options struct {
	// In and Out are the terminal.
	In, Out *os.File
	// Read is how far the room was read the last time: what came since is marked as
	// new. The zero Position is none.
	Read protocol.Position
}

// Outcome is how it ended.
type Outcome struct {
	Read       protocol.Position // what was shown up to, for [Options] of another time
	Unsettled  []string          // what was sent and isn't confirmed, in its order
	RoomClosed error             // why the room was closed for good; nil if one left
}

// Run shows the room until one leaves, or ctx ends, which is leaving too. It reads
// the room's events and doesn't close it; calls that are under way then end with
// [client.Room.Close]. The error says that the terminal can't be used.
func Run(ctx context.Context, room *client.Room, o Options) (Outcome, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := newModel(&calls{ctx, room}, o.Read)
	p := tea.NewProgram(m, tea.WithInput(o.In), tea.WithOutput(o.Out), tea.WithoutSignalHandler())

	ended := make(chan struct{})
	go func() {
		defer close(ended)
		bring(ctx, room, p.Send)
	}()
	_, err := p.Run()
	cancel()
	<-ended
	if err != nil {
		err = fmt.Errorf("use the terminal: %w", err)
	}
	return Outcome{Read: room.Position(), Unsettled: m.outbox.unsettled(), RoomClosed: m.ended}, err
}

// bring sends the room's events until they end.
func bring(ctx context.Context, room *client.Room, send func(tea.Msg)) {
	for e, err := range room.Events(ctx) {
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			send(ended{err})
			return
		}
		h := happened{event: e}
		if logged, ok := e.(*protocol.Event); !ok || logged.Type == protocol.EventModerated {
			h.now = snapshot(room)
		}
		send(h)
	}
}

// happened is an event of the room.
type happened struct {
	event client.Event
	now   *now // if the event may have changed it
}

// ended says that the room is closed for good.
type ended struct{ err error }

// now is what a room is like.
type now struct {
	you      protocol.Member
	members  protocol.Members
	settings protocol.Settings
	limits   protocol.Limits
}

func snapshot(room *client.Room) *now {
	return &now{room.You(), room.Members(), room.Settings(), room.Limits()}
}
