// Package terminal is a full-screen chat program for a [client.Room].
//
// It uses Bubble Tea: one goroutine owns the model, handles one message at a time, from
// the keyboard or from the room, and draws the changes. A second goroutine forwards the
// room's events. Each call to the server runs in its own goroutine, and its outcome comes
// back as a message.
//
// Text from other people passes through package text before it becomes part of a row, so
// that the terminal shows it and doesn't obey it. Every row has the right width, whatever
// it contains.
package terminal

import (
	"context"
	"fmt"
	"os"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/protocol"
)

// Options configure how a room is shown.
type Options struct {
	// In and Out are the terminal.
	In, Out *os.File
	// Read is up to where the room was read before: later messages are marked as new.
	// The zero Position marks none.
	Read protocol.Position
}

// Outcome is the result of [Run].
type Outcome struct {
	Read       protocol.Position // up to where the room was shown, for Options another time
	Unsettled  []string          // the contents of messages that aren't confirmed, in order
	RoomClosed error             // why the room was closed for good; nil if the user left
}

// Run shows the room and blocks until the user leaves or ctx ends. It reads the room's
// events and doesn't close the room; calls in progress end with [client.Room.Close].
// The error says that the terminal can't be used.
func Run(ctx context.Context, room *client.Room, o Options) (Outcome, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := newModel(&calls{ctx, room}, o.Read)
	p := tea.NewProgram(m, tea.WithInput(o.In), tea.WithOutput(o.Out), tea.WithoutSignalHandler())

	ended := make(chan struct{})
	go func() {
		defer close(ended)
		forwardEvents(ctx, room, p.Send)
	}()
	_, err := p.Run()
	cancel()
	<-ended
	if err != nil {
		err = fmt.Errorf("use the terminal: %w", err)
	}
	return Outcome{Read: room.Position(), Unsettled: m.outbox.unsettled(), RoomClosed: m.ended}, err
}

// forwardEvents passes the room's events to send until they end.
func forwardEvents(ctx context.Context, room *client.Room, send func(tea.Msg)) {
	for e, err := range room.Events(ctx) {
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			send(ended{err})
			return
		}
		h := roomEvent{event: e}
		if logged, ok := e.(*protocol.Event); !ok || logged.Type == protocol.EventModerated || logged.Type == protocol.EventDeleted {
			h.state = snapshot(room)
		}
		send(h)
	}
}

// roomEvent is an event of the room.
type roomEvent struct {
	event client.Event
	state *roomState // nil if the event can't have changed it
}

// ended says that the room is closed for good.
type ended struct{ err error }

// roomState is the state of a room.
type roomState struct {
	you      protocol.Member
	members  protocol.Members
	settings protocol.Settings
	limits   protocol.Limits
	pins     []uint64
	waiting  []protocol.Knock
}

func snapshot(room *client.Room) *roomState {
	return &roomState{room.You(), room.Members(), room.Settings(), room.Limits(), room.Pins(), room.Knocks()}
}
