package httpapi_test

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"snug/internal/httpapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// admin is an operator's port over functions that say what they were asked.
func admin(t *testing.T) *httpapi.Admin {
	return &httpapi.Admin{
		Log:     slog.New(slog.NewTextHandler(t.Output(), nil)),
		Metrics: prometheus.NewRegistry(),
		Ready:   func() error { return nil },
		Inside:  func() any { return map[string]int{"connections": 7} },
		Backup: func(context.Context) (io.ReadCloser, int64, error) {
			return io.NopCloser(strings.NewReader("a backup")), 8, nil
		},
		Erase: func(_ context.Context, room, member string) (int, error) {
			return len(room + member), nil
		},
		GiveOwner: func(_ context.Context, room, _ string) error {
			if room == "full" {
				return &httpapi.RefusedError{Status: http.StatusNotFound, Why: "no member is here"}
			}
			return nil
		},
		RevokeSeats: func(context.Context, string, string) error { return nil },
		Prune: func(_ context.Context, keep string, _ bool) (int, error) {
			if keep == "forever" {
				return 0, &httpapi.RefusedError{Status: http.StatusBadRequest, Why: "say 30d"}
			}
			return 0, errors.New("the disk is broken")
		},
	}
}

// ask makes a request, as curl would, unless change makes it another.
func ask(h http.Handler, method, path string, change func(*http.Request)) *httptest.ResponseRecorder {
	method, form, _ := strings.Cut(method, " ")
	r := httptest.NewRequest(method, "http://127.0.0.1:9090"+path, strings.NewReader(form))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestWhatTheOperatorAsksFor(t *testing.T) {
	h := admin(t).Handler("")
	for _, c := range []struct {
		method, path string
		status       int
		says         string
	}{
		{"GET", "/healthz", 200, "^ok\n$"},
		{"GET", "/readyz", 200, "^ready\n$"},
		{"GET", "/metrics", 200, ""},
		{"GET", "/inside.json", 200, `^{"connections":7}`},
		{"GET", "/", 200, "Snug, <em>inside</em>"},
		{"GET", "/inside.js", 200, "inside.json"},
		{"GET", "/inside.css", 200, "room"},
		{"GET", "/rooms.html", 200, "Snug, <em>rooms</em>"},
		{"POST", "/backup", 200, "^a backup$"},
		{"GET", "/backup", 405, "takes POST"},
		{"POST room=ab&member=cde", "/erase", 200, `^{"erased":5}`},
		{"POST room=ab", "/erase", 400, "room and member"},
		{"GET", "/erase?room=ab&member=cde", 405, ""},
		{"POST room=ab&member=cde", "/owner", 200, `^{"owner":"cde"}`},
		{"POST member=cde", "/owner", 400, "room and member"},
		{"POST room=full&member=cde", "/owner", 404, "no member"},
		{"POST room=ab&member=cde", "/revoke", 200, `^{"revoked":"cde"}`},
		{"POST room=ab", "/revoke", 400, "room and member"},
		{"GET", "/revoke?room=ab&member=cde", 405, ""},
		{"GET", "/prune", 405, "takes POST"},
		{"DELETE", "/rooms/x", 405, "takes GET, HEAD"},
		{"POST", "/readyz", 405, "takes GET, HEAD"},
		{"POST", "/rooms/x/nothing", 404, "docs/operations.md"},
		{"POST keep=forever", "/prune", 400, "say 30d"},
		{"POST keep=forever&keep=30d", "/prune", 400, "2 times"},
		{"POST keep=30d", "/prune?keep=31d", 400, "2 times"},
		{"POST", "/prune?keep=forever", 400, "say 30d"},
		{"POST keep=%", "/prune", 400, "can't be read"},
		{"POST room=ab&member=cde&member=cdf", "/erase", 400, "2 times"},
		{"POST keep_=30d", "/prune", 400, `no form field \\"keep_\\" here: there is keep and confirm`},
		{"POST", "/prune?keeep=30d", 400, "no form field"},
		{"POST room=ab&member=cde&keep=30d", "/erase", 400, "no form field"},
		{"POST", "/prune", 500, "can't be pruned: the disk is broken"},
		{"GET", "/debug/pprof/", 200, "(?m)^goroutine +[1-9]"},
		{"GET", "/debug/pprof/goroutine?debug=1", 200, "^goroutine profile"},
		{"GET", "/debug/pprof/goroutine?debug=x", 400, "debug is"},
		{"GET", "/debug/pprof/none", 404, "lists"},
		{"GET", "/debug/pprof/profile?seconds=0", 400, "from 1 to 120"},
		{"GET", "/debug/pprof/trace?seconds=1", 200, "^go 1"},
		{"GET", "/inside.json?a=%", 400, "percent-encoded"},
		{"POST room=ab&member=cde", "/erase?room=a;b", 400, "percent-encoded"},
		{"GET", "/nothing", 404, "docs/operations.md"},
	} {
		w := ask(h, c.method, c.path, nil)
		if w.Code != c.status || !regexp.MustCompile(c.says).MatchString(w.Body.String()) {
			t.Errorf("%s %s: %d %.200s", c.method, c.path, w.Code, w.Body)
		}
	}
}

// What isn't read doesn't count as not having been said.
func TestABodyThatIsNoFormIsRefused(t *testing.T) {
	h := admin(t).Handler("")
	for _, typ := range []string{"application/json", "text/plain", ""} {
		w := ask(h, `POST {"keep":"forever"}`, "/prune", func(r *http.Request) { r.Header.Set("Content-Type", typ) })
		if w.Code != 400 || !strings.Contains(w.Body.String(), "no form") {
			t.Errorf("%q: %d %s", typ, w.Code, w.Body)
		}
	}
}

func TestNotReadySaysWhy(t *testing.T) {
	a := admin(t)
	a.Ready = func() error { return errors.New("the server is shutting down") }
	h := a.Handler("0123456789abcdef")
	if w := ask(h, "GET", "/readyz", nil); w.Code != 503 || !strings.Contains(w.Body.String(), "shutting down") {
		t.Errorf("/readyz: %d %s", w.Code, w.Body)
	}
	if w := ask(h, "GET", "/healthz", nil); w.Code != 200 {
		t.Errorf("/healthz: %d", w.Code)
	}
}

func TestThePageLoadsNothingFromElsewhere(t *testing.T) {
	h := admin(t).Handler("")
	w := ask(h, "GET", "/", nil)
	policy := w.Header().Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none';") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") {
		t.Errorf("the policy is %q", policy)
	}
	for _, path := range []string{"/", "/inside.css", "/inside.js", "/rooms.html", "/rooms.css", "/rooms.js"} {
		body := ask(h, "GET", path, nil).Body.String()
		if found := regexp.MustCompile(`https?://|innerHTML| style=| on[a-z]+="`).FindString(body); found != "" {
			t.Errorf("%s has %q", path, found)
		}
	}
}

