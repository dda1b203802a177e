package endpoint_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"snug/internal/endpoint"
)

func TestServersAreUnderstoodAsPeopleWriteThem(t *testing.T) {
	for written, want := range map[string]string{
		"http://localhost:8080":                "http://localhost:8080",
		"http://localhost:8080/":               "http://localhost:8080",
		"localhost:8080":                       "http://localhost:8080",
		"localhost":                            "http://localhost",
		":8080":                                "http://localhost:8080",
		"127.0.0.1:8080":                       "http://127.0.0.1:8080",
		"127.0.0.1":                            "http://127.0.0.1",
		"[::1]:8080":                           "http://[::1]:8080",
		"[::1]":                                "http://[::1]",
		"::1":                                  "http://[::1]",
		"//chat.example":                       "https://chat.example",
		"chat.example":                         "https://chat.example",
		"chat.example.":                        "https://chat.example.",
		"chat.example/talk":                    "https://chat.example/talk",
		"chat.example:443":                     "https://chat.example",
		"chat.example:8080":                    "http://chat.example:8080",
		"  https://Chat.Example  ":             "https://chat.example",
		"HTTPS://chat.example:443/":            "https://chat.example",
		"http://chat.example:80":               "http://chat.example",
		"ws://localhost:8080":                  "http://localhost:8080",
		"wss://chat.example/talk/":             "https://chat.example/talk",
		"ws://localhost:8080/ws":               "http://localhost:8080",
		"ws://localhost/ws?roomCode=lobby":     "http://localhost",
		"https://chat.example/r/lobby":         "https://chat.example",
		"https://chat.example/talk/r/lobby#x":  "https://chat.example/talk",
		"https://chat.example/?pass=1":         "https://chat.example?pass=1",
		"https://ann:secret@chat.example/talk": "https://ann:xxxxx@chat.example/talk",
	} {
		s, err := endpoint.ParseServer(written)
		if err != nil || s.String() != want {
			t.Errorf("%q is %v, %v; want %s", written, s, err, want)
		}
	}
	for written, says := range map[string]string{
		"":                 "http://localhost:8080",
		":":                "no host",
		"ftp://localhost":  "http, https, ws or wss",
		"http://":          "no host",
		"http://:8080":     "no host",
		"http://a b":       "no host",
		"localhost:port":   "its port isn't a number from 1 to 65535",
		"localhost:99999":  "its port isn't a number from 1 to 65535",
		"localhost:0":      "its port isn't a number from 1 to 65535",
		"https://x/%zz":    "no host",
		"javascript:alert": "its port",
	} {
		if s, err := endpoint.ParseServer(written); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q is %v, %v; want an error with %q", written, s, err, says)
		}
	}
}

func TestRoomsAreUnderstoodAsPeopleWriteThem(t *testing.T) {
	for written, want := range map[string][2]string{
		"lobby":                          {"", "lobby"},
		"a b":                            {"", "a b"}, // the server says what is wrong with it
		"http://localhost:8080/r/room1":  {"http://localhost:8080", "room1"},
		"http://localhost:8080/r/room1/": {"http://localhost:8080", "room1"},
		"localhost:8080/r/room1":         {"http://localhost:8080", "room1"},
		"chat.example/r/room1":           {"https://chat.example", "room1"},
		"https://chat.example/prefix/r/caf%C3%A9?a":      {"https://chat.example/prefix?a", "café"},
		"https://chat.example/r/room1#message-7":         {"https://chat.example", "room1"},
		"ws://localhost/ws?roomCode=room1":               {"http://localhost", "room1"},
		"wss://chat.example/p/ws?roomCode=caf%C3%A9&x=1": {"https://chat.example/p?x=1", "café"},
		"https://chat.example/r/r/r":                     {"https://chat.example/r", "r"},
		"http://localhost:8080/r/room1/messages?limit=1": {"http://localhost:8080", "room1"},
		"https://chat.example/p/r/room1/files/ID/a.png":  {"https://chat.example/p", "room1"},
		"team:ops": {"", "team:ops"},
	} {
		s, code, err := endpoint.ParseRoom(written)
		server := ""
		if !s.IsZero() {
			server = s.String()
		}
		if err != nil || server != want[0] || code != want[1] {
			t.Errorf("%q is room %q of %q, %v; want %q of %q", written, code, server, err, want[1], want[0])
		}
	}
	for written, says := range map[string]string{
		"http://localhost:8080":              "add the room's code, as in http://localhost:8080/r/CODE",
		"https://chat.example/r/":            "https://chat.example/r/CODE",
		"https://chat.example/a/b":           "https://chat.example/a/b/r/CODE",
		"https://chat.example/?a=b":          "as in https://chat.example/r/CODE?a=b",
		"https://ann:secret@chat.example/":   "as in https://ann:xxxxx@chat.example/r/CODE",
		"localhost:8080":                     "which is the address of a server: add the room's code, as in http://localhost:8080/r/CODE",
		"https://chat.example/r/room1/other": "add the room's code",
		"ftp://localhost/r/room1":            "http, https, ws or wss",
		"/r/":                                "no host",
	} {
		if s, code, err := endpoint.ParseRoom(written); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q is room %q of %v, %v; want an error with %q", written, code, s, err, says)
		}
	}
}

