package chat

import (
	"context"
	"time"

	"snug/protocol"
)

// passwordWithin is how long a client that has given a wrong password may think
// about another.
const passwordWithin = time.Minute

// turnedAway says what becomes of a connection whose join is refused. One with a
// wrong password may try again.
func (c *conn) turnedAway(e *protocol.Error) error {
	end := &ending{code: protocol.ClosePolicy, reason: string(e.Code), why: "refused: " + string(e.Code)}
	switch e.Code {
	case protocol.BadPassword:
		if c.door.dialect == protocol.V1 {
			c.sock.joinBy = time.Now().Add(passwordWithin)
			return e
		}
	case protocol.Unavailable:
		if c.door.dialect == protocol.V1 {
			return e
		}
		end.code = protocol.CloseFault // there is no word to ask again with
	case protocol.BadToken:
		end.code = protocol.CloseBadToken
	case protocol.Banned:
		end.code = protocol.CloseBanned
	case protocol.RoomFull, protocol.TooMany:
		end.code = protocol.CloseTooMany
	}
	end.frames = c.refusal(e)
	return end
}

// expelled is the ending of a connection whose member was put out.
func (c *conn) expelled(code string) *ending {
	end := &ending{code: protocol.CloseBanned, reason: code, why: code, flush: true}
	if c.door.dialect == protocol.V1 {
		end.frames = v1Event(protocol.EventGoodbye, protocol.Goodbye{Code: code})
	} else {
		end.frames = c.refusal(protocol.Errorf(protocol.Banned, "you were %s", code))
	}
	return end
}

// Deliver puts a frame for this client alone where it is written from.
func (c *conn) Deliver(frame []byte) { c.out.offer(frame) }

// Expel ends the connection of one who is put out.
func (c *conn) Expel(goodbye string) { c.interrupt(c.expelled(goodbye)) }

// Create takes a new room from the client's address.
func (c *conn) Create() *protocol.Error {
	return tooSoon(c.server.addresses.AllowRoom(c.door.from), "too many new rooms from your address")
}

// Guess tries a password.
func (c *conn) Guess(ctx context.Context, try func() (right bool, err error)) (right bool, err error) {
	right, wait, err := c.server.addresses.CheckPassword(ctx, c.door.from, try)
	if e := tooSoon(wait, "too many wrong passwords from your address"); e != nil {
		return false, e
	}
	return right, err
}

func tooSoon(wait time.Duration, why string) *protocol.Error {
	if wait == 0 {
		return nil
	}
	wait = max(wait, time.Second)
	e := protocol.Errorf(protocol.TooMany, "%s: come back in %v", why, wait.Round(time.Second))
	e.RetryAfter = wait
	return e
}
