package client

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/coder/websocket"

	"snug/protocol"
)

// door is where a connection is opened, and with what.
type door struct {
	server   string // as the caller gave it, for errors
	address  string
	header   http.Header
	client   *http.Client
	nick     string // to begin with
	token    func(context.Context) (string, error)
	renews   bool // token gives fresh ones
	password string
	history  int
}

// newDoor finds the address of the room below a server's base URL.
func newDoor(server, code string, o Options) (door, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" {
		return door{}, fmt.Errorf("server is %q: a base URL is wanted, such as http://localhost:8080", server)
	}
	switch u.Scheme {
	case "http", "https", "ws", "wss":
	default:
		return door{}, fmt.Errorf("server is %q: its scheme must be http, https, ws or wss", server)
	}
	query := u.Query()
	query.Set("roomCode", code)
	u.RawQuery, u.Fragment = query.Encode(), ""
	u = u.JoinPath("ws")
	d := door{server: server, address: u.String(), header: o.Header, client: o.HTTPClient, nick: o.Nick, token: o.TokenSource, renews: o.TokenSource != nil, password: o.Password, history: o.History}
	if !d.renews {
		d.token = func(context.Context) (string, error) { return o.Token, nil }
	}
	if d.client == nil {
		d.client = &http.Client{Transport: &http.Transport{
			Proxy:             http.ProxyFromEnvironment,
			DisableKeepAlives: true, // or a refusal's connection would outlive the Room
		}}
	}
	return d, nil
}

// open opens a connection, until ctx ends. onPing is called by the reader.
func (d *door) open(ctx context.Context, onPing func()) (*websocket.Conn, error) {
	ws, resp, err := websocket.Dial(ctx, d.address, &websocket.DialOptions{ //nolint:bodyclose // Dial has closed it
		HTTPClient:     d.client,
		HTTPHeader:     d.header,
		Subprotocols:   []string{protocol.Subprotocol},
		OnPingReceived: func(context.Context, []byte) bool { onPing(); return true },
	})
	switch {
	case err == nil && ws.Subprotocol() == protocol.Subprotocol:
		return ws, nil
	case err == nil:
		_ = ws.CloseNow() // it isn't ours
		return nil, fmt.Errorf("%s doesn't speak %s: is it a Snug server, and a recent one?", d.server, protocol.Subprotocol)
	case resp == nil:
		if ctx.Err() != nil {
			return nil, fmt.Errorf("connect to %s: %w", d.server, context.Cause(ctx))
		}
		if untrusted := (*tls.CertificateVerificationError)(nil); errors.As(err, &untrusted) {
			return nil, fmt.Errorf("the certificate of %s isn't trusted here: is this its name, and who signed it? (%w)", d.server, untrusted.Err)
		}
		return nil, fmt.Errorf("no server answers at %s: does it run, and is this its address? (%w)", d.server, bottom(err))
	}
	return nil, refusal(resp)
}

// bottom is what went wrong on the network, without what lies around it: the
// address that it names holds the room code, which is as good as a key.
func bottom(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// refusal reads an answer that is no upgrade (RFC 9457).
func refusal(resp *http.Response) error {
	e := &RefusedError{Status: resp.StatusCode}
	if s, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && s > 0 {
		e.Retry = min(time.Duration(s)*time.Second, longestWait)
	}
	var problem struct{ Detail string }
	if resp.Body != nil && strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") &&
		json.NewDecoder(resp.Body).Decode(&problem) == nil {
		e.Detail = problem.Detail
	}
	return e
}
