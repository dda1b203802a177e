package chat

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"
	"unicode/utf8"

	"snug/internal/auth"
	"snug/internal/charset"
	"snug/internal/problem"
	"snug/internal/room"
	"snug/protocol"
)

// caller is who sends a request.
type caller struct {
	handshake
	query  url.Values // of the request's address
	seat   string
	nick   string
	holder *auth.Holder // of the token; nil for none
}

// identifyCaller checks what can be checked of a request before its body is read. The error
// is a *protocol.Error.
func (s *Server) identifyCaller(w http.ResponseWriter, r *http.Request) (*caller, error) {
	if err := s.checkOrigin(w, r); err != nil {
		return nil, err
	}
	c := &caller{handshake: handshake{from: s.options.Outside.ClientAddr(r), dialect: protocol.Stream, entry: new(entry)}}
	if wait := s.requests.Take(c.from); wait > 0 {
		e := protocol.Errorf(protocol.TooMany, "too many requests from your address")
		e.RetryAfter = wait
		return nil, e
	}
	if s.Draining() {
		e := protocol.Errorf(protocol.Unavailable, "the server is shutting down: come back in a while")
		e.RetryAfter = time.Second
		return nil, e
	}
	var err error
	if c.code, err = room.ParseCode(r.PathValue("code")); err != nil {
		return nil, err
	}
	query, refused := parameters(r)
	if refused != nil {
		return nil, refused
	}
	c.query = query
	c.seat = r.Header.Get("Snug-Seat")
	if c.nick, err = unescapedHeader(r, "Snug-Nick"); err != nil {
		return nil, err
	}
	if c.password, err = unescapedHeader(r, "Snug-Password"); err != nil {
		return nil, err
	}
	if c.nick == "" {
		c.nick = c.query.Get("nick")
	}
	if c.token, err = s.bearer(r, c.query, c.dialect); err != nil {
		return nil, err
	}
	c.base = s.base(r, "/r/"+r.PathValue("code"))
	return c, nil
}

// parameters returns what a request says in its address. It refuses a request that says something twice,
// there or in its headers.
func parameters(r *http.Request) (url.Values, *protocol.Error) {
	if twice := problem.CheckOnce(r,
		"Authorization", "Content-Encoding", "Content-Type", "Idempotency-Key", "Last-Event-ID", "Snug-Seat", "Snug-Nick", "Snug-Password",
	); twice != nil {
		return nil, twice
	}
	return problem.Query(r)
}

// authenticate finds out who the caller's token says it is. The error is a *protocol.Error.
func (s *Server) authenticate(ctx context.Context, c *caller) (err error) {
	c.holder, err = s.identify(ctx, c.token, c.code)
	return err
}

// unescapedHeader returns the value of a header that is percent-encoded UTF-8.
func unescapedHeader(r *http.Request, name string) (string, error) {
	value, err := url.PathUnescape(r.Header.Get(name))
	if err != nil || !utf8.ValidString(value) {
		return "", protocol.Errorf(protocol.BadField, "the header %s isn't percent-encoded UTF-8: a space is %%20, and ü is %%C3%%BC", name)
	}
	return value, nil
}

// request returns what the caller enters the room with. key is what makes a retry safe, from
// which the member of a guest is derived. The error is a *protocol.Error.
func (s *Server) request(c *caller, key string) (room.Request, error) {
	q := room.Request{
		Dialect: c.dialect, Seat: c.seat, Holder: c.holder, Password: c.password,
		Address: c.network(), Network: c.widerNetwork(), Quota: addressQuota{s.addresses, c.from},
	}
	if c.seat == "" && c.holder == nil {
		q.Guest = s.options.Rooms.GuestMember(c.code, c.network(), key)
	}
	if c.nick == "" && (c.holder == nil || c.holder.Name == "") {
		return q, nil
	}
	var err error
	q.Nick, err = nickOf(c.holder, c.nick)
	return q, err
}

// visit has the caller visit the room; key is as in request.
func (s *Server) visit(ctx context.Context, c *caller, key string) (*room.Participant, error) {
	q, err := s.request(c, key)
	if err != nil {
		return nil, err
	}
	return s.options.Rooms.Visit(ctx, c.code, q)
}

// retryKey returns the Idempotency-Key of a request; empty if there is none.
func retryKey(r *http.Request) (string, error) {
	key := r.Header.Get("Idempotency-Key")
	return key, protocol.CheckLabel("Idempotency-Key", key)
}

// newKey returns the key of a request without one, whose retry isn't recognised.
func newKey() string { return rand.Text() }

// readBody reads a request's body, up to the size of a frame. It returns it in UTF-8.
func (s *Server) readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	if e := r.Header.Get("Content-Encoding"); e != "" && e != "identity" {
		return nil, protocol.Errorf(protocol.BadField, "the body is encoded: send it as it is, without Content-Encoding")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(s.limits.FrameBytes)))
	var tooLarge *http.MaxBytesError
	switch {
	case errors.As(err, &tooLarge):
		return nil, protocol.Errorf(protocol.TooLong, "the body is too large: at most %d bytes, with at most %d characters of content", tooLarge.Limit, s.limits.ContentChars)
	case err != nil:
		return nil, protocol.Errorf(protocol.BadField, "the body can't be read: it ended early or came too slowly")
	}
	text, ok := charset.Decode(body)
	if !ok {
		return nil, protocol.Errorf(protocol.BadField, "the body is not UTF-8")
	}
	return text, nil
}
