package main

import (
	"net/http"
	"net/http/httptest"
	"testing"
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
		p := &poster{url: server.URL + "/hooks/secret"}
		wait, err := p.try(t.Context(), "key", "hello")
		server.Close()
		if err == nil || wait > want || wait < want-want/2 {
			t.Errorf("Retry-After %q: it waits %v, want %v; %v", value, wait, want, err)
		}
	}
}
