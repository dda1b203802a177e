package chat

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"snug/internal/auth"
	"snug/internal/problem"
	"snug/internal/room"
	"snug/protocol"
)

// A room's link, /r/{code}, is its API for programs that have no WebSocket. Its files:
//
//   - link.go: routes, who sends a request, how it is refused;
//   - publish.go: requests that change the room;
//   - reading.go: requests that only read it;
//   - stream.go: responses that are connections.

// Link returns the handler of rooms' links. page answers requests for the page.
func (s *Server) Link(page http.Handler) http.Handler {
	mux := http.NewServeMux()
	for path, methods := range map[string]map[string]endpoint{
		"/r/{code}":          {http.MethodPost: s.publish},
		"/r/{code}/events":   {http.MethodGet: s.streamToReader, http.MethodPost: s.streamToMember},
		"/r/{code}/commands": {http.MethodPost: s.executeRequest},
		"/r/{code}/messages": {http.MethodGet: s.readPage},
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			do, ok := methods[r.Method]
			switch {
			case ok:
			case r.Method == http.MethodOptions:
				s.preflight(w, r, methods)
				return
			case path == "/r/{code}":
				w.Header().Add("Vary", "Accept")
				if !wantsJSON(r) || r.Method != http.MethodGet {
					page.ServeHTTP(w, r)
					return
				}
				do = s.describe
			default:
				allow := allowed(methods)
				w.Header().Set("Allow", allow)
				problem.Write(w, http.StatusMethodNotAllowed, "this address takes "+allow)
				return
			}
			s.serveEndpoint(w, r, do)
		})
	}
	mux.Handle("/", page)
	return mux
}

// endpoint answers a request of somebody. If it returns an error, it has written nothing.
type endpoint func(w http.ResponseWriter, r *http.Request, c *caller) error

func (s *Server) serveEndpoint(w http.ResponseWriter, r *http.Request, do endpoint) {
	c, err := s.identifyCaller(w, r)
	if err == nil {
		err = do(w, r, c)
	}
	if err != nil {
		s.refuseRequest(w, err)
	}
}

// wantsJSON reports whether a request for a room's link is one of a program.
func wantsJSON(r *http.Request) bool {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	return strings.Contains(accept, "application/json") && !strings.Contains(accept, "text/html")
}

// allowed returns the methods of an address, for the header Allow.
func allowed(methods map[string]endpoint) string {
	var names []string
	for _, m := range []string{http.MethodGet, http.MethodPost} {
		if methods[m] != nil {
			names = append(names, m)
		}
	}
	return strings.Join(names, ", ")
}

// preflight answers the question whether pages of a foreign origin may send a request
// (Fetch Standard, section 3.2).
func (s *Server) preflight(w http.ResponseWriter, r *http.Request, methods map[string]endpoint) {
	if err := s.checkOrigin(w, r); err != nil {
		s.refuseRequest(w, err)
		return
	}
	h := w.Header()
	h.Set("Access-Control-Allow-Methods", allowed(methods))
	h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, Idempotency-Key, Last-Event-ID, Snug-Seat, Snug-Nick, Snug-Password")
	h.Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
}

// checkOrigin refuses pages of foreign origins that aren't allowed, and lets the others
// read the answer.
func (s *Server) checkOrigin(w http.ResponseWriter, r *http.Request) error {
	h := w.Header()
	h.Add("Vary", "Origin")
	if !s.originAllowed(r) {
		return protocol.Errorf(protocol.Forbidden, "pages of this origin may not use the room: only the server's own pages may, and those of origins that it is configured to allow")
	}
	if origin := r.Header.Get("Origin"); origin != "" {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", "Retry-After, Snug-Seat")
	}
	return nil
}

// caller is who sends a request.
type caller struct {
	handshake
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
	c := &caller{handshake: handshake{from: s.options.TrustedProxies.ClientAddr(r), dialect: protocol.Stream}}
	if wait := s.requests.Take(c.network()); wait > 0 {
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
	query := r.URL.Query()
	c.seat = r.Header.Get("Snug-Seat")
	if c.nick, err = unescapedHeader(r, "Snug-Nick"); err != nil {
		return nil, err
	}
	if c.password, err = unescapedHeader(r, "Snug-Password"); err != nil {
		return nil, err
	}
	if c.nick == "" {
		c.nick = query.Get("nick")
	}
	c.token, c.base = bearer(r, query, c.dialect), s.base(r, "/r/"+r.PathValue("code"))
	return c, nil
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
	return key, asError(protocol.CheckLabel("Idempotency-Key", key))
}

// newKey returns the key of a request without one, whose retry isn't recognised.
func newKey() string { return rand.Text() }

func asError(e *protocol.Error) error {
	if e == nil {
		return nil
	}
	return e
}

// readBody reads a request's body, up to the size of a frame.
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
	case !utf8.Valid(body):
		return nil, protocol.Errorf(protocol.BadField, "the body is not UTF-8")
	}
	return body, nil
}

// statuses are the HTTP statuses of errors.
var statuses = map[protocol.ErrorCode]int{
	protocol.BadJSON:     http.StatusBadRequest,
	protocol.BadField:    http.StatusBadRequest,
	protocol.Empty:       http.StatusBadRequest,
	protocol.UnknownType: http.StatusBadRequest,
	protocol.BadToken:    http.StatusUnauthorized,
	protocol.Forbidden:   http.StatusForbidden,
	protocol.Banned:      http.StatusForbidden,
	protocol.Locked:      http.StatusForbidden,
	protocol.BadPassword: http.StatusForbidden,
	protocol.NotFound:    http.StatusNotFound,
	protocol.NickTaken:   http.StatusConflict,
	protocol.IDConflict:  http.StatusConflict,
	protocol.TooLong:     http.StatusRequestEntityTooLarge,
	protocol.RateLimited: http.StatusTooManyRequests,
	protocol.SlowMode:    http.StatusTooManyRequests,
	protocol.TooMany:     http.StatusTooManyRequests,
	protocol.RoomFull:    http.StatusTooManyRequests,
	protocol.Unavailable: http.StatusServiceUnavailable,
}

// refuseRequest answers a request with an error.
func (s *Server) refuseRequest(w http.ResponseWriter, err error) {
	e := refusalOf(err)
	s.refusals.WithLabelValues(string(e.Code)).Inc()
	status := statuses[e.Code]
	if status == 0 {
		status = http.StatusBadRequest
	}
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		e.RetryAfter = max(e.RetryAfter, time.Second)
	}
	if e.RetryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((e.RetryAfter+time.Second-1)/time.Second))) // a fraction too early would be refused again
	}
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Bearer")
	}
	problem.WriteError(w, status, e)
}

// refusalOf returns what a client is told of err.
func refusalOf(err error) *protocol.Error {
	if errors.Is(err, room.ErrTooMany) {
		return tooManyRooms()
	}
	e := *room.Refusal(err)
	return &e
}

// limitMessages takes a message from the rate of who sends it.
func (s *Server) limitMessages(c *caller, me protocol.Member) error {
	who := string(c.code) + "\x00" + me.Member
	if me.Guest {
		who = c.network()
	}
	if wait := s.sent.Take(who); wait > 0 {
		e := protocol.Errorf(protocol.RateLimited, "too fast: at most %g messages a second", s.options.MessageRate)
		e.RetryAfter = wait.Round(time.Millisecond) + time.Millisecond
		return e
	}
	return nil
}

// answerJSON answers a request with one JSON object.
func answerJSON(w http.ResponseWriter, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}
