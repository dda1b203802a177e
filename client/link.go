package client

import (
	"context"
	"fmt"

	"snug/protocol"
)

// Transport is how a Room is connected to its server.
type Transport string

const (
	// WebSocket is a connection for events and commands.
	WebSocket Transport = "websocket"
	// HTTP is for networks that block WebSockets: a response that doesn't end brings the
	// events, and each command is a request. The Room keeps its promises over it, too. It
	// sends commands one at a time, so that they stay in order.
	HTTP Transport = "http"
)

// link is a connection that has sent its join. Its methods may be called concurrently, but
// each by one goroutine at a time.
type link interface {
	// next waits for the next event. It returns nil for one of an unknown type. The error
	// is a [websocket.CloseError] or a *protocol.Error if the server has ended the link.
	next(ctx context.Context) (any, error)
	// write sends a command. Unless the link is duplex, write waits for the answer, and
	// returns it: nil is none.
	write(ctx context.Context, c *command) (answer any, err error)
	// duplex reports whether commands and their answers use the link itself. If not, write
	// returns the answers, and the link ends with the token that it was opened with.
	duplex() bool
	// setLimits is called after the welcome.
	setLimits(protocol.Limits)
	// leave closes the link, and waits until the server knows.
	leave()
	// hangUp closes the link at once.
	hangUp()
}

// decode decodes an event.
func decode(data []byte) (any, error) {
	e, err := protocol.DecodeEvent(data)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errFaulty, err)
	}
	return e, nil
}
