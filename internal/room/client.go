package room

import (
	"context"

	"snug/protocol"
)

// Client is the connection that a seat is for. Its methods are safe for concurrent use,
// and may be called before Join has returned.
type Client interface {
	// More is called by the room's goroutine when there is more for the cursor, or
	// when the room has ended. It doesn't wait.
	More()
	// Deliver takes a frame for this connection alone. It doesn't wait, and copies.
	Deliver(frame []byte)
	// Expel ends the connection, with a protocol.Goodbye's code. It doesn't wait.
	Expel(goodbye string)
	// Create takes the making of a room from what the client may do. It doesn't wait.
	Create() *protocol.Error
	// Guess calls try, which says whether a password is right, if the client may try
	// one, and otherwise returns a *protocol.Error.
	Guess(ctx context.Context, try func() (right bool, err error)) (right bool, err error)
}

// nobody is a client whom nothing reaches, and who may do all.
type nobody struct{}

func (nobody) More()                   {}
func (nobody) Deliver([]byte)          {}
func (nobody) Expel(string)            {}
func (nobody) Create() *protocol.Error { return nil }
func (nobody) Guess(_ context.Context, try func() (bool, error)) (bool, error) {
	return try()
}
