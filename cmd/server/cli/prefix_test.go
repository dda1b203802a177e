package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestPathOfThePublicURLIsRemovedOnce(t *testing.T) {
	path := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, r.URL.EscapedPath()) })
	for _, c := range []struct{ public, asked, want string }{
		{"https://example.com/chat/", "/chat/r/tea", "/r/tea"},
		{"https://example.com/chat", "/chat/r/a%2Fb", "/r/a%2Fb"},
		{"https://example.com/chat/", "/r/tea", "/r/tea"},
		{"https://example.com/chat/", "/chats/r/tea", "/chats/r/tea"},
		{"https://example.com/chat/", "/chat/", "/"},
		{"https://example.com/a/b/", "/a/b/ws", "/ws"},
		{"https://example.com/", "/chat/r/tea", "/chat/r/tea"},
		{"", "/chat/r/tea", "/chat/r/tea"},
	} {
		w := httptest.NewRecorder()
		belowPrefix(c.public, path).ServeHTTP(w, httptest.NewRequest(http.MethodGet, c.asked, nil))
		if got := w.Body.String(); got != c.want {
			t.Errorf("%s with %s: %s, want %s", c.asked, c.public, got, c.want)
		}
	}
	w := httptest.NewRecorder()
	belowPrefix("https://example.com/chat/", path).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/chat", nil))
	if to := w.Header().Get("Location"); w.Code != http.StatusPermanentRedirect || to != "/chat/" {
		t.Errorf("without its slash: %d, to %q", w.Code, to)
	}
}
