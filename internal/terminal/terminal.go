// Package terminal is a full-screen chat program for several [client.Room].
//
// It uses Bubble Tea: one goroutine owns the rooms, each with its model, handles one message
// at a time, from the keyboard or from a room, and draws the changes. For each room another
// goroutine forwards the events. Each call to the server runs in its own goroutine, and its outcome comes
// back as a message.
//
// Text from other people passes through package text before it becomes part of a row, so
// that the terminal shows it and doesn't obey it. Every row has the right width, whatever
// it contains.
package terminal

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	tea "charm.land/bubbletea/v2"

	"snug/client"
	"snug/protocol"
)

// Visit is a user's stay in a room.
type Visit struct {
	Room *client.Room
	// ID is the same for visits of the same room.
	ID string
	// Code is the room's, and Server where it is, for people.
	Code, Server string
	// Read is up to where the room was read before: later messages are marked as new.
	// The zero Position marks none.
	Read protocol.Position
	// Find finds a room by its code, which is of the same server, or by a link to it.
	Find func(name string) (Place, error)
	// Leave ends the visit. It is called once.
	Leave func(Outcome) error
}

// Place is a room that a user may join.
type Place struct {
	ID, Code string // as of the Visit
	// Join joins the room. It blocks until that is done, or until ctx ends.
	Join func(ctx context.Context, e Entry) (*Visit, error)
}

// Entry is how a user comes into a room.
type Entry struct {
	Password string
	Knock    bool   // ask those inside for admission if the room is locked
	Note     string // for them
	Waiting  func(why error, retry time.Duration)
}

// Outcome is how a visit ends.
type Outcome struct {
	Read       protocol.Position // up to where the room was shown, for another Visit
	RoomClosed error             // why the room was closed for good; nil if the user leaves
}

// Run shows rooms, at least one, and blocks until the user leaves them all or ctx ends. It
// reads their events, and leaves them and those that the user has joined meanwhile. It returns
// a sentence about each message and each command that isn't confirmed, in order. The error says that the terminal
// can't be used, or is of leaving.
func Run(ctx context.Context, in, out *os.File, visits []*Visit) (unsettled []string, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	r := newRooms(ctx)
	p := tea.NewProgram(r, tea.WithInput(&input{File: in}), tea.WithOutput(out), tea.WithoutSignalHandler())
	r.send = p.Send
	for _, v := range visits {
		r.add(v)
	}
	r.show(r.all[0])
	if _, err = p.Run(); err != nil {
		err = fmt.Errorf("use the terminal: %w", err)
	}
	cancel()
	r.tasks.Wait()
	unsettled, left := r.leaveAll()
	return unsettled, errors.Join(err, left)
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
