package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
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
