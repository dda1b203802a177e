package client

import (
	"context"
	"fmt"
	"net/http"

	"github.com/coder/websocket"

	"snug/internal/endpoint"
	"snug/protocol"
)

// dialer opens the Room's connections, and knows what each of them joins with.
type dialer struct {
	server   endpoint.Server
	url      string // of the room, for WebSocket clients
	header   http.Header
	client   *http.Client
	nick     string // the one to begin with
	token    func(context.Context) (string, error)
	renews   bool // token returns fresh ones
	password string
	history  int
	noClaim  bool
}

func newDialer(server, code string, o Options) (dialer, error) {
	s, err := endpoint.ParseServer(server)
	if err != nil {
		return dialer{}, err
	}
	d := dialer{
		server: s, url: s.RoomURL(code).String(), header: o.Header, client: o.HTTPClient,
		nick: o.Nick, token: o.TokenSource, renews: o.TokenSource != nil, password: o.Password, history: o.History, noClaim: o.NoClaim,
	}
	if !d.renews {
		d.token = func(context.Context) (string, error) { return o.Token, nil }
	}
	if d.client == nil {
		d.client = &http.Client{Transport: &http.Transport{
			Proxy:             http.ProxyFromEnvironment,
			DisableKeepAlives: true, // or a refused connection would outlive the Room
		}}
	}
	return d, nil
}

// dial opens a connection, and gives up when ctx ends. onPing is called by the
// goroutine that reads.
func (d *dialer) dial(ctx context.Context, onPing func()) (*websocket.Conn, error) {
	ws, resp, err := websocket.Dial(ctx, d.url, &websocket.DialOptions{ //nolint:bodyclose // Dial has closed it
		HTTPClient:     d.client,
		HTTPHeader:     d.header,
		Subprotocols:   []string{protocol.Subprotocol},
		OnPingReceived: func(context.Context, []byte) bool { onPing(); return true },
	})
	switch {
	case err == nil && ws.Subprotocol() == protocol.Subprotocol:
		return ws, nil
	case err == nil:
		_ = ws.CloseNow() // it is of no use
		return nil, fmt.Errorf("%s doesn't speak %s: is it a Snug server, and a recent one?", d.server, protocol.Subprotocol)
	case resp != nil:
		r := endpoint.ReadRefusal(resp)
		return nil, &RefusedError{r.Status, r.Detail, min(r.RetryAfter, longestWait)}
	case ctx.Err() != nil:
		return nil, fmt.Errorf("connect to %s: %w", d.server, context.Cause(ctx))
	}
	return nil, endpoint.Unreachable(d.server, err)
}
