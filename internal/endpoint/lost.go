package endpoint

import (
	"errors"
	"fmt"
)

// lostError has a text of its own: that of its cause is the network library's.
type lostError struct {
	text  string
	cause error
}

func (e *lostError) Error() string { return e.text }
func (e *lostError) Unwrap() error { return e.cause }

// Close codes of a server that stops (RFC 6455, section 7.4.1, and the IANA registry).
const (
	goingAway      = 1001
	serviceRestart = 1012
)

// Lost explains err, for which a WebSocket connection has ended, in words for people. It
// wraps err. code and reason are those of the server's close frame; code is 0 if there
// was none.
func Lost(err error, code int, reason string) error {
	var timeout interface{ Timeout() bool }
	text := "the connection was lost"
	switch {
	case code == goingAway, code == serviceRestart:
		text = "the server is restarting"
	case code != 0 && reason != "":
		text = fmt.Sprintf("the server closed the connection: %s (close code %d)", reason, code)
	case code != 0:
		text = fmt.Sprintf("the server closed the connection (close code %d)", code)
	case errors.As(err, &timeout) && timeout.Timeout():
		text = "the connection timed out"
	}
	return &lostError{text, err}
}
