package chat

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"snug/internal/auth"
	"snug/internal/room"
	"snug/protocol"
)

// bearer returns the token that a request carries in its header (RFC 6750, section
// 2.1), or, for a hand on a keyboard, which can't set one, in its query.
func bearer(r *http.Request, query url.Values, d protocol.Dialect) string {
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok && strings.EqualFold(scheme, "Bearer") {
		return strings.TrimSpace(token)
	}
	if d == protocol.Plain {
		return query.Get("token")
	}
	return ""
}

// identify returns who a token says that the client is; nil where the server asks
// for none. The error is a *protocol.Error.
func (c *conn) identify(token string) (*auth.Holder, error) {
	if c.server.options.Tokens == nil {
		return nil, nil
	}
	h, err := c.server.options.Tokens.Holder(c.ctx(), token, string(c.door.code))
	if err != nil || h.Name == "" {
		return h, err
	}
	if _, err := room.FitNick(h.Name); err != nil {
		return nil, protocol.Errorf(protocol.BadToken, "the token's name is %s", room.Refusal(err).Message)
	}
	return h, nil
}

// hold takes h for who the client is, and ends the connection when its token does.
// It is the reader's.
func (c *conn) hold(h *auth.Holder) {
	c.holder = h
	if h == nil {
		return
	}
	if c.lapse == nil {
		c.lapse = time.AfterFunc(time.Until(h.Until), func() { c.interrupt(c.lapsed()) })
		return
	}
	c.lapse.Reset(time.Until(h.Until))
}

// tokenMS is how long the client's token is still good for, as it is told.
func (c *conn) tokenMS() int64 {
	if c.holder == nil {
		return 0
	}
	return max(time.Until(c.holder.Until).Milliseconds(), 1)
}

// lapsed is the ending of a connection whose token has ended.
func (c *conn) lapsed() *ending {
	e := &ending{code: protocol.CloseBadToken, reason: "the token has ended", why: "the token has ended", flush: true}
	if c.door.dialect == protocol.V1 {
		e.frames = v1Event(protocol.EventGoodbye, protocol.Goodbye{Code: protocol.GoodbyeExpired})
	} else {
		e.frames = c.refusal(protocol.Errorf(protocol.BadToken, "the token has ended: come back with a fresh one"))
	}
	return e
}

// auth takes a fresh token of the same member's. One that is refused leaves the
// old one as it is.
func (c *v1) auth(cmd *protocol.Command) error {
	if err := c.strike(); err != nil { // to verify one costs
		return err
	}
	h, err := c.identify(cmd.Token)
	if err != nil {
		return err
	}
	if h != nil {
		if !h.Same(c.holder) {
			return protocol.Errorf(protocol.BadToken, "the token is another member's than the one you joined with: open another connection for it")
		}
		if err := c.me.Grant(c.ctx(), h.Role); err != nil {
			return err
		}
	}
	c.hold(h)
	c.out.put(v1Event(protocol.EventAuth, protocol.Auth{Ref: cmd.Ref, TokenMS: c.tokenMS()}))
	return nil
}

// named returns the nick of one who has a token: the name in it, or asked where it
// has none.
func named(h *auth.Holder, asked string) (room.Nick, error) {
	if h == nil || h.Name == "" {
		return room.ParseNick(asked)
	}
	return room.FitNick(h.Name)
}
