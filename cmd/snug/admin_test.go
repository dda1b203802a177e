package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// A health check must not take another program for the server.
func TestStatusIsThatOfASnugServer(t *testing.T) {
	for _, text := range []string{`{}`, `{"status":"ok"}`, `{"ready":true}`, `{"ready":""}`, `[]`, `null`} {
		other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }))
		err := status{}.Run(t.Context(), &admin{Admin: other.URL}, &streams{nil, io.Discard, io.Discard})
		other.Close()
		if err == nil || !strings.Contains(err.Error(), "isn't the operator's port of a Snug server") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// A health check must not wait for ever for a server that hangs.
func TestStatusOfASilentServer(t *testing.T) {
	defer func(was time.Duration) { readWithin = was }(readWithin)
	readWithin = time.Millisecond
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer silent.Close()
	err := status{}.Run(t.Context(), &admin{Admin: silent.URL}, &streams{nil, io.Discard, io.Discard})
	if err == nil || !strings.Contains(err.Error(), "no answer in time") {
		t.Error(err)
	}
}
