package websocket

import (
	"crypto/sha1" //nolint:gosec // RFC 6455 uses it; nothing secret depends on it
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// responseTimeout bounds the time that writing the response to a handshake takes.
const responseTimeout = 10 * time.Second

// HandshakeError says why a request can't be upgraded.
type HandshakeError struct {
	Status int         // of the response
	Header http.Header // of the response: what would be right, where a field says it
	Reason string
}

func (e *HandshakeError) Error() string { return e.Reason }

// CheckRequest checks that r is a valid opening handshake (RFC 6455, section 4.2.1). The error is a
// [*HandshakeError].
func CheckRequest(r *http.Request) error {
	if r.Method != http.MethodGet {
		return &HandshakeError{
			http.StatusMethodNotAllowed, http.Header{"Allow": {http.MethodGet}},
			"a WebSocket starts with a GET request",
		}
	}
	// An Upgrade field in HTTP/1.0 must be ignored (RFC 9110, section 7.8), and later versions of
	// HTTP have none.
	if r.ProtoMajor != 1 || r.ProtoMinor < 1 || !hasToken(r.Header["Connection"], "upgrade") || !hasToken(r.Header["Upgrade"], "websocket") {
		return &HandshakeError{
			http.StatusUpgradeRequired, http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}},
			"this is the address of a WebSocket: connect with a WebSocket client",
		}
	}
	if versions := r.Header["Sec-Websocket-Version"]; len(versions) != 1 || versions[0] != "13" {
		return &HandshakeError{
			http.StatusUpgradeRequired, http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"}, "Sec-Websocket-Version": {"13"}},
			"this server speaks version 13 of the WebSocket protocol: send Sec-WebSocket-Version: 13, once",
		}
	}
	if r.ContentLength != 0 {
		return badHandshake("a handshake has no body: send it without Content-Length and Transfer-Encoding")
	}
	keys := r.Header["Sec-Websocket-Key"]
	if len(keys) != 1 {
		return badHandshake(fmt.Sprintf("Sec-WebSocket-Key is there %d times: send it once", len(keys)))
	}
	if key, err := base64.StdEncoding.DecodeString(keys[0]); err != nil || len(key) != 16 {
		return badHandshake("Sec-WebSocket-Key must be 16 bytes in base64")
	}
	return nil
}

func badHandshake(reason string) error {
	return &HandshakeError{Status: http.StatusBadRequest, Reason: reason}
}

// Subprotocols returns the subprotocols that r offers, from all of its fields (RFC 6455,
// section 11.3.4).
func Subprotocols(r *http.Request) []string { return tokens(r.Header["Sec-Websocket-Protocol"]) }

// tokens returns the elements of a comma-separated list that may be spread over several fields
// (RFC 9110, section 5.6.1).
func tokens(fields []string) (all []string) {
	for _, field := range fields {
		for element := range strings.SplitSeq(field, ",") {
			if element = strings.Trim(element, " \t"); element != "" {
				all = append(all, element)
			}
		}
	}
	return all
}

// hasToken reports whether a list has a token, compared without regard to case.
func hasToken(fields []string, token string) bool {
	for _, t := range tokens(fields) {
		if strings.EqualFold(t, token) {
			return true
		}
	}
	return false
}

// Upgraded is a connection after its handshake.
type Upgraded struct {
	Conn  net.Conn
	Early []byte // bytes that arrived together with the handshake
}

// Upgrade completes the handshake of a request that CheckRequest accepts, with a subprotocol or,
// if that is empty, without one (RFC 6455, section 4.2.2). It blocks while the response is
// written. After an error, which is not a [*HandshakeError], the connection is closed. The caller owns
// the result.
func Upgrade(w http.ResponseWriter, r *http.Request, subprotocol string) (Upgraded, error) {
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "the connection can't be upgraded", http.StatusInternalServerError)
		return Upgraded{}, fmt.Errorf("take over the connection: %w", err)
	}
	early := make([]byte, buffered.Reader.Buffered())
	if _, err := buffered.Reader.Read(early); err != nil && len(early) > 0 {
		return Upgraded{}, errors.Join(fmt.Errorf("read what came with the handshake: %w", err), conn.Close())
	}
	response := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + acceptKey(r.Header.Get("Sec-Websocket-Key")) + "\r\n"
	if subprotocol != "" {
		response += "Sec-WebSocket-Protocol: " + subprotocol + "\r\n"
	}
	err = conn.SetDeadline(time.Time{}) // what net/http has set
	if err == nil {
		err = conn.SetWriteDeadline(time.Now().Add(responseTimeout))
	}
	if err == nil {
		_, err = conn.Write([]byte(response + "\r\n"))
	}
	if err == nil {
		err = conn.SetWriteDeadline(time.Time{})
	}
	if err != nil {
		return Upgraded{}, errors.Join(fmt.Errorf("answer the handshake: %w", err), conn.Close())
	}
	return Upgraded{conn, early}, nil
}

// acceptKey returns the Sec-WebSocket-Accept of a Sec-WebSocket-Key (RFC 6455, section 1.3).
func acceptKey(key string) string {
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")) //nolint:gosec // as RFC 6455 has it
	return base64.StdEncoding.EncodeToString(sum[:])
}