func TestSecretsOfALinkAreForThoseWhoJoin(t *testing.T) {
	for written, want := range map[string]endpoint.Secrets{
		"lobby":                                              {},
		"https://chat.example/r/lobby":                       {},
		"https://chat.example/r/lobby#7":                     {},
		"https://chat.example/r/lobby#invite=a-B_9":          {Invite: "a-B_9"},
		"https://chat.example/r/lobby?x=1#invite=a%2Fb ":     {Invite: "a/b"},
		"/r/lobby#transfer=K7QT2-9XWZR":                      {Transfer: "K7QT2-9XWZR"},
		"lobby#transfer=K7QT2-9XWZR":                         {Transfer: "K7QT2-9XWZR"},
		"https://chat.example/r/lobby#invite=one#invite=two": {Invite: "one#invite=two"},
	} {
		_, code, got, err := endpoint.ParseLink(written)
		if err != nil || code != "lobby" || got != want {
			t.Errorf("%q has %+v for room %q, %v; want %+v", written, got, code, err, want)
		}
	}
	_, _, _, err := endpoint.ParseLink("ftp://chat.example/r/lobby#invite=s3cret")
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("a wrong link with a secret: %v", err)
	}
}

func TestAServerSaysWhereToConnect(t *testing.T) {
	s, err := endpoint.ParseServer("wss://chat.example/talk?x=1")
	if err != nil {
		t.Fatal(err)
	}
	if got := s.RoomURL("café").String(); got != "https://chat.example/talk/ws?roomCode=caf%C3%A9&x=1" {
		t.Errorf("clients connect to %s", got)
	}
	if s.Address() != "chat.example:443" || s.Hostname() != "chat.example" || !s.Secure() {
		t.Errorf("address %s, host %s, TLS %t", s.Address(), s.Hostname(), s.Secure())
	}
	if s, _ = endpoint.ParseServer("[::1]"); s.Address() != "[::1]:80" || s.Secure() {
		t.Errorf("address %s, TLS %t", s.Address(), s.Secure())
	}
}

func TestAddressesOfOneServerHaveOneID(t *testing.T) {
	for id, written := range map[string][]string{
		"https://chat.example":      {"chat.example", "https://Chat.Example:443/?", "https://chat.example/r/lobby?utm_source=mail#x", "https://ann:secret@chat.example"},
		"https://chat.example/talk": {"https://chat.example/talk/", "wss://chat.example/t%61lk/ws?roomCode=lobby&history=20"},
		"http://chat.example":       {"http://chat.example"},
		"https://chat.example:8443": {"https://chat.example:8443"},
	} {
		for _, address := range written {
			if s, err := endpoint.ParseServer(address); err != nil || s.ID() != id {
				t.Errorf("%s has the ID %s, %v; want %s", address, s.ID(), err, id)
			}
		}
	}
}

func FuzzParseRoom(f *testing.F) {
	f.Add("https://chat.example/talk/r/caf%C3%A9?x=1#y")
	f.Add("ws://localhost:8080/ws?roomCode=room1")
	f.Add(":8080")
	f.Fuzz(func(t *testing.T, written string) {
		s, code, err := endpoint.ParseRoom(written)
		if err != nil || s.IsZero() {
			return
		}
		again, err := endpoint.ParseServer(s.RoomURL(code).String())
		if err != nil || again.Address() != s.Address() || again.Secure() != s.Secure() {
			t.Errorf("%q is at %s, and where its room connects is at %s, %v", written, s, again, err)
		}
	})
}

