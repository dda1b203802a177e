package endpoint

import (
	"errors"
	"fmt"

	"github.com/coder/websocket"
)

// lostError has a text of its own: that of its cause is the network library's.
type lostError struct {
	text  string
	cause error
}

func (e *lostError) Error() string { return e.text }
func (e *lostError) Unwrap() error { return e.cause }

// Lost explains err, for which a WebSocket connection has ended, in words for people. It
// wraps err.
func Lost(err error) error {
	var closed websocket.CloseError
	var timeout interface{ Timeout() bool }
	text := "the connection was lost"
	switch {
	case errors.As(err, &closed) && (closed.Code == websocket.StatusGoingAway || closed.Code == websocket.StatusServiceRestart):
		text = "the server is restarting"
	case errors.As(err, &closed) && closed.Reason != "":
		text = fmt.Sprintf("the server closed the connection: %s (close code %d)", closed.Reason, closed.Code)
	case errors.As(err, &closed):
		text = fmt.Sprintf("the server closed the connection (close code %d)", closed.Code)
	case errors.Is(err, websocket.ErrMessageTooBig):
		text = "the server sent a frame that is too long"
	case errors.As(err, &timeout) && timeout.Timeout():
		text = "the connection timed out"
	}
	return &lostError{text, err}
}
