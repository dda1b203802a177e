package chat

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"snug/internal/auth"
	"snug/internal/room"
	"snug/protocol"
)

// bearer returns the token in the header of a request (RFC 6750, section 2.1) or, in
// plain, whose clients often can't set a header, in its query. It is empty if there is
// none, or the server knows of no tokens. An Authorization that isn't understood is an error,
// a [*protocol.Error]: its sender means to be somebody, and would be a guest.
func (s *Server) bearer(r *http.Request, query url.Values, d protocol.Dialect) (string, error) {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	switch {
	case s.options.Tokens == nil:
		return "", nil
	case strings.EqualFold(scheme, "Bearer") && token != "":
		return token, nil
	case scheme != "" && !isForProxy(scheme):
		return "", protocol.Errorf(protocol.BadToken, `the header Authorization isn't understood: it is "Bearer", a space and a token`)
	case d == protocol.Plain:
		return query.Get("token"), nil
	}
	return "", nil
}

// isForProxy reports whether an authentication scheme is one that browsers answer by themselves. This
// server never asks for these: a proxy in front does, and may pass the header on.
func isForProxy(scheme string) bool {
	return slices.Contains([]string{"basic", "digest", "negotiate", "ntlm"}, strings.ToLower(scheme))
}

// identify returns who the client is by a token; nil if it needs none. It may
// wait for keys. The error is a *protocol.Error.
func (c *conn) identify(token string) (*auth.Holder, error) {
	return c.server.identify(c.ctx(), token, c.handshake.code)
}

// identify returns who somebody is by a token for a room, as conn.identify does.
func (s *Server) identify(ctx context.Context, token string, code room.Code) (*auth.Holder, error) {
	if s.options.Tokens == nil || token == "" && s.options.Guests {
		return nil, nil
	}
	h, err := s.options.Tokens.Holder(ctx, token, string(code))
	if err != nil || h.Name == "" {
		return h, err
	}
	if _, err := room.FitNick(h.Name); err != nil {
		return nil, protocol.Errorf(protocol.BadToken, "the token's name is %s", room.Refusal(err).Message)
	}
	return h, nil
}

// setHolder notes that the client is h, and has the connection end when the token does.
// It is for the reader's goroutine.
func (c *conn) setHolder(h *auth.Holder) {
	c.holder = h
	if h == nil {
		return
	}
	if c.tokenTimer == nil {
		c.tokenTimer = time.AfterFunc(time.Until(h.Until), func() { c.interrupt(c.tokenEnded()) })
		return
	}
	c.tokenTimer.Reset(time.Until(h.Until))
}

// tokenMS returns for how many milliseconds the client's token is still valid, at least
// 1; 0 if there is none.
func (c *conn) tokenMS() int64 { return tokenMS(c.holder) }

func tokenMS(h *auth.Holder) int64 {
	if h == nil {
		return 0
	}
	return max(time.Until(h.Until).Milliseconds(), 1)
}

// tokenEnded is the ending of a connection whose token has ended.
func (c *conn) tokenEnded() *ending {
	e := &ending{code: protocol.CloseBadToken, reason: "the token has ended", why: "the token has ended", flush: true}
	if c.handshake.dialect == protocol.Plain {
		e.refusal = protocol.Errorf(protocol.BadToken, "the token has ended: come back with a fresh one")
	} else {
		e.frames = c.talk.event(protocol.EventGoodbye, protocol.Goodbye{Code: protocol.GoodbyeExpired})
	}
	return e
}

// nickOf returns the nick of somebody who joins: the name in the token, or the one that
// was asked for.
func nickOf(h *auth.Holder, asked string) (room.Nick, error) {
	if h == nil || h.Name == "" {
		return room.ParseNick(asked)
	}
	return room.FitNick(h.Name)
}
