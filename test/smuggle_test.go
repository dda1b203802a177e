package test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// Requests that a proxy and the server might read differently are refused, or the server
// closes the connection after them, so that no part of one is read as another request.
func TestAmbiguousRequestsAreRefusedOrTheLast(t *testing.T) {
	s := newSite(t)
	s.start()
	host := s.address()
	upgrade := "GET /ws?roomCode=room HTTP/1.1\r\nHost: " + host + "\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
	smuggled := "GET /smuggled HTTP/1.1\r\nHost: " + host + "\r\n\r\n"
	for name, c := range map[string]struct {
		request  string
		statuses string // that the first answer may have
	}{
		"TE and CL":               {"POST / HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + smuggled, "400 405"},
		"two lengths":             {"POST / HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: 0\r\nContent-Length: 60\r\n\r\n" + smuggled, "400"},
		"a length with a sign":    {"POST / HTTP/1.1\r\nHost: " + host + "\r\nContent-Length: +60\r\n\r\n" + smuggled, "400"},
		"an encoding unheard of":  {"POST / HTTP/1.1\r\nHost: " + host + "\r\nTransfer-Encoding: xchunked\r\n\r\n" + smuggled, "400 501"},
		"two hosts":               {"GET / HTTP/1.1\r\nHost: " + host + "\r\nHost: evil.example\r\n\r\n" + smuggled, "400"},
		"no host":                 {"GET / HTTP/1.1\r\n\r\n" + smuggled, "400"},
		"a host that is none":     {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n" + smuggled, "400"},
		"a space before a colon":  {"GET / HTTP/1.1\r\nHost: " + host + "\r\nContent-Length : 60\r\n\r\n" + smuggled, "400"},
		"a header beyond bounds":  {"GET / HTTP/1.1\r\nHost: " + host + "\r\nX-A: " + strings.Repeat("x", 64<<10) + "\r\n\r\n", "431"},
		"upgrade with a length":   {upgrade + "Content-Length: " + fmt.Sprint(len(smuggled)) + "\r\n\r\n" + smuggled, "400"},
		"upgrade with chunks":     {upgrade + "Transfer-Encoding: chunked\r\n\r\n" + smuggled, "400"},
		"upgrade with TE and CL":  {upgrade + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + smuggled, "400"},
		"upgrade, and a request":  {upgrade + "\r\n" + smuggled, "101"}, // read as a frame, and refused as one
		"upgrade with two hosts":  {strings.Replace(upgrade, "Connection", "Host: evil.example\r\nConnection", 1) + "\r\n" + smuggled, "400"},
		"upgrade of HTTP/1.0":     {strings.Replace(upgrade, "HTTP/1.1", "HTTP/1.0", 1) + "\r\n" + smuggled, "426"},
		"upgrade with two keys":   {upgrade + "Sec-WebSocket-Key: BBBBBBBBBBBBBBBBBBBBBB==\r\n\r\n", "101 400"},
		"upgrade from two places": {upgrade + "Origin: http://" + host + "\r\nOrigin: http://evil.example\r\n\r\n", "403"},
	} {
		t.Run(name, func(t *testing.T) {
			conn, err := net.DialTimeout("tcp", host, patience)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_ = conn.SetDeadline(time.Now().Add(patience))
			go func() { _, _ = io.WriteString(conn, c.request) }() // it may be closed before the end
			in := bufio.NewReader(conn)
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(c.statuses, fmt.Sprint(resp.StatusCode)) {
				t.Errorf("answered with %s, want %s", resp.Status, c.statuses)
			}
			if resp.StatusCode != http.StatusSwitchingProtocols {
				_, _ = io.Copy(io.Discard, resp.Body)
			}
			_ = conn.SetDeadline(time.Now().Add(2 * time.Second))
			rest, _ := io.ReadAll(in)
			if strings.Contains(string(rest), "HTTP/1.1 404") {
				t.Errorf("what came after it was taken for a request: %.200q", rest)
			}
		})
	}
}
