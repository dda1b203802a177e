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
		format, kind string
		parts        []string
		complete     bool
	}{
		{"jsonl", "application/jsonl", []string{"{\"export\":{}}\n", "{\"end\":{}}\n"}, true},
		{"jsonl", "application/jsonl", []string{"{\"export\":{}}\n{\"en", "d\":{}}\n"}, true},
		{"jsonl", "application/jsonl", []string{"{\"export\":{}}", "\n", "{\"end\":{}}", "\n"}, true},
		{"jsonl", "application/jsonl", []string{"{\"export\":{}}\n", "{\"error\":\"why\"}\n"}, false},
		{"jsonl", "application/jsonl", []string{"{\"end\":{}}\n", "{\"error\":\"why\"}\n"}, false},
		{"jsonl", "application/jsonl", []string{"{\"export\":{}}\n"}, false},
		{"jsonl", "application/jsonl", nil, false},
		{"txt", "text/plain; charset=utf-8", []string{"12:00 ann: hello\n", "\n-- en", "d --\n"}, true},
		{"txt", "text/plain", []string{"12:00 ann: hello\n", "\n-- INCOMPLETE: why --\n"}, false},
		{"txt", "text/plain", []string{"-- end --\n", "\n-- INCOMPLETE: why --\n"}, false},
		{"html", "text/html", []string{"</main>\n<footer>End of the export</footer>\n"}, true},
		{"html", "text/html", []string{"<html>a page of a proxy</html>"}, false},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", c.kind)
			for _, part := range c.parts {
				_, _ = io.WriteString(w, part)
				_ = http.NewResponseController(w).Flush()
			}
		}))
		var got bytes.Buffer
		err := client.Export(t.Context(), s.URL, "lobby", c.format, &got, client.Options{})
		if (err == nil) != c.complete || got.String() != strings.Join(c.parts, "") {
			t.Errorf("%q is exported as %q, %v", c.parts, got.String(), err)
		}
		s.Close()
	}
}

// Such as that of a proxy that wants users to sign in.
func TestWhatIsNoExportIsNotWritten(t *testing.T) {
	t.Parallel()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>Sign in</html>") }))
	defer s.Close()
	var got bytes.Buffer
	err := client.Export(t.Context(), s.URL, "lobby", "jsonl", &got, client.Options{})
	if err == nil || !strings.Contains(err.Error(), "is it a Snug server") || got.Len() > 0 {
		t.Errorf("%q, %v", got.String(), err)
	}
}
