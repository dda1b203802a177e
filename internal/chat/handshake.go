package chat

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"
	"unique"

	"snug/internal/problem"
	"snug/internal/ratelimit"
	"snug/internal/room"
	"snug/internal/websocket"
	"snug/protocol"
)

// retryAfter is how long a client that finds the server full is told to wait.
const retryAfter = 5 * time.Second

// handshake is what a request asks for.
type handshake struct {
	code    room.Code
	dialect protocol.Dialect
	from    netip.Addr
	release func()                // gives the connection back to its address: see ratelimit.Limiter
	base    unique.Handle[string] // the server's own URL, as the client knows it, with a slash at the end
	*entry                        // nil once the connection has joined
}

// entry is what is needed only until the connection has joined: when it must have, and what the
// request says about how to join.
type entry struct {
	joinBy time.Time // the connection ends unless it has joined by then; zero for no limit
	token  string    // a join's own token takes precedence

	// Of a plain client, which has no join command to say it in.
	history  int // messages to replay
	password string
}

// joinDeadline returns when the connection ends unless it has joined; zero for never.
func (h *handshake) joinDeadline() time.Time {
	if h.entry == nil {
		return time.Time{}
	}
	return h.entry.joinBy
}

// network is what a ban of a member also applies to.
func (h *handshake) network() string {
	if !h.from.IsValid() {
		return ""
	}
	return ratelimit.Network(h.from).String()
}

// widerNetwork is what bans of two members apply to: the /56 that providers assign to one
// customer (RFC 6177). It is empty for IPv4.
func (h *handshake) widerNetwork() string {
	if p := ratelimit.WiderNetwork(h.from); p.IsValid() {
		return p.String()
	}
	return ""
}

// remote is the client's address, for the log.
func (h *handshake) remote() string {
	if !h.from.IsValid() {
		return "unknown"
	}
	return h.from.String()
}

// ServeHTTP upgrades a request to a connection, or refuses it with a problem document and
// no other effect. A plain client joins before it gets the response: it misses nothing that is said
// after that. ServeHTTP returns as soon as the response is written: the connection's own
// goroutines need less memory than the handler's.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h, err := s.parseHandshake(r)
	if err != nil {
		s.reject(w, err)
		return
	}
	if status, wait, reason := s.accept(&h); reason != "" {
		s.rejectForNow(w, status, wait, reason)
		return
	}
	c := newConn(s, h)
	c.writing.Lock() // nothing is written before the response
	var notJoined error
	if p, ok := c.talk.(*plain); ok {
		notJoined = c.guard(p.joinAtOnce)
	}
	subprotocol := ""
	if h.dialect == protocol.V1 {
		subprotocol = protocol.Subprotocol
	}
	upgraded, err := websocket.Upgrade(w, r, subprotocol)
	if err != nil { // the client is gone
		c.abandon()
		return
	}
	c.open(upgraded)
	c.writing.Unlock()
	c.start(notJoined)
}

// accept counts a connection, which is unregistered at its end. Or else it returns how the
// request is refused, and when it may be repeated.
func (s *Server) accept(h *handshake) (status int, wait time.Duration, reason string) {
	if h.release, wait = s.addresses.AllowConnection(h.from); h.release == nil {
		return http.StatusTooManyRequests, wait, "too many connections from your address"
	}
	full, draining := s.admit()
	switch {
	case draining:
		h.release()
		return http.StatusServiceUnavailable, time.Second, "the server is shutting down"
	case full:
		h.release()
		return http.StatusServiceUnavailable, retryAfter, "the server has as many connections as it accepts"
	}
	return 0, 0, ""
}

// reject refuses a request with err, which is for the client. A [*websocket.HandshakeError]
// determines the response; any other error is a bad request, or of its token.
func (s *Server) reject(w http.ResponseWriter, err error) {
	status := http.StatusBadRequest
	var refused *websocket.HandshakeError
	var named *protocol.Error
	reason := err.Error()
	switch {
	case errors.As(err, &refused):
		status = refused.Status
		maps.Copy(w.Header(), refused.Header)
	case errors.As(err, &named):
		reason = named.Message // its code is for frames
		if named.Code == protocol.BadToken {
			status = http.StatusUnauthorized
			w.Header().Set("WWW-Authenticate", "Bearer")
		}
	}
	s.rejectWith(w, status, reason)
}

// rejectForNow refuses a request that may be repeated after a wait.
func (s *Server) rejectForNow(w http.ResponseWriter, status int, wait time.Duration, reason string) {
	wait = max((wait + time.Second - 1).Truncate(time.Second), time.Second)
	problem.SetRetryAfter(w.Header(), wait)
	s.rejectWith(w, status, fmt.Sprintf("%s: come back in %v", reason, wait))
}

func (s *Server) rejectWith(w http.ResponseWriter, status int, reason string) {
	s.rejected.WithLabelValues(strconv.Itoa(status)).Inc()
	problem.Write(w, status, reason)
}

// parseHandshake checks everything about a request that can be checked before the
// upgrade. The error is for the client.
func (s *Server) parseHandshake(r *http.Request) (h handshake, err error) {
	if r.Method != http.MethodGet {
		return h, websocket.CheckRequest(r)
	}
	query, refused := parameters(r)
	if refused != nil {
		return h, refused
	}
	if h.code, err = room.ParseCode(query.Get("roomCode")); err != nil {
		return h, err
	}
	h.entry = new(entry)
	if text := query.Get("history"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > protocol.MaxReplay {
			return h, fmt.Errorf("history must be a number of messages from 0 to %d", protocol.MaxReplay)
		}
		h.history = n
	}
	h.password, h.from = query.Get("password"), s.options.Outside.ClientAddr(r)
	if err := websocket.CheckRequest(r); err != nil {
		return h, err
	}
	if !s.originAllowed(r) {
		return h, &websocket.HandshakeError{
			Status: http.StatusForbidden,
			Reason: "pages of this origin may not connect: only the server's own pages may, and those of origins that it is configured to allow",
		}
	}
	offered := websocket.Subprotocols(r)
	switch {
	case slices.Contains(offered, protocol.Subprotocol):
		h.dialect = protocol.V1
	case len(offered) > 0:
		return h, fmt.Errorf("the server speaks none of the offered subprotocols: offer %s, or none for plain", protocol.Subprotocol)
	}
	h.base = s.base(r, "/ws")
	h.token, err = s.bearer(r, query, h.dialect)
	return h, err
}
