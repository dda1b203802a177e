package client

import (
	"errors"
	"fmt"
	"time"

	"github.com/coder/websocket"

	"snug/internal/endpoint"
	"snug/protocol"
)

var (
	// ErrClosed says that [Room.Close] was called.
	ErrClosed = errors.New("the room was closed")
	// ErrSeatLost says that the server no longer knew the seat and made this client
	// another member. The server can't recognize repeats of the former member's
	// commands: a message that is sent again may appear twice. If the room has begun
	// anew, those that weren't sent yet fail with it as well: the room may be somebody
	// else's.
	ErrSeatLost = errors.New("the server no longer knows this client's seat and made it another member")
	// ErrTooOld says that a message has waited for so long that the server may have
	// forgotten its ID: if it is sent again, it may appear twice.
	ErrTooOld = errors.New("it has waited for longer than the server remembers ids")
	// ErrBusy says that another loop is reading the room's events.
	ErrBusy = errors.New("another loop is already reading this room's events")
)

// Disconnected says that the connection was lost, or that an attempt to connect has
// failed. Err says why; it is a sentence for people that contains no details of
// the network library. The next attempt comes after Retry.
type Disconnected struct {
	Err   error
	Retry time.Duration
}

// RefusedError is the error of a server that refuses a connection over HTTP.
type RefusedError struct {
	Status   int           // the HTTP status code
	Detail   string        // what to do, in the server's words; empty if a Snug server didn't answer
	Retry    time.Duration // how long the server asks to wait; 0 if it doesn't say
	Location string        // the scheme and host of another server to which it redirects, which isn't followed; empty for none
}

func (e *RefusedError) Error() string {
	switch {
	case e.Location != "":
		return fmt.Sprintf("HTTP status %d, a redirect to %s, which isn't followed: if that is the server, name it", e.Status, e.Location)
	case e.Detail == "":
		return fmt.Sprintf("HTTP status %d, which isn't the answer of a Snug server: is the address right, including its path?", e.Status)
	}
	return fmt.Sprintf("%s (HTTP status %d)", e.Detail, e.Status)
}

// UnknownError is the error of a [Room.Send] or another command that gave up before
// it had an answer: whether the command was or will be carried out isn't known.
// Unless Err is [ErrSeatLost] or [ErrTooOld], it is safe to repeat it with the same
// ID, with Send or [Room.Do], also from another Room with the same seat.
type UnknownError struct {
	ID  string
	Err error
}

func (e *UnknownError) Error() string {
	text := fmt.Sprintf("it isn't known whether command %q was carried out: %v", e.ID, e.Err)
	if errors.Is(e.Err, ErrSeatLost) || errors.Is(e.Err, ErrTooOld) {
		return text
	}
	return text + "; to be sure, send it again with the same ID and seat"
}

func (e *UnknownError) Unwrap() error { return e.Err }

// EndedError says that the server has closed the connection with a code that asks
// the client not to come back. With [protocol.CloseBanned] the Reason is
// [protocol.GoodbyeKicked], [protocol.GoodbyeBanned] or [protocol.GoodbyeRevoked], and with
// [protocol.CloseRoomGone] it is [protocol.GoodbyeClosed]; the last of the room's events says
// by whom and why.
type EndedError struct {
	Code   protocol.CloseCode
	Reason string
}

func (e *EndedError) Error() string {
	switch e.Reason {
	case protocol.GoodbyeClosed:
		return "the room was closed for everyone, and its messages are erased"
	case protocol.GoodbyeExpired:
		return "the token has ended: get a new one"
	}
	return fmt.Sprintf("the server closed the connection for good: %s (close code %d)", e.Reason, e.Code)
}

// IsRoomClosed reports whether err says that the room was closed for everyone: that the
// Room has ended for that, or that a join was refused within a day after it. The seat is of
// no use any more: remove what you have stored of the room.
func IsRoomClosed(err error) bool {
	var ended *EndedError
	if errors.As(err, &ended) {
		return ended.Code == protocol.CloseRoomGone
	}
	var refused *protocol.Error
	return errors.As(err, &refused) && refused.Code == protocol.Closed
}

// final returns err if the client must not reconnect after it by itself, as an
// *EndedError if the reason is a close code; and otherwise nil. A refusal is final
// if a person has to do something about it.
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
		case protocol.Banned, protocol.Locked, protocol.BadPassword, protocol.BadToken, protocol.Closed:
			return err
		}
	}
	return nil
}

// explainLoss returns the error of a read or a write in words for people.
func explainLoss(err error) error {
	if errors.Is(err, errSilent) || errors.Is(err, errNoAnswer) || errors.Is(err, errFaulty) ||
		errors.As(err, new(*EndedError)) || errors.As(err, new(*RefusedError)) || errors.As(err, new(*protocol.Error)) {
		return err
	}
	var closed websocket.CloseError
	errors.As(err, &closed)
	return endpoint.Lost(err, int(closed.Code), closed.Reason)
}
