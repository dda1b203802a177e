package chat_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"snug/internal/forwarded"
	"snug/internal/servertest/capture"
	"snug/protocol"
)

func TestPagesOfOtherOriginsStayOut(t *testing.T) {
	for _, c := range []struct {
		what, host string // of the request
		origins    string // the Origin headers
		allowed    []string
		status     int
	}{
		{"a program", "chat.example", "", nil, 101},
		{"own page", "chat.example", "http://chat.example", nil, 101},
		{"own page, with its port", "chat.example:8080", "http://chat.example:8080", nil, 101},
		{"own page, with the usual port", "chat.example", "http://chat.example:80", nil, 101},
		{"own page, in capitals", "Chat.Example", "HTTP://CHAT.example", nil, 101},
		{"own page, at an address of IPv6", "[::1]:8080", "http://[::1]:8080", nil, 101},
		{"another host", "chat.example", "http://evil.example", nil, 403},
		{"another port", "chat.example:8080", "http://chat.example:8081", nil, 403},
		{"the usual port", "chat.example:8080", "http://chat.example", nil, 403},
		{"another scheme", "chat.example", "https://chat.example", nil, 403},
		{"no page's scheme", "chat.example", "chrome-extension://chat.example", nil, 403},
		{"a file or a frame", "chat.example", "null", nil, 403},
		{"nothing", "chat.example", " ", nil, 403},
		{"no scheme", "chat.example", "chat.example", nil, 403},
		{"below", "chat.example", "http://sub.chat.example", nil, 403},
		{"above", "chat.example", "http://example", nil, 403},
		{"beside", "chat.example", "http://chat.example.evil", nil, 403},
		{"in a name", "chat.example", "http://chat.example@evil.example", nil, 403},
		{"in a path", "chat.example", "http://evil.example/chat.example", nil, 403},
		{"in a query", "chat.example", "http://chat.example?", nil, 101},
		{"two headers, both good", "chat.example", "http://chat.example\nhttp://chat.example", nil, 403},
		{"two headers", "chat.example", "http://chat.example\nhttp://evil.example", nil, 403},
		{"allowed", "chat.example", "https://app.example", []string{"https://app.example"}, 101},
		{"allowed, with the usual port", "chat.example", "https://app.example:443", []string{"https://app.example"}, 101},
		{"own page beside allowed ones", "chat.example", "http://chat.example", []string{"https://app.example"}, 101},
		{"allowed by another scheme", "chat.example", "http://app.example", []string{"https://app.example"}, 403},
		{"below an allowed one", "chat.example", "https://sub.app.example", []string{"https://app.example"}, 403},
		{"null, where one is allowed", "chat.example", "null", []string{"https://app.example"}, 403},
		{"any", "chat.example", "https://evil.example", []string{"*"}, 101},
	} {
		t.Run(c.what, func(t *testing.T) {
			h := open(t, func(s *setup) { s.chat.Origins = c.allowed })
			headers := ""
			if c.origins != "" {
				for origin := range strings.SplitSeq(c.origins, "\n") {
					headers += "\r\nOrigin: " + origin
				}
			}
			resp, body := h.request(t, strings.Replace(upgrade(c.host, "room1", ""), "\r\n\r\n", headers+"\r\n\r\n", 1))
			if resp.StatusCode != http.StatusSwitchingProtocols || c.status != http.StatusSwitchingProtocols {
				refused(t, resp, body, c.status)
			}
			if c.status != 101 && (h.rooms.Open() != 0 || h.Connections() != 0) {
				t.Error("it left something behind")
			}
		})
	}
}

func TestOverTLSTheOwnOriginIsHTTPS(t *testing.T) {
	h := open(t)
	front := httptest.NewTLSServer(h.Server)
	t.Cleanup(front.Close)
	dial := func(origin string) (*websocket.Conn, error) {
		ws, _, err := websocket.Dial(t.Context(), "ws"+strings.TrimPrefix(front.URL, "http")+"/?roomCode=room1", &websocket.DialOptions{
			HTTPClient:   front.Client(),
			HTTPHeader:   map[string][]string{"Origin": {origin}},
			Subprotocols: []string{protocol.Subprotocol},
		})
		return ws, err
	}
	if ws, err := dial("http" + strings.TrimPrefix(front.URL, "https")); err == nil {
		_ = ws.CloseNow()
		t.Error("a page that came without TLS connects with it")
	}
	ws, err := dial(front.URL)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ws.CloseNow() })
	c := &client{t: t, ws: ws}
	c.say(joinAnn)
	c.until("welcome")
	c.send("1", strings.Repeat("long ", 700))
	if e := c.until("message"); len(e.content()) != 3500 {
		t.Errorf("over TLS a message came back as %s", e.raw)
	}
}

// An operator whose proxy hides how it is reached can see in the log why the server's own
// page is refused.
func TestARefusedOriginIsLoggedWithBothSides(t *testing.T) {
	var log capture.Text
	h := open(t, func(s *setup) { s.chat.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	resp, body := h.request(t, strings.Replace(upgrade("chat.example", "room1", ""), "\r\n\r\n", "\r\nOrigin: https://chat.example:8443\r\n\r\n", 1))
	refused(t, resp, body, http.StatusForbidden)
	for _, want := range []string{"level=WARN", "origin=https://chat.example:8443", "own=http://chat.example"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q: %s", want, log.String())
		}
	}
}

// The operator has said where people reach the server, also if its proxy doesn't.
func TestThePageAtThePublicURLMayConnect(t *testing.T) {
	var log capture.Text
	h := open(t, func(s *setup) {
		s.chat.Outside.Public, _ = forwarded.ParseLocation("https://chat.example")
		s.chat.Log = slog.New(slog.NewTextHandler(&log, nil))
	})
	for origin, status := range map[string]int{"https://chat.example": 101, "http://chat.example": 101, "https://evil.example": 403} {
		resp, body := h.request(t, strings.Replace(upgrade("chat.example", "room1", ""), "\r\n\r\n", "\r\nOrigin: "+origin+"\r\n\r\n", 1))
		if resp.StatusCode != status {
			t.Errorf("%s: %d %s", origin, resp.StatusCode, body)
		}
	}
	if want := `own="http://chat.example https://chat.example"`; !strings.Contains(log.String(), want) {
		t.Errorf("the log lacks %s: %s", want, log.String())
	}
}
