package chat

import (
	"cmp"
	"errors"
	"time"

	"snug/internal/room"
	"snug/internal/websocket"
	"snug/protocol"
)

// v1 is the dialect for programs.
type v1 struct {
	*conn
	webSocket
	typedAt time.Time // when the room was last told that the client is typing
}

func (*v1) refused(e *protocol.Error) []byte {
	return websocket.AppendFrame(nil, websocket.OpText, protocol.AppendError(nil, e))
}

func (*v1) event(typ protocol.EventType, fields any) []byte {
	return websocket.AppendFrame(nil, websocket.OpText, protocol.AppendEvent(nil, typ, fields))
}

func (c *v1) command(frame []byte) error {
	cmd, err := protocol.DecodeCommand(frame)
	if err == nil {
		err = c.handle(&cmd)
	}
	var refusal *protocol.Error
	var end *ending
	if errors.As(err, &end) {
		refusal = end.refusal
	} else {
		errors.As(err, &refusal)
	}
	if refusal != nil && refusal.ID == "" && refusal.Ref == "" {
		refusal.ID, refusal.Ref = cmd.ID, cmd.Ref
	}
	return err
}

func (c *v1) handle(cmd *protocol.Command) error {
	if cmd.Type == protocol.CommandPing {
		c.out.put(c.event(protocol.EventPong, protocol.Pong{Ref: cmd.Ref}))
		return c.countViolation()
	}
	if (cmd.Type == protocol.CommandJoin || cmd.Type == protocol.CommandKnock) != (c.me == nil) {
		if c.me == nil {
			return protocol.Errorf(protocol.JoinFirst, "this connection isn't in its room yet: the first command is a join")
		}
		return protocol.Errorf(protocol.BadField, "this connection has joined already: open another one to join again")
	}
	var err error
	switch cmd.Type {
	case protocol.CommandJoin:
		return c.handleJoin(cmd)
	case protocol.CommandKnock:
		return c.handleKnock(cmd)
	case protocol.CommandAuth:
		return c.handleAuth(cmd)
	case protocol.CommandTyping:
		now := time.Now()
		if now.Sub(c.typedAt) < typingInterval {
			return c.countViolation()
		}
		c.typedAt = now
	case protocol.CommandHistory, protocol.CommandBans, protocol.CommandHooks, protocol.CommandInvites:
		err = c.waitPageQuota()
	case protocol.CommandSearch: // has a rate of its own
	case protocol.CommandVisible:
		err = c.countViolation()
	default:
		err = c.allow()
	}
	if err != nil {
		return err
	}
	ctx, span := c.server.options.Tracer.StartCommand(c.ctx(), cmd.Type)
	a, err := c.server.execute(ctx, c.me, &c.handshake, c.holder, cmd)
	if err == nil && a.isDraft {
		return c.append(ctx, span, cmd.ID, a.draft)
	}
	span.End(err)
	if err == nil && a.event != nil {
		c.out.put(websocket.AppendFrame(nil, websocket.OpText, a.event))
	}
	return err
}

func (c *v1) handleJoin(cmd *protocol.Command) error {
	holder, err := c.identify(cmp.Or(cmd.Token, c.handshake.token))
	if err != nil {
		return c.refuseJoin(room.Refusal(err))
	}
	q, err := c.server.joinRequest(cmd, holder)
	if err != nil {
		return err
	}
	c.stopKnocking() // who joins doesn't wait
	welcome, err := c.join(q, holder)
	if err != nil {
		return err
	}
	c.out.attach(c.me, c.event(protocol.EventWelcome, welcome))
	return nil
}

// typingInterval is how often the room is told that one client is typing, however often
// the client says so.
const typingInterval = time.Second

// handleAuth takes a fresh token of the same member. If it is refused, the old token
// stays as it is.
func (c *v1) handleAuth(cmd *protocol.Command) error {
	if err := c.countViolation(); err != nil { // verifying a token has a cost
		return err
	}
	h, err := c.identify(cmd.Token)
	if err != nil {
		return err
	}
	if c.server.options.Tokens != nil {
		if h == nil || c.holder == nil || !h.Same(c.holder) {
			return protocol.Errorf(protocol.BadToken, "the token is another member's than the one you joined with: open another connection for it")
		}
		if err := c.me.Grant(c.ctx(), h.Role); err != nil {
			return err
		}
	}
	c.setHolder(h)
	c.out.put(c.event(protocol.EventAuth, protocol.Auth{Ref: cmd.Ref, TokenMS: c.tokenMS()}))
	return nil
}
