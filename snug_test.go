package snug_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"snug"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func options(t *testing.T) snug.Options {
	o := snug.Defaults()
	o.Journal = "memory:"
	o.Log = slog.New(slog.NewTextHandler(t.Output(), nil))
	return o
}

func TestWrongOptionsSayWhatWouldBeRight(t *testing.T) {
	for _, c := range []struct {
		name  string
		wrong func(*snug.Options)
		says  string
	}{
		{"an engine that there isn't", func(o *snug.Options) { o.Journal = "postgres:x" }, "sqlite:FILE"},
		{"sqlite without a file", func(o *snug.Options) { o.Journal = "sqlite:" }, "sqlite:FILE"},
		{"memory with a file", func(o *snug.Options) { o.Journal = "memory:x" }, "memory:"},
		{"a cluster without a directory", func(o *snug.Options) { o.Journal = "cluster:" }, "cluster:DIR"},
		{"peers without an address", func(o *snug.Options) {
			o.Journal, o.Cluster.Peers = "cluster:x", []string{"127.0.0.1:6222"}
		}, "at which the other servers reach this one"},
		{"peers without a cluster", func(o *snug.Options) { o.Cluster.Peers = []string{"127.0.0.1:6222"} }, "cluster:DIR"},
		{"a cluster that listens without peers", func(o *snug.Options) { o.Journal, o.Cluster.Listen = "cluster:x", "127.0.0.1:6222" }, "all servers of the cluster"},
		{"a node's name that is none", func(o *snug.Options) { o.Journal, o.Cluster.Name = "cluster:x", "a b" }, "letters, digits"},
		{"a cluster that keeps nothing", func(o *snug.Options) { o.Journal, o.Cluster.Keep = "cluster:x", 0 }, "above 0"},
		{"no journal", func(o *snug.Options) { o.Journal = "" }, "sqlite:FILE"},
		{"a negative rate", func(o *snug.Options) { o.Limits.MessageRate = -1 }, "0 for no limit"},
		{"a rate without a burst", func(o *snug.Options) { o.Limits.MessageBurst = 0 }, "at least 1"},
		{"no content", func(o *snug.Options) { o.Limits.MaxContent = 0 }, "from 1"},
		{"boundless content", func(o *snug.Options) { o.Limits.MaxContent = 100_001 }, "to 100000"},
		{"negative connections", func(o *snug.Options) { o.Limits.MaxConnections = -1 }, "0 for no limit"},
		{"negative rooms", func(o *snug.Options) { o.Limits.MaxRooms = -1 }, "0 for no limit"},
		{"negative members", func(o *snug.Options) { o.Limits.MaxMembers = -1 }, "0 for no limit"},
		{"negative bad frames", func(o *snug.Options) { o.Limits.BadFrames = -1 }, "0 for no limit"},
		{"a negative journal", func(o *snug.Options) { o.Limits.MaxJournal = -1 }, "0 for no limit"},
		{"no room for answers", func(o *snug.Options) { o.Limits.MaxWaiting = 0 }, "at least 1"},
		{"a proxy by its name", func(o *snug.Options) { o.Web.TrustedProxies = []string{"proxy.example"} }, "10.0.0.0/8"},
		{"too long a history", func(o *snug.Options) { o.Rooms.History = 1001 }, "from 0 to 1000"},
		{"an origin without a scheme", func(o *snug.Options) { o.Web.Origins = []string{"example.com"} }, "https://example.com"},
		{"an origin with a wildcard", func(o *snug.Options) { o.Web.Origins = []string{"https://*.example.com"} }, "without wildcards"},
		{"an origin that no browser sends", func(o *snug.Options) { o.Web.Origins = []string{"https://münchen.example"} }, "xn--"},
		{"an ancestor that no browser is", func(o *snug.Options) { o.Web.FrameAncestors = []string{"https://münchen.example"} }, "xn--"},
		{"an origin with a path", func(o *snug.Options) { o.Web.Origins = []string{"https://example.com/chat"} }, "https://example.com"},
		{"a frame's site without a scheme", func(o *snug.Options) { o.Web.FrameAncestors = []string{"example.com"} }, "https://example.com"},
		{"a frame's site that is more policy", func(o *snug.Options) { o.Web.FrameAncestors = []string{"http://a;sandbox"} }, "https://example.com"},
		{"no key to check tokens by", func(o *snug.Options) { o.Auth.Method = "secret" }, "hmac:FILE, key:FILE or jwks:URL"},
		{"an audience without tokens", func(o *snug.Options) { o.Auth.Audience = "snug" }, "Auth.Method must name the key"},
		{"an issuer without tokens", func(o *snug.Options) { o.Auth.Issuer = "house" }, "Auth.Method must name the key"},
		{"no idle time", func(o *snug.Options) { o.Rooms.Idle = 0 }, "above 0"},
		{"no log", func(o *snug.Options) { o.Log = nil }, "log"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := options(t)
			c.wrong(&o)
			s, err := snug.New(t.Context(), o)
			if err == nil {
				_ = s.Shutdown(t.Context())
				t.Fatal("it was taken")
			}
			if !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q: want one line with %q", err, c.says)
			}
		})
	}
}

