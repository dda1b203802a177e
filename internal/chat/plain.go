package chat

import (
	"fmt"
	"math/rand/v2"

	"snug/internal/auth"
	"snug/internal/room"
	"snug/internal/websocket"
	"snug/protocol"
)

// plain is the dialect for people with any WebSocket tool, and for scripts of a few
// lines.
type plain struct {
	*conn
	webSocket
	author string    // the Author of the last message…
	nick   room.Nick // …as a nick
}

// joinAtOnce joins the room before the connection is open: plain has no command for that. An
// error ends the connection.
func (c *plain) joinAtOnce() error {
	holder, err := c.identify(c.handshake.token)
	if err != nil {
		return c.refuseJoin(room.Refusal(err))
	}
	nick, err := plainNick(holder)
	if err != nil {
		return err
	}
	if _, err := c.join(room.Request{Nick: nick, History: c.handshake.history, Password: c.handshake.password}, holder); err != nil {
		return err
	}
	c.out.attach(c.me, nil)
	return nil
}

// plainNick returns the nick of somebody who joins by plain: the name in the token, or
// the token's subject, or a guest's nick.
func plainNick(h *auth.Holder) (room.Nick, error) {
	if h != nil && h.Name == "" {
		if nick, err := room.FitNick(h.Subject); err == nil {
			return nick, nil
		}
	}
	number := rand.IntN(1_000_000)                      //nolint:gosec // no secret
	return nickOf(h, fmt.Sprintf("guest-%06d", number)) // letters could spell the name of a role
}

func (*plain) refused(e *protocol.Error) []byte {
	return websocket.AppendFrame(nil, websocket.OpText, protocol.AppendPlainError(nil, e))
}

// event returns nothing: plain shows only messages.
func (*plain) event(protocol.EventType, any) []byte { return nil }

func (c *plain) command(frame []byte) error {
	m, err := protocol.DecodePlain(frame)
	if err != nil {
		return err
	}
	if m.Content == "" { // most often under another name
		return protocol.Errorf(protocol.Empty, `the message is empty: it needs "Content", as in {"Content":"hello"}`)
	}
	if c.holder != nil {
		m.Author = "" // the token says who it is
	}
	if m.Author != c.author {
		nick := room.Nick{}
		if m.Author != "" {
			if nick, err = room.ParseNick(m.Author); err != nil {
				return err
			}
		}
		c.author, c.nick = m.Author, nick
	}
	return c.sendMessage(room.Message{Author: c.nick.Shown, Content: m.Content})
}
