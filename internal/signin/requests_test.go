package signin_test

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"snug/internal/auth"
	"snug/internal/signin"
)

// Requests are refused as those to a room are: with a problem, and if they say something twice.
func TestRequestsOfNoSignInAreRefused(t *testing.T) {
	h, err := signin.New(signin.Options{
		Issuer: "https://provider.example", ClientID: "snug", ClientSecret: auth.Secret(secret), SessionTime: time.Hour,
		PublicURL: "https://chat.example/", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		method, path string
		status       int
		says, allow  string
	}{
		{"GET", "/sign-in/nothing", 404, "not found", ""},
		{"POST", "/sign-in/", 404, "not found", ""},
		{"POST", "/sign-in", 405, "takes GET", "GET, HEAD"},
		{"GET", "/sign-in/token", 405, "takes POST", "POST"},
		{"PUT", "/sign-in/out", 405, "takes POST", "POST"},
		{"GET", "/sign-in?room=a&room=b", 400, "2 times", ""},
		{"GET", "/sign-in?room=%zz", 400, "percent-encoded", ""},
		{"GET", "/sign-in?room=a%20b", 400, `"detail":"not a room code`, ""},
	} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), c.method, c.path, nil))
		if w.Code != c.status || !strings.Contains(w.Body.String(), c.says) || w.Header().Get("Allow") != c.allow {
			t.Errorf("%s %s: %d %s, Allow %q", c.method, c.path, w.Code, w.Body, w.Header().Get("Allow"))
		}
		if typ := w.Header().Get("Content-Type"); typ != "application/problem+json" {
			t.Errorf("%s %s: the answer is %s", c.method, c.path, typ)
		}
	}
}