func TestARefusalSaysWhatToDoAndWhen(t *testing.T) {
	in90s := time.Now().Add(90 * time.Second).UTC().Format(http.TimeFormat)
	for _, c := range []struct {
		name, kind, retry, body string
		want                    endpoint.Refusal
		about                   bool // RetryAfter is about a minute and a half
	}{
		{"a problem", "application/problem+json", "7", `{"detail":"too many"}`, endpoint.Refusal{Status: 429, Detail: "too many", RetryAfter: 7 * time.Second}, false},
		{"with a charset", "application/problem+json; charset=utf-8", "", `{"detail":"x"}`, endpoint.Refusal{Status: 429, Detail: "x"}, false},
		{"another type", "text/html", "", `{"detail":"x"}`, endpoint.Refusal{Status: 429}, false},
		{"no JSON", "application/problem+json", "soon", "<html>", endpoint.Refusal{Status: 429}, false},
		{"endless", "application/problem+json", "-5", `{"detail":"` + strings.Repeat("x", 1<<20), endpoint.Refusal{Status: 429}, false},
		{"beyond what a duration holds", "", "99999999999999999", "", endpoint.Refusal{Status: 429, RetryAfter: 100 * 365 * 24 * time.Hour}, false},
		{"a date", "", in90s, "", endpoint.Refusal{Status: 429}, true},
		{"a date in the past", "", "Mon, 02 Jan 2006 15:04:05 GMT", "", endpoint.Refusal{Status: 429}, false},
	} {
		w := httptest.NewRecorder()
		w.Header().Set("Content-Type", c.kind)
		w.Header().Set("Retry-After", c.retry)
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = w.WriteString(c.body)
		got := endpoint.ReadRefusal(w.Result())
		if c.about && got.RetryAfter > time.Minute && got.RetryAfter <= 90*time.Second {
			got.RetryAfter = 0
		}
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

func TestARefusalSaysWhereItRedirects(t *testing.T) {
	for to, want := range map[string]string{
		"https://login.example/in?next=/r/secret": "https://login.example",
		"/login":         "",
		"http://a.test/": "",
		"":               "",
		"https://a.test": "https://a.test",
	} {
		resp := &http.Response{StatusCode: http.StatusFound, Header: http.Header{}, Request: httptest.NewRequest(http.MethodGet, "http://a.test/ws", nil)}
		if to != "" {
			resp.Header.Set("Location", to)
		}
		if got := endpoint.ReadRefusal(resp).Location; got != want {
			t.Errorf("to %q: %q, want %q", to, got, want)
		}
	}
}

// A server that was asked without TLS, or with it, and speaks the other one, doesn't look like one that is away.
func TestTheWrongSchemeIsSaid(t *testing.T) {
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	plain, secure := httptest.NewServer(h), httptest.NewTLSServer(h)
	defer plain.Close()
	defer secure.Close()
	asked := strings.Replace(plain.URL, "http:", "https:", 1)
	_, err := http.Get(asked)
	server, _ := endpoint.ParseServer(asked)
	if got := endpoint.Unreachable(server, err); !strings.HasSuffix(got.Error(), "doesn't speak TLS: is its address "+plain.URL+"?") {
		t.Error(got)
	}
	resp, err := http.Get(strings.Replace(secure.URL, "https:", "http:", 1))
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if got := endpoint.ReadRefusal(resp); !strings.Contains(got.Detail, "over TLS: its address begins with https://") {
		t.Errorf("%+v", got)
	}
}

func TestALostConnectionIsExplained(t *testing.T) {
	for _, c := range []struct {
		err    error
		code   int
		reason string
		want   string
	}{
		{io.ErrUnexpectedEOF, 0, "", "the connection was lost"},
		{io.EOF, 1001, "whatever", "the server is restarting"},
		{io.EOF, 1012, "", "the server is restarting"},
		{io.EOF, 1008, "enough", "the server closed the connection: enough (close code 1008)"},
		{io.EOF, 1011, "", "the server closed the connection (close code 1011)"},
		{os.ErrDeadlineExceeded, 0, "", "the connection timed out"},
	} {
		if got := endpoint.Lost(c.err, c.code, c.reason); got.Error() != c.want || !errors.Is(got, c.err) {
			t.Errorf("%v, closed with %d %q: %v, want %s", c.err, c.code, c.reason, got, c.want)
		}
	}
}
