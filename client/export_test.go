package client_test

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"snug/client"
	"snug/protocol"
)

func TestARoomIsExportedWhole(t *testing.T) {
	t.Parallel()
	s := startServer(t, "sqlite:", owned)
	ann, bob := join(t, s.Addr, client.Options{}), join(t, s.Addr, client.Options{Nick: "bob"})
	for range 300 { // more than a page
		say(t, ann, "hello")
	}
	var file bytes.Buffer
	if err := client.Export(t.Context(), s.Addr, "lobby", "jsonl", &file, client.Options{Seat: ann.Seat()}); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(file.String(), `"content":"hello"`); n != 300 {
		t.Errorf("%d messages are exported", n)
	}
	if err := client.Export(t.Context(), s.Addr, "lobby", "jsonl", io.Discard, client.Options{Seat: bob.Seat()}); !code(protocol.Forbidden)(err) {
		t.Errorf("a member exports the room: %v", err)
	}
	if err := client.Export(t.Context(), s.Addr, "", "jsonl", io.Discard, client.Options{}); err == nil {
		t.Error("a room without a code is exported")
	}
}

func TestAnExportThatIsNotCompleteIsAnError(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		parts    []string
		complete bool
	}{
		{[]string{"{\"export\":{}}\n", "{\"end\":{}}\n"}, true},
		{[]string{"{\"export\":{}}\n{\"en", "d\":{}}\n"}, true},
		{[]string{"{\"export\":{}}", "\n", "{\"end\":{}}", "\n"}, true},
		{[]string{"{\"export\":{}}\n", "{\"error\":\"why\"}\n"}, false},
		{[]string{"{\"end\":{}}\n", "{\"error\":\"why\"}\n"}, false},
		{[]string{"{\"export\":{}}\n"}, false},
		{nil, false},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for _, part := range c.parts {
				_, _ = io.WriteString(w, part)
				_ = http.NewResponseController(w).Flush()
			}
		}))
		var got bytes.Buffer
		err := client.Export(t.Context(), s.URL, "lobby", "jsonl", &got, client.Options{})
		if (err == nil) != c.complete || got.String() != strings.Join(c.parts, "") {
			t.Errorf("%q is exported as %q, %v", c.parts, got.String(), err)
		}
		s.Close()
	}
}
