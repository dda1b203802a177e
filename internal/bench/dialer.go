package bench

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // RFC 6455 requires it, and it protects no secret
	"crypto/tls"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"snug/internal/endpoint"
	"snug/protocol"
)

// dialer opens connections to one server.
type dialer struct {
	server endpoint.Server
	tls    *tls.Config // nil for none
}

func newDialer(o *Options, server string) (*dialer, error) {
	s, err := endpoint.ParseServer(server)
	if err != nil {
		return nil, err
	}
	d := &dialer{server: s}
	if s.Secure() {
		d.tls = &tls.Config{MinVersion: tls.VersionTLS12}
		if o.TLS != nil {
			d.tls = o.TLS.Clone()
		}
		d.tls.ServerName = s.Hostname()
	}
	return d, nil
}

// openWithin bounds the time to open a connection, including the join.
const openWithin = 20 * time.Second

// dial opens a connection, on which open makes a request, and gives up when ctx ends. from is
// the local address; if it is the zero Addr, the system chooses one. early is what open returns: what the
// server has sent directly after the head of its response.
func (d *dialer) dial(ctx context.Context, from netip.Addr, open func(net.Conn) ([]byte, error)) (conn net.Conn, early []byte, err error) {
	var dialer net.Dialer
	if from.IsValid() {
		dialer.LocalAddr = net.TCPAddrFromAddrPort(netip.AddrPortFrom(from, 0))
	}
	tcp, err := dialer.DialContext(ctx, "tcp", d.server.Address())
	if err != nil {
		return nil, nil, err
	}
	conn = tcp
	if d.tls != nil {
		conn = tls.Client(tcp, d.tls) // its first write does the TLS handshake
	}
	stop := context.AfterFunc(ctx, func() { _ = tcp.SetDeadline(time.Unix(1, 0)) }) // reads and writes fail at once
	early, err = open(conn)
	if !stop() && err == nil {
		err = context.Cause(ctx)
	}
	if err != nil {
		_ = tcp.Close() // the error to return is err
		return nil, nil, err
	}
	return conn, early, nil
}

// maxAnswer bounds what is read of the answer to a handshake, in bytes.
const maxAnswer = 128 << 10

// handshake does the opening handshake of RFC 6455, section 4.1, to room code.
func (d *dialer) handshake(ctx context.Context, conn net.Conn, code string, dialect protocol.Dialect) (early []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, d.server.RoomURL(code).String(), nil)
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
	if dialect == protocol.V1 {
		req.Header.Set("Sec-WebSocket-Protocol", protocol.Subprotocol)
	}
	return exchange(conn, req, func(resp *http.Response) error { return checkAccepted(resp, key, dialect) })
}

// exchange sends a request and reads the head of its response, which check accepts. early is
// what came directly after the head.
func exchange(conn net.Conn, req *http.Request, check func(*http.Response) error) (early []byte, err error) {
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(io.LimitReader(conn, maxAnswer), 1<<10)
	resp, err := http.ReadResponse(in, req)
	if err != nil {
		return nil, fmt.Errorf("%w (%w)", errNoWebSocket, err)
	}
	defer resp.Body.Close()
	if err := check(resp); err != nil {
		return nil, err
	}
	early = make([]byte, in.Buffered())
	_, err = io.ReadFull(in, early)
	return early, err
}

var errNoWebSocket = errors.New("this is not a WebSocket server")

// checkAccepted returns an error unless the server has accepted the handshake.
func checkAccepted(resp *http.Response, key string, dialect protocol.Dialect) error {
	if resp.StatusCode != http.StatusSwitchingProtocols {
		return refusal(resp)
	}
	wanted := ""
	if dialect == protocol.V1 {
		wanted = protocol.Subprotocol
	}
	switch {
	case !strings.EqualFold(resp.Header.Get("Upgrade"), "websocket"),
		resp.Header.Get("Sec-WebSocket-Accept") != acceptKey(key):
		return fmt.Errorf("%w: its Sec-WebSocket-Accept doesn't match the key that was sent", errNoWebSocket)
	case resp.Header.Get("Sec-WebSocket-Extensions") != "":
		return fmt.Errorf("the server chose an extension that wasn't offered, %q", resp.Header.Get("Sec-WebSocket-Extensions"))
	case resp.Header.Get("Sec-WebSocket-Protocol") != wanted && wanted != "":
		return fmt.Errorf("the server doesn't speak %s: try --dialect plain", wanted)
	case resp.Header.Get("Sec-WebSocket-Protocol") != wanted:
		return fmt.Errorf("the server chose the subprotocol %q, which wasn't offered", resp.Header.Get("Sec-WebSocket-Protocol"))
	}
	return nil
}

// acceptKey returns the Sec-WebSocket-Accept for a key.
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // as above
	return base64.StdEncoding.EncodeToString(sum[:])
}

// refusal returns the error for an answer that doesn't upgrade the connection.
func refusal(resp *http.Response) error {
	switch detail := endpoint.ReadRefusal(resp).Detail; {
	case detail != "":
		return fmt.Errorf("refused with %d: %s", resp.StatusCode, detail)
	case resp.StatusCode == http.StatusOK, resp.StatusCode == http.StatusNotFound:
		return fmt.Errorf("answered with %s: there is no WebSocket server here", resp.Status)
	}
	return fmt.Errorf("refused with %s", resp.Status)
}
