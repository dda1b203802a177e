package client

import (
	"errors"
	"fmt"
	"time"

	"github.com/coder/websocket"

	"snug/protocol"
)

var (
	// ErrClosed says that [Room.Close] was called.
	ErrClosed = errors.New("the room was closed")
	// ErrSeatLost says that the server no longer knew the seat and made this
	// client another member, whose ids protect nothing: to send the message again
	// may say it twice.
	ErrSeatLost = errors.New("the server no longer knows this client's seat and made it another member")
	// ErrTooOld says that a message waited for so long that the server may have
	// forgotten its id: to send it again may say it twice.
	ErrTooOld = errors.New("it has waited for longer than the server remembers ids")
	// ErrBusy says that another loop is reading the room's events.
	ErrBusy = errors.New("another loop reads this room's events: one at a time")
)

// Disconnected says that the connection was lost, and why; the next attempt is
// in Retry. It follows failed attempts, too.
type Disconnected struct {
	Err   error
	Retry time.Duration
}

// RefusedError is a server's refusal, as HTTP, to open a connection.
type RefusedError struct {
	Status int           // of HTTP
	Detail string        // what to do, as the server says it; empty if it wasn't a Snug server's answer
	Retry  time.Duration // how long the server asks to wait; 0 if it doesn't say
}

func (e *RefusedError) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("HTTP status %d, which is no answer of a Snug server: is its address right, up to the path before /ws?", e.Status)
	}
	return fmt.Sprintf("%s (HTTP status %d)", e.Detail, e.Status)
}

// UnknownError is the error of a [Room.Send] or another command that gave up:
// whether the message, or what else became of the command with this ID, is in the
// room, or will be, isn't known. Unless Err is [ErrSeatLost] or [ErrTooOld] it is
// safe to send the same with the same ID again, by Send or [Room.Do], also from
// another Room with the same seat.
type UnknownError struct {
	ID  string
	Err error
}

func (e *UnknownError) Error() string {
	text := fmt.Sprintf("whether command %q was carried out isn't known: %v", e.ID, e.Err)
	if errors.Is(e.Err, ErrSeatLost) || errors.Is(e.Err, ErrTooOld) {
		return text
	}
	return text + "; to be sure, send it again with the same ID and seat"
}

func (e *UnknownError) Unwrap() error { return e.Err }

// EndedError says that the server closed the connection with a code that asks
// not to come back. With [protocol.CloseBanned] the Reason is
// [protocol.GoodbyeKicked] or [protocol.GoodbyeBanned]; by whom and why is told by
// the last of the room's events.
type EndedError struct {
	Code   protocol.CloseCode
	Reason string
}

func (e *EndedError) Error() string {
	return fmt.Sprintf("the server ended it: %s (close code %d)", e.Reason, e.Code)
}

// final returns err if a client that got it doesn't come back by itself, as an
// *EndedError where it came by a close code; nil otherwise. A refusal is final if
// somebody has to do something about it; who is told to wait waits.
func final(err error) error {
	var ended *EndedError
	if errors.As(err, &ended) {
		return ended
	}
	var closed websocket.CloseError
	if errors.As(err, &closed) {
		switch code := protocol.CloseCode(closed.Code); code {
		case protocol.CloseBadToken, protocol.CloseBanned, protocol.CloseRoomGone:
			return &EndedError{code, closed.Reason}
		}
	}
	var refused *protocol.Error
	if errors.As(err, &refused) {
		switch refused.Code {
		case protocol.Banned, protocol.Locked, protocol.BadPassword, protocol.BadToken:
			return err
		}
	}
	return nil
}
