package chat_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"snug/internal/room"
	"snug/protocol"
)

// FuzzLink sends any request to a room's link: the server survives, says what is wrong in
// JSON with a code, and stores nothing for a request that fails.
func FuzzLink(f *testing.F) {
	for _, seed := range []struct {
		route                            uint8
		body, kind, header, value, query string
		seated                           bool
	}{
		{0, "hello\r\n", "", "", "", "nick=ann", false},
		{0, "\xff", "text/plain; charset=latin1", "Snug-Nick", "Zo%C3%AB", "", false},
		{0, `{"content":"hi","id":"1","reply_to":1}`, "application/json", "Idempotency-Key", "2", "", true},
		{0, `{"content":"hi","reply_to":-1}`, "application/json;", "Snug-Password", "%", "", true},
		{0, "--b\r\n\r\n--b--", "multipart/form-data; boundary=b", "Content-Encoding", "gzip", "", false},
		{1, "", "", "Last-Event-ID", "e:1", "history=3", false},
		{1, "", "", "Last-Event-ID", "e:99999999999999999999", "", true},
		{1, "", "", "", "", "last_event_id=:&history=-1", false},
		{2, `{"type":"join","nick":"bob","history":5,"since":{"epoch":"e","seq":1}}`, "", "Authorization", "Bearer x", "", false},
		{2, `{"type":"join","nick":"bob","seat":"a.b","password":"x","claim":false}`, "", "", "", "token=x", false},
		{3, `{"type":"send","id":"1","content":"\ud83d\ude42"}`, "", "Snug-Nick", "bob", "", true},
		{3, `{"type":"set","id":"1","topic":"tea","password":"x","slow_ms":1,"reading":"members"}`, "", "", "", "", true},
		{3, `{"type":"hook","id":"1","ref":"r","name":"Alerts","events":["message"]}`, "", "", "", "", true},
		{3, `{"type":"history","ref":"r","before":1,"limit":1}`, "", "", "", "", true},
		{3, `{"type":"revoke","id":"1","member":""}`, "", "", "", "", true},
		{3, `{"type":"typing"}`, "", "", "", "", true},
		{4, "", "", "Accept", "application/json", "before=1&after=2&limit=0", false},
		{5, "", "", "Accept", "application/json", "", false},
	} {
		f.Add(seed.route, seed.body, seed.kind, seed.header, seed.value, seed.query, seed.seated)
	}
	h := open(f, func(s *setup) { s.room.MaxChars, s.chat.MaxChars = 100, 100 })
	server := h.handler()
	var rooms atomic.Uint64
	f.Fuzz(func(t *testing.T, route uint8, body, kind, header, value, query string, seated bool) {
		for _, s := range []string{kind, header, value} {
			if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Skip("no header that net/http lets through")
			}
		}
		code := fmt.Sprintf("fuzz%d", rooms.Add(1))
		seat := joinOnce(t, h, code)
		before := h.headOf(t, server, code)

		routes := []struct{ method, path string }{{"POST", ""}, {"GET", "/events"}, {"POST", "/events"}, {"POST", "/commands"}, {"GET", "/messages"}, {"GET", ""}}
		to := routes[int(route)%len(routes)]
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r := httptest.NewRequestWithContext(ctx, to.method, "/r/"+code+to.path, strings.NewReader(body))
		r.URL.RawQuery = query
		r.Header.Set("Content-Type", kind)
		if header != "" {
			r.Header.Set(header, value)
		}
		if seated {
			r.Header.Set("Snug-Seat", seat)
		}
		w := &leaver{httptest.NewRecorder(), cancel}
		server.ServeHTTP(w, r)

		input := fmt.Sprintf("%s %q?%q, %q: %q, type %q: %q", to.method, to.path, query, header, value, kind, body)
		if w.Code < 400 {
			return
		}
		if w.Code >= 500 && w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s: %d %s", input, w.Code, w.Body)
		}
		if to.path == "" && to.method == http.MethodGet && w.Header().Get("Content-Type") != "application/problem+json" {
			return // the page, which isn't there
		}
		var problem struct{ Code, Detail string }
		if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil || problem.Code == "" || problem.Detail == "" {
			t.Errorf("%s: %d %q: %v", input, w.Code, w.Body, err)
		}
		if w.Code != http.StatusServiceUnavailable {
			if after := h.headOf(t, server, code); after != before {
				t.Errorf("%s: %d %s, but the room's head is %d after %d", input, w.Code, w.Body, after, before)
			}
		}
	})
}

// joinOnce makes somebody the owner of a room who then leaves, and returns the seat.
func joinOnce(t *testing.T, h *testServer, code string) (seat string) {
	t.Helper()
	nick, err := room.ParseNick("olga")
	if err != nil {
		t.Fatal(err)
	}
	p, welcome, err := h.rooms.Join(t.Context(), room.Code(code), room.Request{Dialect: protocol.V1, Nick: nick})
	if err != nil {
		t.Fatal(err)
	}
	p.Leave()
	return welcome.You.Seat
}

// headOf returns the seq of the newest event of a room, without the network.
func (h *testServer) headOf(t *testing.T, server http.Handler, code string) uint64 {
	t.Helper()
	w := httptest.NewRecorder()
	server.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/r/"+code+"/messages?limit=1", nil))
	var page struct{ Head uint64 }
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || w.Code != http.StatusOK {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return page.Head
}

// leaver is a client that leaves when it gets the first bytes of an answer, since a stream
// wouldn't end.
type leaver struct {
	*httptest.ResponseRecorder
	leave func()
}

func (l *leaver) Write(b []byte) (int, error) {
	l.leave()
	return l.ResponseRecorder.Write(b)
}
