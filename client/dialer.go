package client

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"time"

	"snug/internal/endpoint"
)

// dialer opens the Room's links, and knows what each of them joins with.
type dialer struct {
	server    endpoint.Server
	code      string
	transport Transport
	header    http.Header
	client    *http.Client
	owned     *http.Transport // of the client; nil if it is the caller's
	nick      string          // the one to begin with
	token     func(context.Context) (string, error)
	renews    bool // token returns fresh ones
	password  string
	history   int
	noClaim   bool
	invite    string
	inviteID  string
	transfer  string
	reads     bool // without joining
}

// idleFor is how long a connection may wait for the next command. After some minutes, routers
// forget connections without a word.
const idleFor = 30 * time.Second

func newDialer(server, code string, o Options) (*dialer, error) {
	s, err := endpoint.ParseServer(server)
	if err != nil {
		return nil, err
	}
	d := &dialer{
		server: s, code: code, transport: o.Transport, header: o.Header, client: o.HTTPClient,
		nick: o.Nick, token: o.TokenSource, renews: o.TokenSource != nil, password: o.Password, history: o.History, noClaim: o.NoClaim,
		invite: o.Invite, inviteID: cmp.Or(o.InviteID, rand.Text()), transfer: o.Transfer,
	}
	if !d.renews {
		d.token = func(context.Context) (string, error) { return o.Token, nil }
	}
	if d.client == nil {
		d.owned = &http.Transport{
			Proxy:             http.ProxyFromEnvironment,
			DisableKeepAlives: d.transport != HTTP, // only commands use a connection again
			IdleConnTimeout:   idleFor,
		}
		d.client = &http.Client{Transport: d.owned}
	}
	home := *d.client
	home.CheckRedirect = endpoint.StayHome
	d.client = &home
	if d.transport != "" && d.transport != WebSocket && d.transport != HTTP {
		return nil, fmt.Errorf("the transport is %q: use %q or %q", d.transport, WebSocket, HTTP)
	}
	return d, nil
}

// dial opens a link for c, which ends with c's context. Unless the Room only reads, the link
// begins with the join.
func (r *Room) dial(c *conn, token string) (link, error) {
	if r.dialer.reads {
		return r.openReading(c.ctx, token, c.markAlive)
	}
	join := newFrame(r.joinCommand(token))
	if r.dialer.transport == HTTP {
		return r.openStream(c.ctx, join, c.markAlive)
	}
	return r.dialer.dialWebSocket(c.ctx, join, c.markAlive)
}

// close closes the connections that wait for another request.
func (d *dialer) close() {
	if d.owned != nil {
		d.owned.CloseIdleConnections()
	}
}
