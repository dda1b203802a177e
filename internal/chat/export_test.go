package chat_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// archive requests an export, and returns its text.
func (h *testServer) archive(t testing.TB, format string, with ...string) (*http.Response, string) {
	t.Helper()
	resp := h.call(t, http.MethodGet, "/r/room1/export?format="+format, "", with)
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(text)
}

func TestOwnersAndModeratorsExportTheirRoom(t *testing.T) {
	h := open(t, withOwners)
	ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	ann.say(`{"type":"set","id":"s","name":"The room","password":"s3cret-word"}`)
	ann.say(`{"type":"hook","id":"h","name":"Alerts"}`)
	ann.until("hook")
	ann.say(`{"type":"send","id":"m1","content":"<b>hello</b>"}`)
	ann.say(`{"type":"send","id":"m2","content":"the last one"}`)
	for ann.until("message").content() != "the last one" {
	}

	for format, want := range map[string]struct{ kind, name, text string }{
		"":      {"application/jsonl", ".jsonl", `"content":"<b>hello</b>"`},
		"jsonl": {"application/jsonl", ".jsonl", `{"end":{"events":5}}`},
		"txt":   {"text/plain; charset=utf-8", ".txt", "ann [owner]: <b>hello</b>"},
		"html":  {"text/html; charset=utf-8", ".html", "&lt;b&gt;hello&lt;/b&gt;"},
	} {
		resp, text := h.archive(t, format, "Snug-Seat", ann.you.Seat)
		if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != want.kind || !strings.Contains(text, want.text) {
			t.Errorf("%s: %s, %s\n%s", format, resp.Status, resp.Header.Get("Content-Type"), text)
		}
		if d := resp.Header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment; filename=room1-") || !strings.HasSuffix(d, want.name) {
			t.Errorf("%s: the file is %q", format, d)
		}
		for name, value := range map[string]string{
			"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		} {
			if got := resp.Header.Get(name); got != value {
				t.Errorf("%s: %s is %q", format, name, got)
			}
		}
		for _, secret := range []string{"s3cret-word", "/hooks/", ann.you.Seat, "127.0.0.1"} {
			if strings.Contains(text, secret) {
				t.Errorf("%s: the file has %q:\n%s", format, secret, text)
			}
		}
	}

	for who, with := range map[string][]string{"a member": {"Snug-Seat", bob.you.Seat}, "a guest": {"Snug-Password", "s3cret-word"}, "nobody": nil, "a wrong seat": {"Snug-Seat", "x"}} {
		if a := h.ask(t, http.MethodGet, "/r/room1/export", "", with...); a.status != 403 || a.Code != "forbidden" {
			t.Errorf("%s: %d %s", who, a.status, a.raw)
		}
	}
	if a := h.post(t, "/r/room1/commands", `{"type":"role","id":"r","member":"`+bob.you.Member.Member+`","role":"moderator"}`, "Snug-Seat", ann.you.Seat); a.status != 200 {
		t.Fatalf("role: %d %s", a.status, a.raw)
	}
	if resp, _ := h.archive(t, "txt", "Snug-Seat", bob.you.Seat); resp.StatusCode != http.StatusOK {
		t.Errorf("a moderator: %s", resp.Status)
	}
	if a := h.ask(t, http.MethodGet, "/r/room1/export?format=pdf", "", "Snug-Seat", ann.you.Seat); a.status != 400 || a.Code != "bad-field" {
		t.Errorf("another format: %d %s", a.status, a.raw)
	}
}
