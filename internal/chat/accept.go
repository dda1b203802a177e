package chat

import (
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/gorilla/websocket"

	"snug/internal/problem"
	"snug/internal/ratelimit"
	"snug/internal/room"
	"snug/protocol"
)

// handshakeWithin bounds the writing of the answer to an upgrade.
const handshakeWithin = 10 * time.Second

// retryAfter is what a client that finds the server full is told to wait.
const retryAfter = 5 * time.Second

// door is what a connection asks for in its request.
type door struct {
	code    room.Code
	dialect protocol.Dialect
	from    netip.Addr
	leave   func() // see ratelimit.Limiter.AllowConnection
	token   string // of the request; a join's own comes before it

	// Of a plain client, who has no join to say it in.
	history  int // the messages replayed
	password string
}

// network is what a ban holds for beside its member.
func (d *door) network() string {
	if !d.from.IsValid() {
		return ""
	}
	return ratelimit.Network(d.from).String()
}

// ServeHTTP upgrades a request to a connection, or refuses it with a problem
// that leaves nothing behind. It returns as soon as that is done: the
// connection's goroutines hold less than the handler's would.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d, status, err := s.knock(w, r)
	if err != nil {
		var named *protocol.Error // its code is for frames
		if errors.As(err, &named) {
			err = errors.New(named.Message)
		}
		s.turn(w, status, err.Error())
		return
	}
	var wait time.Duration
	if d.leave, wait = s.addresses.AllowConnection(d.from); d.leave == nil {
		s.turnTooMany(w, http.StatusTooManyRequests, wait, "too many connections from your address")
		return
	}
	if full, draining := s.admit(); full || draining {
		d.leave()
		wait, why := retryAfter, "as many connections are open as may be"
		if draining {
			wait, why = time.Second, "the server is shutting down"
		}
		s.turnTooMany(w, http.StatusServiceUnavailable, wait, why)
		return
	}
	c := newConn(s, d)
	upgrader := websocket.Upgrader{
		HandshakeTimeout: handshakeWithin,
		Subprotocols:     []string{protocol.Subprotocol},
		CheckOrigin:      func(*http.Request) bool { return true }, // knock has
		Error: func(w http.ResponseWriter, _ *http.Request, status int, reason error) {
			w.Header().Set("Sec-WebSocket-Version", "13") // RFC 6455, section 4.2.2
			s.turn(w, status, reason.Error())
		},
	}
	ws, err := upgrader.Upgrade(w, r, nil)
	if err != nil { // it has been answered
		s.dismiss(c)
		return
	}
	c.start(ws.NetConn())
}

// turn refuses a request.
func (s *Server) turn(w http.ResponseWriter, status int, why string) {
	s.turned.WithLabelValues(strconv.Itoa(status)).Inc()
	problem.Write(w, status, why)
}

// turnTooMany refuses a request that may come again after a wait.
func (s *Server) turnTooMany(w http.ResponseWriter, status int, wait time.Duration, why string) {
	wait = max((wait + time.Second - 1).Truncate(time.Second), time.Second) // a fraction early is refused once more
	w.Header().Set("Retry-After", strconv.Itoa(int(wait.Seconds())))
	s.turn(w, status, fmt.Sprintf("%s: come back in %v", why, wait))
}

// knock checks everything about a request that can be checked before the
// upgrade. The error is for the client, with the status.
func (s *Server) knock(w http.ResponseWriter, r *http.Request) (d door, status int, err error) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		return d, http.StatusMethodNotAllowed, errors.New("a room is joined by a WebSocket, which begins with a GET")
	}
	query := r.URL.Query()
	codes := query["roomCode"]
	if len(codes) > 1 {
		return d, http.StatusBadRequest, fmt.Errorf("roomCode is there %d times: one connection is in one room", len(codes))
	}
	if d.code, err = room.ParseCode(query.Get("roomCode")); err != nil {
		return d, http.StatusBadRequest, err
	}
	if text := query.Get("history"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 || n > protocol.MaxReplay {
			return d, http.StatusBadRequest, fmt.Errorf("history is a number of messages from 0 to %d", protocol.MaxReplay)
		}
		d.history = n
	}
	d.password, d.from = query.Get("password"), s.address(r)
	if !websocket.IsWebSocketUpgrade(r) {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "websocket")
		return d, http.StatusUpgradeRequired, errors.New("this is the address of a WebSocket: connect with a WebSocket client")
	}
	if r.ContentLength != 0 {
		return d, http.StatusBadRequest, errors.New("an upgrade has no body: send it without Content-Length and Transfer-Encoding")
	}
	if !s.allowed(r) {
		return d, http.StatusForbidden, errors.New("pages of this origin may not connect: the server's own may, and those that it is told to let in")
	}
	offered := websocket.Subprotocols(r)
	switch {
	case slices.Contains(offered, protocol.Subprotocol):
		d.dialect = protocol.V1
	case len(offered) > 0:
		return d, http.StatusBadRequest, fmt.Errorf("no subprotocol offered is spoken here: offer %s, or none for plain", protocol.Subprotocol)
	}
	d.token = bearer(r, query, d.dialect)
	return d, 0, nil
}
