package bench

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 6455 wants it, and not to keep a secret
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"snug/protocol"
)

// door is where connections are opened.
type door struct {
	url     url.URL // of /ws, without the room
	address string  // host:port
	tls     *tls.Config
	dialect protocol.Dialect
}

func newDoor(o *Options, server string) (*door, error) {
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" {
		return nil, fmt.Errorf("server is %q: a base URL is wanted, such as http://localhost:8080", server)
	}
	d := &door{dialect: o.Dialect}
	port := "80"
	switch u.Scheme {
	case "http", "ws":
		u.Scheme = "http"
	case "https", "wss":
		u.Scheme, port = "https", "443"
		d.tls = &tls.Config{MinVersion: tls.VersionTLS12}
		if o.TLS != nil {
			d.tls = o.TLS.Clone()
		}
		d.tls.ServerName = u.Hostname()
	default:
		return nil, fmt.Errorf("server is %q: its scheme must be http, https, ws or wss", server)
	}
	if u.Port() != "" {
		port = u.Port()
	}
	u.Fragment = ""
	d.url, d.address = *u.JoinPath("ws"), net.JoinHostPort(u.Hostname(), port)
	return d, nil
}

// openWithin bounds the opening of a connection, with the join.
const openWithin = 20 * time.Second

// open opens a WebSocket in room code, until ctx ends. from is the address to connect
// from; zero is the system's choice. early is what the server has sent right behind its
// answer.
func (d *door) open(ctx context.Context, from netip.Addr, code string) (conn net.Conn, early []byte, err error) {
	var dialer net.Dialer
	if from.IsValid() {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	tcp, err := dialer.DialContext(ctx, "tcp", d.address)
	if err != nil {
		return nil, nil, err
	}
	conn = tcp
	if d.tls != nil {
		conn = tls.Client(tcp, d.tls) // the first write shakes hands
	}
	stop := context.AfterFunc(ctx, func() { _ = tcp.SetDeadline(time.Unix(1, 0)) }) // what waits, fails
	early, err = d.shakeHands(ctx, conn, code)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = tcp.Close() // what matters has gone wrong already
		return nil, nil, err
	}
	return conn, early, nil
}

// shakeHands is RFC 6455, section 4.1.
func (d *door) shakeHands(ctx context.Context, conn net.Conn, code string) (early []byte, err error) {
	u := d.url
	query := u.Query()
	query.Set("roomCode", code)
	u.RawQuery = query.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, 16)
	_, _ = rand.Read(nonce) // it never fails
	key := base64.StdEncoding.EncodeToString(nonce)
	for name, value := range map[string]string{
		"Connection":            "Upgrade",
		"Upgrade":               "websocket",
		"Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key":     key,
	} {
		req.Header.Set(name, value)
	}
	if d.dialect == protocol.V1 {
		req.Header.Set("Sec-WebSocket-Protocol", protocol.Subprotocol)
	}
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(conn, 1<<10)
	resp, err := http.ReadResponse(in, req)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", errNoWebSocket, err)
	}
	defer resp.Body.Close()
	if err := d.accepted(resp, key); err != nil {
		return nil, err
	}
	early = make([]byte, in.Buffered())
	_, err = io.ReadFull(in, early)
	return early, err
}

var errNoWebSocket = errors.New("this is no WebSocket server")

func (d *door) accepted(resp *http.Response, key string) error {
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return refusal(resp)
	}
	wanted := ""
	if d.dialect == protocol.V1 {
		wanted = protocol.Subprotocol
	}
	switch {
	case !strings.EqualFold(resp.Header.Get("Upgrade"), "websocket"),
		resp.Header.Get("Sec-WebSocket-Accept") != acceptKey(key):
		return fmt.Errorf("%w: its answer isn't one to the key that was sent", errNoWebSocket)
	case resp.Header.Get("Sec-WebSocket-Extensions") != "":
		return fmt.Errorf("the server wants an extension that wasn't offered, %q", resp.Header.Get("Sec-WebSocket-Extensions"))
	case resp.Header.Get("Sec-WebSocket-Protocol") != wanted && wanted != "":
		return fmt.Errorf("the server doesn't speak %s: try --dialect plain", wanted)
	case resp.Header.Get("Sec-WebSocket-Protocol") != wanted:
		return fmt.Errorf("the server wants the subprotocol %q, which wasn't offered", resp.Header.Get("Sec-WebSocket-Protocol"))
	}
	return nil
}

// acceptKey is the right answer to a key.
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // as above
	return base64.StdEncoding.EncodeToString(sum[:])
}

// refusal is what an answer that is no upgrade says (RFC 9457).
func refusal(resp *http.Response) error {
	var problem struct{ Detail string }
	body := io.LimitReader(resp.Body, 64<<10)
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/problem+json") &&
		json.NewDecoder(body).Decode(&problem) == nil && problem.Detail != "" {
		return &refusedError{fmt.Sprintf("refused with %d: %s", resp.StatusCode, problem.Detail)}
	}
	if resp.StatusCode == http.StatusOK || resp.StatusCode == http.StatusNotFound {
		return &refusedError{fmt.Sprintf("answered with %s: there is no WebSocket server here", resp.Status)}
	}
	return &refusedError{"refused with " + resp.Status}
}

type refusedError struct{ says string }

func (e *refusedError) Error() string { return e.says }