const secret = "0123456789abcdef"

func TestOnlyTheOperatorIsLetIn(t *testing.T) {
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	host := func(name string) func(*http.Request) { return func(r *http.Request) { r.Host = name } }
	for _, c := range []struct {
		name   string
		secret string
		change func(*http.Request)
		status int
	}{
		{"this machine", "", nil, 200},
		{"by name", "", host("localhost:9090"), 200},
		{"by IPv6", "", host("[::1]:9090"), 200},
		{"by IPv6 alone", "", host("[::1]"), 200},
		{"a name led here", "", host("evil.example:9090"), 403},
		{"a name like it", "", host("localhost.evil.example"), 403},
		{"another machine's address", "", host("192.0.2.1:9090"), 403},
		{"another page's request", "", header("Sec-Fetch-Site", "cross-site"), 403},
		{"a page of another port", "", header("Origin", "http://127.0.0.1:8080"), 403},
		{"its own page", "", header("Origin", "http://127.0.0.1:9090"), 200},

		{"the secret", secret, header("Authorization", "Bearer "+secret), 200},
		{"the secret from afar", secret, func(r *http.Request) { r.Host = "chat.example"; r.SetBasicAuth("me", secret) }, 200},
		{"the scheme in small letters", secret, header("Authorization", "bearer "+secret), 200},
		{"no secret", secret, nil, 401},
		{"an empty one", secret, header("Authorization", "Bearer "), 401},
		{"a wrong one", secret, header("Authorization", "Bearer "+secret+"0"), 401},
		{"a part of it", secret, header("Authorization", "Bearer "+secret[:15]), 401},
		{"another scheme", secret, header("Authorization", "Digest "+secret), 401},
		{"a wrong password", secret, func(r *http.Request) { r.SetBasicAuth(secret, "") }, 401},
		{"the secret, by another page", secret, func(r *http.Request) {
			r.SetBasicAuth("", secret)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := ask(admin(t).Handler(c.secret), "POST", "/backup", c.change)
			if w.Code != c.status {
				t.Errorf("%d %s, want %d", w.Code, w.Body, c.status)
			}
			if c.status != 200 && strings.Contains(w.Body.String(), "a backup") {
				t.Error("it got the backup all the same")
			}
		})
	}
}

