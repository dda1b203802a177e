package forwarded

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
)

func TestPathOfThePublicURLIsRemovedOnce(t *testing.T) {
	for _, c := range []struct{ public, asked, want string }{
		{"https://example.com/chat/", "/chat/r/tea", "/r/tea"},
		{"https://example.com/chat", "/chat/r/a%2Fb", "/r/a%2Fb"},
		{"https://example.com/chat/", "/r/tea", "/r/tea"},
		{"https://example.com/chat/", "/chats/r/tea", "/chats/r/tea"},
		{"https://example.com/chat/", "/chat/", "/"},
		{"https://example.com/chat/", "/chat", ""},
		{"https://example.com/chat/", "/chat//r/tea", "//r/tea"},
		{"https://example.com/chat/", "/chat/chat/r/tea", "/chat/r/tea"},
		{"https://example.com/chat/", "/chat%2fr/tea", "/chat%2fr/tea"},
		{"https://example.com/chat/", "/%63hat/r/tea", "/r/tea"},
		{"https://example.com/a%20b/", "/a%20b/r/tea", "/r/tea"},
		{"https://example.com/a/b/", "/a/b/ws", "/ws"},
		{"https://example.com/a/b/", "/a", "/a"},
		{"https://example.com/", "/chat/r/tea", "/chat/r/tea"},
		{"", "/chat/r/tea", "/chat/r/tea"},
	} {
		o := Outside{}
		o.Public, _ = ParseLocation(c.public)
		if got := o.Below(httptest.NewRequest(http.MethodGet, c.asked, nil)).URL.EscapedPath(); got != c.want {
			t.Errorf("%s with %s: %s, want %s", c.asked, c.public, got, c.want)
		}
	}
}

// A client resolves the redirect's address against the one that it has used, which may have a
// prefix that a proxy has removed without a word.
func TestRedirectsStayBelowThePath(t *testing.T) {
	for path, want := range map[string]string{
		"":                           "/",
		"/":                          "/",
		"//":                         "/",
		"/r/a":                       "/r/a",
		"/r/a?x=1":                   "/r/a?x=1",
		"/r/a/":                      "/r/a/",
		"//r/a":                      "/r/a",
		"//r/a?x=1":                  "/r/a?x=1",
		"/r//a":                      "/r/a",
		"/r///a//messages?limit=1&x": "/r/a/messages?limit=1&x",
		"//r/zo%C3%AB":               "/r/zo%C3%AB",
		"//r/a%2Fb/":                 "/r/a%2Fb/",
		"//r/a:b":                    "/r/a:b",
		"/x/../r/a":                  "/r/a",
		"/x//../r/a":                 "/r/a",
		"/./r/./a":                   "/r/a",
		"/r/a/..":                    "/r",
	} {
		for _, prefix := range []string{"/chat", "/a%20b/c"} {
			r := httptest.NewRequest(http.MethodGet, prefix+path, nil)
			sent := *r.URL
			u, err := url.Parse("http://chat.example" + path)
			if err != nil {
				t.Fatal(err)
			}
			r.URL.Path, r.URL.RawPath = u.Path, u.RawPath // as a proxy or a program has removed the prefix
			to, err := sent.Parse(Redirect(r))
			if err != nil {
				t.Fatal(err)
			}
			if got := to.String(); got != prefix+want {
				t.Errorf("%s%s leads to %s by %q, want %s", prefix, path, got, Redirect(r), prefix+want)
			}
		}
	}
	for _, other := range []string{"*", ""} {
		r := &http.Request{Method: http.MethodOptions, URL: &url.URL{Path: other}, RequestURI: other}
		if to := Redirect(r); to != "" {
			t.Errorf("%q leads to %s", other, to)
		}
	}
}

func FuzzRedirect(f *testing.F) {
	f.Add("/r//../a%2F/./b", "chat")
	f.Add("//", "a%20b")
	f.Fuzz(func(t *testing.T, path, public string) {
		u, err := url.ParseRequestURI(path)
		if err != nil || u.Host != "" {
			return
		}
		o := Outside{}
		o.Public, _ = ParseLocation("http://chat.example/" + public)
		r := o.Below(&http.Request{Method: http.MethodGet, URL: u, RequestURI: path})
		to := Redirect(r)
		if to == "" {
			return
		}
		next, err := url.Parse("http://chat.example" + u.EscapedPath())
		if err != nil {
			return
		}
		if next, err = next.Parse(to); err != nil || next.Host != "chat.example" {
			t.Errorf("%q leads to %q, %v, %v", path, to, next, err)
		}
	})
}