func TestTheFrontDoorSaysHowToConnect(t *testing.T) {
	s, err := snug.New(t.Context(), options(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	for _, c := range []struct {
		method, path string
		status       int
		says         string
	}{
		{"GET", "/", http.StatusOK, `websocat "ws://example.com/ws?roomCode=room1"`},
		{"HEAD", "/", http.StatusOK, ""},
		{"GET", "/nothing", http.StatusNotFound, "ws?roomCode=CODE"},
		{"POST", "/", http.StatusMethodNotAllowed, "posted to r/CODE"},
		{"GET", "/ws?roomCode=room1", http.StatusUpgradeRequired, "WebSocket"},
	} {
		answer := httptest.NewRecorder()
		s.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), c.method, c.path, nil))
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Code != c.status || !strings.Contains(string(body), c.says) {
			t.Errorf("%s %s: %d %s", c.method, c.path, answer.Code, body)
		}
	}
}

func TestASecondServerOnOneFileIsRefused(t *testing.T) {
	o := options(t)
	o.Journal = "sqlite:" + filepath.Join(t.TempDir(), "snug.db")
	first, err := snug.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := snug.New(t.Context(), o); err == nil || !strings.Contains(err.Error(), "another process") {
		t.Errorf("the second server: %v", err)
	}
	if err := first.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	again, err := snug.New(t.Context(), o)
	if err != nil {
		t.Fatalf("after the first has gone: %v", err)
	}
	if err := again.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestErasingWhatNobodySaidIsNothing(t *testing.T) {
	s, err := snug.New(t.Context(), options(t))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := s.Erase(t.Context(), "Lobby", "nobody"); n != 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := s.Erase(t.Context(), "no code", "nobody"); err == nil || !strings.Contains(err.Error(), "room code") {
		t.Errorf("no room's code: %v", err)
	}
	if err := s.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestEveryAnswerKeepsRoomsOutOfIndexesAndReferers(t *testing.T) {
	s, err := snug.New(t.Context(), options(t))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	for path, aRoom := range map[string]bool{
		"/": false, "/nothing": false, "/r/room1": true, "//r/room1": true, "/x/../r/room1": true, "/r/a/b": true, "/ws?roomCode=room1": true,
	} {
		w := httptest.NewRecorder()
		s.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		if w.Header().Get("Referrer-Policy") != "no-referrer" || w.Header().Get("Cross-Origin-Resource-Policy") != "same-origin" {
			t.Errorf("%s: %d, %v", path, w.Code, w.Header())
		}
		if noindex := strings.Contains(w.Header().Get("X-Robots-Tag"), "noindex"); noindex != aRoom {
			t.Errorf("%s: %d, noindex is %t", path, w.Code, noindex)
		}
	}
}

// Only redirects that a client resolves itself stay below a prefix that nobody has told the server.
func TestEverythingWorksBelowAPath(t *testing.T) {
	o := options(t)
	o.Web.PublicURL = "https://example.com/my%20chat/"
	s, err := snug.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := s.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}()
	for path, want := range map[string]string{
		"/my%20chat":                 "/my%20chat/",
		"/my%20chat?x=1":             "/my%20chat/?x=1",
		"/my%20chat//r/a":            "/my%20chat/r/a",
		"/my%20chat//r/a/messages?b": "/my%20chat/r/a/messages?b",
		"/my%20chat/r":               "",
		"/my%20chat/r/a/messages":    "",
		"/%6dy%20chat/r/a/messages":  "",
		"//r/a":                      "/r/a",
		"/my%20chat%2fr/a/messages":  "",
	} {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, path, nil)
		sent := *r.URL
		s.ServeHTTP(w, r)
		to := w.Header().Get("Location")
		if want == "" {
			status := http.StatusNotFound
			if strings.HasSuffix(path, "chat/r/a/messages") {
				status = http.StatusOK
			}
			if w.Code != status || status == http.StatusNotFound && w.Header().Get("Content-Type") != "application/problem+json" {
				t.Errorf("%s: %d %v", path, w.Code, w.Header())
			}
			continue
		}
		if at, err := sent.Parse(to); err != nil || at.String() != want || w.Code != http.StatusPermanentRedirect || w.Header().Get("Referrer-Policy") != "no-referrer" {
			t.Errorf("%s: %d to %q, which is %v, %v, want %s", path, w.Code, to, at, err, want)
		}
	}
}
