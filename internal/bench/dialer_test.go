package bench

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"snug/protocol"
)

func TestAServerThatIsNoneSaysWhatItIs(t *testing.T) {
	for _, c := range []struct {
		name    string
		dialect protocol.Dialect
		answer  http.HandlerFunc
		says    string
	}{
		{"a web page", protocol.V1, func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, "hello") }, "answered with 200 OK: there is no WebSocket server here"},
		{"nothing there", protocol.V1, http.NotFound, "answered with 404 Not Found"},
		{"a refusal", protocol.V1, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprint(w, `{"title":"x","detail":"the room is full of cats"}`)
		}, "refused with 400: the room is full of cats"},
		{"a busy one", protocol.V1, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }, "refused with 503"},
		{"a wrong answer to the key", protocol.Plain, upgrade("Sec-WebSocket-Accept: wrong"), "doesn't match the key"},
		{"no v1", protocol.V1, upgrade("ACCEPT"), "the server doesn't speak snug.v1: try --dialect plain"},
		{"a subprotocol that wasn't asked for", protocol.Plain, upgrade("ACCEPT\r\nSec-WebSocket-Protocol: mqtt"), `"mqtt", which wasn't offered`},
		{"an extension that wasn't asked for", protocol.Plain, upgrade("ACCEPT\r\nSec-WebSocket-Extensions: permessage-deflate"), `"permessage-deflate"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := httptest.NewServer(c.answer)
			defer s.Close()
			o := options(s.URL)
			o.Dialect = c.dialect
			_, err := Run(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: want one line with %q", err, c.says)
			}
		})
	}
}

// upgrade answers an upgrade with lines, of which ACCEPT is the right answer to the
// key.
func upgrade(lines string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		defer conn.Close()
		accept := "Sec-WebSocket-Accept: " + acceptKey(r.Header.Get("Sec-WebSocket-Key"))
		_, _ = fmt.Fprintf(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n%s\r\n\r\n", strings.ReplaceAll(lines, "ACCEPT", accept))
	}
}

func TestAServerThatSpeaksNoHTTPIsNoWebSocketServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			t.Error(err)
			return
		}
		_, _ = conn.Write([]byte("220 mail.example ESMTP\r\n"))
		conn.Close()
	}()
	_, err = Run(t.Context(), options("http://"+l.Addr().String()))
	if err == nil || !strings.Contains(err.Error(), "not a WebSocket server") {
		t.Errorf("it says %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	<-done
	if _, err = Run(t.Context(), options("http://"+l.Addr().String())); err == nil || !strings.Contains(err.Error(), "connection refused") {
		t.Errorf("with nobody there it says %v", err)
	}
}
