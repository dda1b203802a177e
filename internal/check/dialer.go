package check

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/coder/websocket"

	"snug/internal/endpoint"
	"snug/protocol"
)

// dialer opens connections to one server.
type dialer struct {
	server endpoint.Server
	code   string
	http   *http.Client
}

func newDialer(server, code string, keepAlive bool) (*dialer, error) {
	s, err := endpoint.ParseServer(server)
	if err != nil {
		return nil, err
	}
	return &dialer{s, code, &http.Client{CheckRedirect: endpoint.StayHome, Transport: &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		DisableKeepAlives: !keepAlive, // or a refused connection would outlive the check
	}}}, nil
}

// refused is the error of a server that says no: over HTTP, in reply to a join, or
// by the code that it closes a connection with.
type refused struct {
	text  string
	retry time.Duration // how long the server asks to wait
	final bool          // trying again makes no sense
}

func (e *refused) Error() string { return e.text }

// longestRetry bounds how long a server may ask to wait.
const longestRetry = time.Minute

// dial opens a connection, and gives up when ctx ends.
func (d *dialer) dial(ctx context.Context) (*websocket.Conn, error) {
	ws, resp, err := websocket.Dial(ctx, d.server.RoomURL(d.code).String(), &websocket.DialOptions{ //nolint:bodyclose // Dial has closed it
		HTTPClient:   d.http,
		Subprotocols: []string{protocol.Subprotocol},
	})
	switch {
	case err == nil && ws.Subprotocol() == protocol.Subprotocol:
		return ws, nil
	case err == nil:
		_ = ws.CloseNow() // it is of no use
		return nil, &refused{text: fmt.Sprintf("%s doesn't speak %s: is it a Snug server, and a recent one?", d.server, protocol.Subprotocol), final: true}
	case resp != nil:
		return nil, d.refusal(endpoint.ReadRefusal(resp))
	}
	return nil, endpoint.Unreachable(d.server, err)
}

func (d *dialer) refusal(r endpoint.Refusal) error {
	e := &refused{text: fmt.Sprintf("%s answers with HTTP status %d", d.server, r.Status), retry: min(r.RetryAfter, longestRetry)}
	switch {
	case r.Location != "":
		e.text += ": a redirect to " + r.Location + ", which isn't followed"
	case r.Detail != "":
		e.text += ": " + r.Detail
	}
	e.final = r.Status < 500 && r.Status != http.StatusTooManyRequests
	return e
}

// refusedJoin returns the error that replies to a join as a *refused.
func refusedJoin(e *protocol.Error) error {
	switch e.Code {
	case protocol.TooMany, protocol.Unavailable, protocol.RateLimited, protocol.RoomFull:
		return &refused{text: e.Error(), retry: min(e.RetryAfter, longestRetry)}
	}
	if e.Code == protocol.Closed {
		return roomClosed()
	}
	return &refused{text: "the server refuses the join: " + e.Error(), final: true}
}

// roomClosed is the error of a check whose room was closed, or has come to its end.
func roomClosed() error {
	return &refused{text: "the room was closed, and its log is erased: there is nothing left to compare", final: true}
}

// closeReason returns the error of a read or a write as a final *refused if the server
// has closed the connection with a code that asks not to come back, and otherwise in
// words for people.
func closeReason(err error) error {
	var closed websocket.CloseError
	var no *refused
	switch {
	case errors.As(err, &no):
		return err
	case errors.Is(err, errCut), errors.Is(err, errStalled), errors.Is(err, errSilent), errors.Is(err, errDone), errors.Is(err, errBroken):
		return err
	case errors.As(err, &closed):
		switch protocol.CloseCode(closed.Code) {
		case protocol.CloseRoomGone:
			return roomClosed()
		case protocol.CloseBadToken, protocol.CloseBanned:
			return &refused{text: fmt.Sprintf("the server closed the connection for good: %s (close code %d)", closed.Reason, closed.Code), final: true}
		}
	}
	return endpoint.Lost(err, int(closed.Code), closed.Reason)
}
