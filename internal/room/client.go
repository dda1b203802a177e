package room

import (
	"context"
	"time"

	"snug/internal/room/fanout"
	"snug/protocol"
)

// Client is what a room needs of a connection that has joined. Its methods are safe for
// concurrent use, don't block, and may be called before Join has returned.
type Client interface {
	// More says that there is more to read by the cursor, or that the room has ended.
	fanout.Reader
	// Deliver sends a frame to this connection alone. It copies the frame, or drops it if
	// too much waits for the client already.
	Deliver(frame []byte)
	// Answer sends the answer to a command of this connection to it. It copies the frame.
	Answer(frame []byte)
	// Expel ends the connection, with a code of protocol.Goodbye.
	Expel(goodbye string)
	// Tell sends an error to this connection, which goes on.
	Tell(e *protocol.Error)
	// Refuse ends the connection of somebody who reads or waits, and is no longer admitted.
	Refuse(e *protocol.Error)
}

// Quota is what a connection may use up of what all connections from its address share.
// Its methods are safe for concurrent use.
type Quota interface {
	// TakeRoom takes the creation of one room from the quota, or returns how long it
	// will be until there is one. It doesn't block.
	TakeRoom() (retryAfter time.Duration)
	// TryPassword calls check, which says whether a password is right, unless the
	// quota of wrong passwords is used up: then it returns how long to wait.
	TryPassword(ctx context.Context, check func() (right bool, err error)) (right bool, retryAfter time.Duration, err error)
}

// unlimited is the quota of those who have none.
type unlimited struct{}

func (unlimited) TakeRoom() time.Duration { return 0 }

func (unlimited) TryPassword(_ context.Context, check func() (bool, error)) (right bool, retryAfter time.Duration, err error) {
	right, err = check()
	return right, 0, err
}

// noClient is the client of a join that nothing has to reach.
type noClient struct{}

func (noClient) More()          {}
func (noClient) Deliver([]byte) {}
func (noClient) Answer([]byte)  {}
func (noClient) Expel(string)   {}

func (noClient) Tell(*protocol.Error)   {}
func (noClient) Refuse(*protocol.Error) {}
