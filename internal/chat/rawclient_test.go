package chat_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"snug/protocol"
)

// rawClient is a client that writes and reads frames as bytes, without a goroutine.
type rawClient struct {
	net.Conn
	t  testing.TB
	in *bufio.Reader
}

// The bits of a frame's first byte. Without final, more fragments follow.
const (
	final      = 0x80
	more       = 0x0
	text       = 0x1
	binaryData = 0x2
	closes     = 0x8
	ping       = 0x9
	pong       = 0xA
)

// upgrade returns a handshake request.
func upgrade(host, code, subprotocol string) string {
	s := "GET /ws?roomCode=" + url.QueryEscape(code) + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
	if subprotocol != "" {
		s += "Sec-WebSocket-Protocol: " + subprotocol + "\r\n"
	}
	return s + "\r\n"
}

// tcp connects and sends nothing.
func (h *testServer) tcp(t testing.TB) *net.TCPConn {
	t.Helper()
	conn, err := (&net.Dialer{Timeout: patience}).DialContext(t.Context(), "tcp", h.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return conn.(*net.TCPConn)
}

// connectRaw connects, in plain if subprotocol is empty.
func (h *testServer) connectRaw(t testing.TB, code, subprotocol string) *rawClient {
	t.Helper()
	conn := net.Conn(h.tcp(t))
	if h.secure {
		conn = startTLS(t, conn)
	}
	return handshakeOn(t, conn, code, subprotocol)
}

// handshakeOn does the handshake on conn.
func handshakeOn(t testing.TB, conn net.Conn, code, subprotocol string) *rawClient {
	t.Helper()
	c := &rawClient{Conn: conn, t: t, in: bufio.NewReader(conn)}
	c.setPatience()
	c.raw([]byte(upgrade("127.0.0.1", code, subprotocol)))
	resp, err := http.ReadResponse(c.in, nil)
	if err != nil {
		t.Fatalf("handshake: %v", err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusSwitchingProtocols {
		t.Fatalf("handshake: %s", resp.Status)
	}
	return c
}

// joinRaw connects in v1 and joins.
func (h *testServer) joinRaw(t testing.TB, code, nick string) *rawClient {
	t.Helper()
	c := h.connectRaw(t, code, protocol.Subprotocol)
	c.say(fmt.Sprintf(`{"type":"join","nick":%q,"history":0}`, nick))
	if _, payload := c.read(); !hasType(payload, "welcome") {
		t.Fatalf("the first event is %s, not a welcome", payload)
	}
	return c
}

// setPatience bounds the client's reads and writes by patience.
func (c *rawClient) setPatience() { _ = c.SetDeadline(time.Now().Add(patience)) }

func (c *rawClient) raw(b []byte) {
	c.t.Helper()
	if _, err := c.Write(b); err != nil {
		c.t.Fatalf("write: %v", err)
	}
}

// masked returns a client's frame with the given first byte. Its mask is zero, so that the
// payload is unchanged.
func masked(first byte, payload []byte) []byte {
	return append(header(first, uint64(len(payload))), payload...)
}

// header returns the header of a masked frame.
func header(first byte, length uint64) []byte {
	b := []byte{first}
	switch {
	case length <= 125:
		b = append(b, 0x80|byte(length))
	case length <= 0xFFFF:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(length))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), length)
	}
	return append(b, 0, 0, 0, 0)
}

func (c *rawClient) say(s string) {
	c.t.Helper()
	c.raw(masked(final|text, []byte(s)))
}

// read returns the next frame.
func (c *rawClient) read() (op byte, payload []byte) {
	c.t.Helper()
	op, payload, err := readFrame(c.in)
	if err != nil {
		c.t.Fatalf("read: %v", err)
	}
	return op, payload
}

// until returns the next frame with an opcode, and skips others.
func (c *rawClient) until(want byte) []byte {
	c.t.Helper()
	for {
		if op, payload := c.read(); op == want {
			return payload
		}
	}
}

// closed reads to the end and returns the close code, or 0 if none came.
func (c *rawClient) closed() (code int) {
	c.t.Helper()
	for {
		op, payload, err := readFrame(c.in)
		switch {
		case errors.Is(err, io.EOF):
			return code
		case err != nil:
			c.t.Fatalf("the connection doesn't end well: %v", err)
		case code != 0:
			c.t.Errorf("after the close there is a frame: %x %q", op, payload)
		case op == closes && len(payload) >= 2:
			code = int(binary.BigEndian.Uint16(payload))
			c.halfClose()
		}
	}
}

// halfClose ends the sending direction.
func (c *rawClient) halfClose() {
	c.t.Helper()
	if err := c.Conn.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		c.t.Errorf("close for writing: %v", err)
	}
}

// readFrame reads a frame and checks that a server may send it: complete, unmasked, without
// reserved bits, with a known opcode.
func readFrame(r io.Reader) (op byte, payload []byte, err error) {
	var head [10]byte
	if _, err := io.ReadFull(r, head[:2]); err != nil {
		return 0, nil, err
	}
	op = head[0] &^ final
	if head[0]&final == 0 || (op != text && op != closes && op != ping && op != pong) {
		return 0, nil, fmt.Errorf("a frame begins with %#x", head[0])
	}
	length := uint64(head[1])
	switch {
	case length > 127:
		return 0, nil, fmt.Errorf("a frame of a server's is masked")
	case length == 126:
		_, err = io.ReadFull(r, head[2:4])
		length = uint64(binary.BigEndian.Uint16(head[2:]))
	case length == 127:
		_, err = io.ReadFull(r, head[2:10])
		length = binary.BigEndian.Uint64(head[2:])
	}
	if err != nil {
		return 0, nil, err
	}
	if op >= closes && length > 125 {
		return 0, nil, fmt.Errorf("a control frame of %d bytes", length)
	}
	if length > 4<<20 {
		return 0, nil, fmt.Errorf("a frame of %d bytes", length)
	}
	payload = make([]byte, length)
	_, err = io.ReadFull(r, payload)
	return op, payload, err
}

// hasType reports whether payload is a v1 event of the given type.
func hasType(payload []byte, typ string) bool {
	return bytes.HasPrefix(payload, []byte(`{"type":"`+typ+`"`))
}
