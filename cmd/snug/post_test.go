package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestAHookSaysWhenToPostAgain(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"":   time.Second,
		"90": 90 * time.Second,
		time.Now().Add(time.Hour).UTC().Format(http.TimeFormat): time.Hour,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Retry-After", value)
			w.WriteHeader(http.StatusServiceUnavailable)
		}))
		p, err := newPoster(server.URL+"/hooks/secret", nil)
		if err != nil {
			t.Fatal(err)
		}
		wait, err := p.try(t.Context(), "key", "hello")
		server.Close()
		if err == nil || wait > want || wait < want-want/2 {
			t.Errorf("Retry-After %q: it waits %v, want %v; %v", value, wait, want, err)
		}
	}
}

// Its exit status must not say that a message was confirmed which wasn't.
func TestOnlyAHookConfirmsAMessage(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		says   string
	}{
		"a hook":             {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok") }, ""},
		"a page of a proxy":  {func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>Sign in") }, "is no hook of a Snug server"},
		"to a page":          {http.RedirectHandler("/sign-in", http.StatusFound).ServeHTTP, "the hook answered 302 Found"},
		"to another server":  {http.RedirectHandler("https://chat.example/", http.StatusFound).ServeHTTP, "a redirect to https://chat.example, which isn't followed"},
		"without any answer": {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, "it closed the connection"},
	} {
		server := httptest.NewServer(c.answer)
		p, err := newPoster(server.URL+"/hooks/secret", nil)
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.try(t.Context(), "key", "hello")
		server.Close()
		switch {
		case c.says == "":
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		case err == nil, !strings.Contains(err.Error(), c.says), strings.Contains(err.Error(), "secret"):
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A server that takes connections and says nothing, as one that hangs does, isn't waited for for ever.
func TestAHookThatSaysNothingIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, err := newPoster("http://bubble/hooks/secret", nil)
		if err != nil {
			t.Fatal(err)
		}
		p.client.Transport = &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
			near, far := net.Pipe()
			go func() { _, _ = io.Copy(io.Discard, far) }() // until near is closed
			return near, nil
		}}
		if err := p.post(t.Context(), "hello"); err == nil || !strings.Contains(err.Error(), "no answer in time") {
			t.Errorf("%v", err)
		}
	})
}
