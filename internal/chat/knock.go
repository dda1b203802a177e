package chat

import (
	"cmp"
	"errors"

	"snug/internal/room"
	"snug/protocol"
)

// handleKnock has the client wait before the room, in place of a join. When somebody admits it,
// the room sends it the seat to join with, on the same connection.
func (c *v1) handleKnock(cmd *protocol.Command) error {
	if c.knocker != nil {
		return protocol.Errorf(protocol.BadField, "this connection has knocked already: wait for the seat, and join with it")
	}
	holder, err := c.identify(cmp.Or(cmd.Token, c.handshake.token))
	if err != nil {
		return c.refuseJoin(room.Refusal(err))
	}
	nick, err := nickOf(holder, cmd.Nick)
	if err != nil {
		return err
	}
	k, err := c.server.options.Rooms.Knock(c.ctx(), c.handshake.code, room.Request{
		Dialect: c.handshake.dialect, Nick: nick, Holder: holder, Client: c,
		Address: c.handshake.network(), Network: c.handshake.widerNetwork(),
	}, cmd.Note)
	if refused := (*protocol.Error)(nil); errors.As(err, &refused) && refused.Code == protocol.Forbidden {
		return refused // the client may join
	}
	if err != nil {
		return c.joinError(err)
	}
	c.knocker, c.handshake.entry.joinBy = k, k.Until()
	return nil
}

// stopKnocking ends the wait before the room, if there is one.
func (c *conn) stopKnocking() {
	if c.knocker != nil {
		c.knocker.Leave()
		c.knocker = nil
	}
}

// notAdmitted is the ending of a connection that has waited for too long.
func (c *conn) notAdmitted() *ending {
	e := protocol.Errorf(protocol.Locked, "nobody has let you in for %v: ask somebody inside, or knock again", protocol.KnockFor)
	return &ending{code: protocol.ClosePolicy, reason: string(e.Code), why: "nobody has admitted it", refusal: e}
}
