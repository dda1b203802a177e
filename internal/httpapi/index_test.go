package httpapi_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"snug/internal/forwarded"
	"snug/internal/httpapi"
	"snug/web"
)

func users(t *testing.T, o httpapi.Options) http.Handler {
	t.Helper()
	page, err := web.New(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	return httpapi.New(page, o)
}

// What is printed must work from outside, also behind a proxy that has TLS and a prefix.
func TestTheAdviceWorksFromOutside(t *testing.T) {
	proxies, _, ok := forwarded.ParseProxies([]string{"192.0.2.1"}) // httptest's remote address
	if !ok {
		t.Fatal("no proxies")
	}
	for _, c := range []struct {
		headers map[string]string
		proxies forwarded.Proxies
		want    []string
	}{
		{nil, nil, []string{"http://chat.example/ in a browser", `"ws://chat.example/ws?roomCode=room1"`, `curl -d "content1" "http://chat.example/r/room1"`}},
		{map[string]string{"X-Forwarded-Proto": "https"}, proxies, []string{"https://chat.example/ in", `"wss://chat.example/ws?`}},
		{map[string]string{"X-Forwarded-Proto": "https", "X-Forwarded-Prefix": "/chat"}, proxies, []string{"https://chat.example/chat/ in", `"wss://chat.example/chat/ws?`, `"https://chat.example/chat/r/room1"`}},
		{map[string]string{"X-Forwarded-Proto": "https"}, nil, []string{"http://chat.example/ in"}}, // nobody is trusted
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Host = "chat.example"
		for name, value := range c.headers {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		users(t, httpapi.Options{Outside: forwarded.Outside{Proxies: c.proxies}}).ServeHTTP(w, r)
		for _, want := range c.want {
			if !strings.Contains(w.Body.String(), want) {
				t.Errorf("%v: no %q in %s", c.headers, want, w.Body)
			}
		}
	}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	w := httptest.NewRecorder()
	users(t, httpapi.Options{Outside: forwarded.Outside{Public: forwarded.Location{Scheme: "https", Host: "chat.example", Path: "/x/"}}}).ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), `"wss://chat.example/x/ws?`) || strings.Contains(w.Body.String(), r.Host) {
		t.Errorf("with a public URL: %s", w.Body)
	}
	// A program may have put the server below a path of its own.
	r = httptest.NewRequest(http.MethodGet, "/own/", nil)
	w = httptest.NewRecorder()
	http.StripPrefix("/own", users(t, httpapi.Options{})).ServeHTTP(w, r)
	if !strings.Contains(w.Body.String(), "/own/ws?roomCode=room1") {
		t.Errorf("below a prefix: %s", w.Body)
	}
}

func TestEveryAnswerKeepsTheRoomsCodeToItself(t *testing.T) {
	h := users(t, httpapi.Options{})
	for _, path := range []string{"/", "/r/room1", "/robots.txt", "/icon.svg", "/nothing", "/.well-known/security.txt"} {
		for _, accept := range []string{"text/html", "*/*"} {
			r := httptest.NewRequest(http.MethodGet, path, nil)
			r.Header.Set("Accept", accept)
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			for name, want := range map[string]string{"Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "same-origin", "X-Content-Type-Options": "nosniff"} {
				if got := w.Header().Get(name); got != want {
					t.Errorf("%s: %s is %q", path, name, got)
				}
			}
			if got := w.Header().Get("X-Robots-Tag"); strings.HasPrefix(path, "/r/") != strings.HasPrefix(got, "noindex") {
				t.Errorf("%s: X-Robots-Tag is %q", path, got)
			}
		}
	}
}

func TestSecurityTxt(t *testing.T) {
	get := func(o httpapi.Options) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		users(t, o).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/.well-known/security.txt", nil))
		return w
	}
	if w := get(httpapi.Options{}); w.Code != http.StatusNotFound {
		t.Errorf("without a contact: %d", w.Code)
	}
	w := get(httpapi.Options{SecurityContact: "mailto:security@example.com"})
	contact, expires, _ := strings.Cut(w.Body.String(), "\n")
	until, err := time.Parse(time.RFC3339, strings.TrimSpace(strings.TrimPrefix(expires, "Expires: ")))
	if w.Code != http.StatusOK || contact != "Contact: mailto:security@example.com" || err != nil || !until.After(time.Now()) {
		t.Errorf("%d %s, %v", w.Code, w.Body, err)
	}
	if typ := w.Header().Get("Content-Type"); typ != "text/plain; charset=utf-8" { // RFC 9116, section 3
		t.Errorf("it is %s", typ)
	}
}

func TestUnknownAddressesHaveNoMethods(t *testing.T) {
	h := users(t, httpapi.Options{Draining: func() bool { return false }})
	for path, known := range map[string]bool{
		"/": true, "/healthz": true, "/icon.svg": true, "/lan.json": true, "/robots.txt": true, "/nix": false, "/assets/nix.js": false, "/.well-known/security.txt": false,
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodOptions} {
			want := http.StatusNotFound
			switch {
			case known && method == http.MethodGet:
				want = http.StatusOK
			case known:
				want = http.StatusMethodNotAllowed
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(method, path, nil))
			if w.Code != want || (w.Header().Get("Allow") == "GET, HEAD") != (want == http.StatusMethodNotAllowed) {
				t.Errorf("%s %s: %d, Allow %q, want %d", method, path, w.Code, w.Header().Get("Allow"), want)
			}
		}
	}
}

func TestARangeThatIsNotThereIsAProblem(t *testing.T) {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, "/icon.svg", nil)
	r.Header.Set("Range", "bytes=99999999-")
	users(t, httpapi.Options{}).ServeHTTP(w, r)
	if typ := w.Header().Get("Content-Type"); w.Code != http.StatusRequestedRangeNotSatisfiable || typ != "application/problem+json" || !strings.HasPrefix(w.Header().Get("Content-Range"), "bytes */") || !strings.HasPrefix(w.Body.String(), `{"title":`) || strings.Count(w.Body.String(), "\n") != 1 {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}