// A page elsewhere can't read the answer, but its request would cost the server.
func TestRequestsThatAForeignPageCausesAreRefused(t *testing.T) {
	headers := func(pairs ...string) func(*http.Request) {
		return func(r *http.Request) {
			for i := 0; i < len(pairs); i += 2 {
				r.Header.Set(pairs[i], pairs[i+1])
			}
		}
	}
	for _, c := range []struct {
		path   string
		change func(*http.Request)
		status int
	}{
		{"/debug/pprof/profile?seconds=120", headers("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "no-cors"), 403},
		{"/debug/pprof/profile?seconds=120", headers("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"), 403},
		{"/inside.json", headers("Sec-Fetch-Site", "same-site"), 403},
		{"/metrics", headers("Origin", "https://evil.example"), 403},
		{"/metrics", headers("Origin", "null"), 403},
		{"/", headers("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "iframe"), 403},
		{"/", headers("Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate", "Sec-Fetch-Dest", "document"), 200}, // a link
		{"/inside.json", headers("Sec-Fetch-Site", "same-origin"), 200},
		{"/inside.json", headers("Sec-Fetch-Site", "none"), 200}, // typed
		{"/metrics", nil, 200}, // a program
	} {
		for _, secret := range []string{"", secret} {
			w := ask(admin(t).Handler(secret), "GET", c.path, func(r *http.Request) {
				if c.change != nil {
					c.change(r)
				}
				if secret != "" {
					r.SetBasicAuth("", secret) // the browser knows it
				}
			})
			if w.Code != c.status {
				t.Errorf("%s with secret %q: %d %s, want %d", c.path, secret, w.Code, w.Body, c.status)
			}
		}
	}
}

func TestSecretsCanNotBeTriedWithoutLimit(t *testing.T) {
	h := admin(t).Handler(secret)
	try := func(from, secret string) *httptest.ResponseRecorder {
		return ask(h, "GET", "/metrics", func(r *http.Request) {
			r.RemoteAddr = from + ":1234"
			if secret != "" {
				r.Header.Set("Authorization", "Bearer "+secret)
			}
		})
	}
	for range 100 { // right ones, and browsers that don't know it yet, don't count
		if w := try("192.0.2.1", secret); w.Code != 200 {
			t.Fatalf("the secret: %d", w.Code)
		}
		if w := try("192.0.2.1", ""); w.Code != 401 {
			t.Fatalf("none: %d", w.Code)
		}
	}
	var last *httptest.ResponseRecorder
	for range 100 {
		last = try("192.0.2.1", "wrong")
	}
	if last.Code != 429 || last.Header().Get("Retry-After") == "" {
		t.Errorf("after 100 wrong secrets: %d, Retry-After %q", last.Code, last.Header().Get("Retry-After"))
	}
	if w := try("192.0.2.1", secret); w.Code != 429 {
		t.Errorf("the right one after them: %d", w.Code)
	}
	if w := try("198.51.100.1", secret); w.Code != 200 {
		t.Errorf("the operator elsewhere: %d", w.Code)
	}
}

// Of two that want a CPU's profile one gets it, until it is gone.
func TestAProfileEndsWithItsRequest(t *testing.T) {
	h := admin(t).Handler("")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	answers := make(chan int)
	for range 2 {
		go func() {
			answers <- ask(h, "GET", "/debug/pprof/profile?seconds=120", func(r *http.Request) { *r = *r.WithContext(ctx) }).Code
		}()
	}
	if status := <-answers; status != http.StatusConflict {
		t.Errorf("the first answer is %d, want that there is one already", status)
	}
	cancel()
	if status := <-answers; status != http.StatusOK {
		t.Errorf("the other answer is %d", status)
	}
}

// To import net/http/pprof would show profiles to all, in programs that serve
// http.DefaultServeMux and have the server on it.
func TestProfilesAreOnNoOtherMux(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/debug/pprof/", nil)
	if _, pattern := http.DefaultServeMux.Handler(r); pattern != "" {
		t.Errorf("http.DefaultServeMux has %q", pattern)
	}
}
