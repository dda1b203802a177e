package chat

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"snug/internal/auth"
	"snug/internal/ratelimit"
	"snug/internal/room"
	"snug/protocol"
)

// join has the connection join its room; holder is who its token says it is, nil for
// none. It waits for the room. The error is a *protocol.Error, which lets the client try
// again, or it ends the connection.
func (c *conn) join(q room.Request, holder *auth.Holder) (protocol.Welcome, error) {
	welcome, err := c.enter(q, holder)
	return welcome, c.joinError(err)
}

// joinError returns how a connection goes on whose join has failed with err, as join does.
func (c *conn) joinError(err error) error {
	var refusal *protocol.Error
	switch {
	case errors.As(err, &refusal):
		return c.refuseJoin(refusal)
	case errors.Is(err, room.ErrTooMany):
		return &ending{code: protocol.CloseTooMany, why: "too many rooms", refusal: tooManyRooms()}
	case err != nil && c.ctx().Err() != nil: // the server is shutting down
		return err
	case err != nil:
		c.log().Error("a room can't be joined", "err", err)
		return c.unavailable("the room can't be opened now")
	}
	return nil
}

// enter is join with the errors of room.Registry.Join.
func (c *conn) enter(q room.Request, holder *auth.Holder) (protocol.Welcome, error) {
	q.Dialect, q.Holder = c.handshake.dialect, holder
	q.Client, q.Quota = c, addressQuota{c.server.addresses, c.handshake.from}
	q.Address, q.Network = c.handshake.network(), c.handshake.widerNetwork()
	p, welcome, err := c.server.options.Rooms.Join(c.ctx(), c.handshake.code, q)
	if err != nil {
		return welcome, err
	}
	welcome.Limits = c.server.limits
	c.me = p
	c.handshake.entry = nil
	c.setHolder(holder)
	welcome.TokenMS = c.tokenMS()
	return welcome, nil
}

func tooManyRooms() *protocol.Error {
	e := protocol.Errorf(protocol.TooMany, "the server has as many open rooms as it takes: come back later")
	e.RetryAfter = retryAfter
	return e
}

// passwordRetry is how long a v1 client that has given a wrong password or code has to give
// another one.
const passwordRetry = time.Minute

// refuseJoin returns how a connection goes on whose join is refused with e: as a
// *protocol.Error if the client may try again, or as its ending.
func (c *conn) refuseJoin(e *protocol.Error) error {
	if c.handshake.dialect == protocol.V1 { // plain has no way to ask again
		switch e.Code {
		case protocol.BadPassword, protocol.NotFound: // the latter is of the code of a transfer
			c.handshake.entry.joinBy = time.Now().Add(passwordRetry)
			return e
		case protocol.Unavailable:
			return e
		}
	}
	return &ending{code: closeCode(e), reason: string(e.Code), why: "refused: " + string(e.Code), refusal: e}
}

// closeCode is the close code of a connection that ends because it isn't, or is no longer, admitted.
func closeCode(e *protocol.Error) protocol.CloseCode {
	switch e.Code {
	case protocol.Unavailable:
		return protocol.CloseFault
	case protocol.BadToken:
		return protocol.CloseBadToken
	case protocol.Banned:
		return protocol.CloseBanned
	case protocol.Closed:
		return protocol.CloseRoomGone
	case protocol.RoomFull, protocol.TooMany:
		return protocol.CloseTooMany
	}
	return protocol.ClosePolicy
}

// addressQuota is the room.Quota of the connections from one address.
type addressQuota struct {
	limiter *ratelimit.Limiter
	address netip.Addr
}

func (q addressQuota) TakeRoom() (retryAfter time.Duration) { return q.limiter.AllowRoom(q.address) }

func (q addressQuota) TryPassword(ctx context.Context, check func() (right bool, err error)) (right bool, retryAfter time.Duration, err error) {
	return q.limiter.CheckPassword(ctx, q.address, check)
}

// Refuse ends the connection of somebody who reads or waits, and is no longer admitted. See room.Client.
func (c *conn) Refuse(e *protocol.Error) {
	c.interrupt(&ending{code: closeCode(e), reason: string(e.Code), why: "no longer admitted: " + string(e.Code), refusal: e})
}

// Tell puts an error into the outbox. See room.Client.
func (c *conn) Tell(e *protocol.Error) { c.out.put(c.refusal(e)) }

// Deliver puts a frame for this client alone into its outbox. See room.Client.
func (c *conn) Deliver(frame []byte) { c.out.offer(frame) }

// Answer puts the answer to a command into the outbox. See room.Client.
func (c *conn) Answer(frame []byte) { c.out.put(frame) }

// Expel ends the connection of a member who is kicked or banned, whose seats are revoked, or
// whose room is closed. See room.Client.
func (c *conn) Expel(goodbye string) {
	end := &ending{code: protocol.CloseBanned, reason: goodbye, why: goodbye, flush: true}
	if goodbye == protocol.GoodbyeClosed {
		end.code = protocol.CloseRoomGone
	}
	switch {
	case c.handshake.dialect != protocol.Plain:
		end.frames = c.talk.event(protocol.EventGoodbye, protocol.Goodbye{Code: goodbye})
	case goodbye == protocol.GoodbyeClosed:
		end.refusal = protocol.Errorf(protocol.Closed, "the room was closed")
	case goodbye == protocol.GoodbyeRevoked:
		end.refusal = protocol.Errorf(protocol.Forbidden, "your seats in this room were revoked")
	default:
		end.refusal = protocol.Errorf(protocol.Banned, "you were %s", goodbye)
	}
	c.interrupt(end)
}
