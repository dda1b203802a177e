package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/coder/websocket"

	"snug/protocol"
)

// door is where connections are opened.
type door struct {
	server, address string
	http            *http.Client
}

func newDoor(server, code string) (*door, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("server is %q: a base URL is wanted, such as http://localhost:8080", server)
	}
	u = u.JoinPath("ws")
	u.RawQuery = url.Values{"roomCode": {code}}.Encode()
	return &door{server, u.String(), &http.Client{Transport: &http.Transport{
		Proxy:             http.ProxyFromEnvironment,
		DisableKeepAlives: true, // or a refusal's connection would outlive the check
	}}}, nil
}

// refused is a server's no: over HTTP, in answer to a join, or in how it closed.
type refused struct {
	text  string
	retry time.Duration // how long it asks to wait
	final bool          // to try again makes no sense
}

func (e *refused) Error() string { return e.text }

// longestRetry bounds how long a server may ask to wait.
const longestRetry = time.Minute

// open opens a connection.
func (d *door) open(ctx context.Context) (*websocket.Conn, error) {
	ws, resp, err := websocket.Dial(ctx, d.address, &websocket.DialOptions{ //nolint:bodyclose // Dial has closed it
		HTTPClient:   d.http,
		Subprotocols: []string{protocol.Subprotocol},
	})
	switch {
	case err == nil && ws.Subprotocol() == protocol.Subprotocol:
		return ws, nil
	case err == nil:
		_ = ws.CloseNow() // it isn't ours
		return nil, &refused{text: fmt.Sprintf("%s doesn't speak %s: is it a Snug server, and a recent one?", d.server, protocol.Subprotocol), final: true}
	case resp == nil:
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address, which holds the room's code
		}
		return nil, fmt.Errorf("no server answers at %s: does it run, and is this its address? (%w)", d.server, err)
	}
	return nil, d.refusal(resp)
}

// refusal reads an answer that is no upgrade (RFC 9457).
func (d *door) refusal(resp *http.Response) error {
	e := &refused{text: fmt.Sprintf("%s answers with HTTP status %d", d.server, resp.StatusCode)}
	var problem struct{ Detail string }
	if resp.Body != nil && json.NewDecoder(resp.Body).Decode(&problem) == nil && problem.Detail != "" {
		e.text += ": " + problem.Detail
	}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		e.retry = min(time.Duration(s)*time.Second, longestRetry)
	}
	e.final = resp.StatusCode < 500 && resp.StatusCode != http.StatusTooManyRequests
	return e
}

// refusedJoin is an error that answers a join, as one of the door.
func refusedJoin(e *protocol.Error) error {
	switch e.Code {
	case protocol.TooMany, protocol.Unavailable, protocol.RateLimited, "room-full":
		return &refused{text: e.Error(), retry: min(e.RetryAfter, longestRetry)}
	}
	return &refused{text: "the server refuses the join: " + e.Error(), final: true}
}

// closing tells by an error of a read why the server has closed, where it is a
// reason not to come back.
func closing(err error) error {
	var closed websocket.CloseError
	if errors.As(err, &closed) {
		switch closed.Code {
		case 4401, 4403, websocket.StatusCode(protocol.CloseRoomGone):
			return &refused{text: fmt.Sprintf("the server ended it: %s (close code %d)", closed.Reason, closed.Code), final: true}
		}
	}
	return err
}
