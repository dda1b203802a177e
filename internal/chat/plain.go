package chat

import (
	"crypto/rand"
	"strings"

	"snug/internal/auth"
	"snug/internal/room"
	"snug/protocol"
)

// plain is the dialect of the original, for a hand on a keyboard.
type plain struct {
	*conn
	author string    // the Author of the last message…
	nick   room.Nick // …as a nick
}

// begin joins at once: plain has no word for it.
func (c *plain) begin() error {
	holder, err := c.identify(c.door.token)
	if err != nil {
		return c.turnedAway(room.Refusal(err))
	}
	nick, err := c.name(holder)
	if err != nil {
		return err
	}
	if _, err := c.join(room.Request{Nick: nick, History: c.door.history, Password: c.door.password}, holder); err != nil {
		return err
	}
	c.out.sit(c.me, nil)
	return nil
}

// name is whom the client speaks as: who its token names, by its subject if by
// nothing else, or a guest.
func (*plain) name(h *auth.Holder) (room.Nick, error) {
	if h != nil && h.Name == "" {
		if nick, err := room.FitNick(h.Subject); err == nil {
			return nick, nil
		}
	}
	return named(h, "guest-"+strings.ToLower(rand.Text()[:6]))
}

func (*plain) refused(e *protocol.Error) []byte {
	return protocol.AppendFrame(nil, protocol.OpText, protocol.AppendPlainError(nil, e))
}

func (c *plain) command(frame []byte) error {
	m, err := protocol.DecodePlain(frame)
	if err != nil {
		return err
	}
	if c.holder != nil {
		m.Author = "" // it has a name
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
	return c.send(room.Message{Author: c.nick.Shown, Content: m.Content})
}
