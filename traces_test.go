package snug_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/sdk/trace"

	"snug"
	"snug/client"
	"snug/internal/otlp"
	"snug/internal/servertest/capture"
	"snug/internal/servertest/collector"
)

// exporting returns a provider that samples everything and exports it, until the test ends.
func exporting(t *testing.T, url string, share float64) *trace.TracerProvider {
	t.Helper()
	p, err := otlp.New(otlp.Options{URL: url, Share: share, Log: slog.New(slog.NewTextHandler(t.Output(), nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Shutdown(context.Background()) }) // a second time it does nothing
	return p
}

// tree returns the spans below one, as "parent > child" by their names, sorted.
func tree(spans []collector.Span, root collector.Span) (all []string) {
	for _, s := range spans {
		if s.Trace == root.Trace && s.Parent == root.ID {
			all = append(all, root.Name+" > "+s.Name)
			all = append(all, tree(spans, s)...)
		}
	}
	slices.Sort(all)
	return all
}

func TestAMessagesWayIsTraced(t *testing.T) {
	for _, journal := range []string{"memory:", "sqlite:", "cluster:"} {
		t.Run(journal, func(t *testing.T) {
			c := collector.Start(t, nil)
			o := options(t)
			switch o.Journal = journal; journal {
			case "sqlite:":
				o.Journal += filepath.Join(t.TempDir(), "snug")
			case "cluster:":
				o.Journal = clusterOfOne(t)
			}
			o.Traces, o.Filter = exporting(t, c.URL, 1), func(context.Context, *snug.Message) error { return nil }
			s := openSite(t, o)
			s.say(t, 1)
			answered, err := http.Post(s.users.URL+"/r/room1", "text/plain", strings.NewReader("hello"))
			if status, body := answer(t, answered, err); status != http.StatusCreated {
				t.Fatalf("%d %s", status, body)
			}
			for _, root := range []string{"websocket send", "POST /r/{code}"} {
				want := []string{root + " > filter", root + " > journal append", "journal append > journal commit", "journal append > room deliver"}
				slices.Sort(want)
				c.Wait(t, root, func(spans []collector.Span) bool {
					i := slices.IndexFunc(spans, func(s collector.Span) bool { return s.Name == root })
					return i >= 0 && spans[i].Parent == "" && spans[i].Server && slices.Equal(tree(spans, spans[i]), want)
				})
			}
			for _, s := range c.Spans() {
				switch s.Name {
				case "room deliver":
					if s.Attributes["snug.entries"] == "" || s.Attributes["snug.readers"] == "" {
						t.Errorf("%+v", s)
					}
				case "POST /r/{code}":
					if s.Attributes["http.route"] != "/r/{code}" || s.Attributes["http.response.status_code"] != "201" {
						t.Errorf("%+v", s)
					}
				}
				if s.Failed || s.Ended < s.Began {
					t.Errorf("%+v", s)
				}
			}
		})
	}
}

// lower returns bytes with their ASCII letters in lower case.
func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

// Traces go to more people and places than the server's data.
func TestNothingPrivateIsInATrace(t *testing.T) {
	const room, nick, content, token, password = "room-of-secrets", "nickname-of-ann", "content-of-the-message", "token-of-ann", "password-of-the-room"
	c := collector.Start(t, nil)
	o := stored(t)
	provider := exporting(t, c.URL, 1)
	o.Traces, o.OutgoingHooks = provider, "on"
	o.Auth.Guests = true
	o.Auth.Authenticate = func(_ context.Context, got, _ string) (snug.Identity, error) {
		if got != token {
			return snug.Identity{}, snug.Refuse("not this one: " + got)
		}
		return snug.Identity{Subject: "subject-of-ann", Name: nick}, nil
	}
	var log capture.Text
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	o.Filter = func(_ context.Context, m *snug.Message) error {
		if strings.Contains(m.Content, "refuse") {
			return snug.Refuse("refused: " + m.Content)
		}
		return nil
	}
	server, err := snug.New(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{server, httptest.NewServer(server), httptest.NewServer(server.Admin(""))}
	ann, err := client.Join(t.Context(), s.users.URL, room, client.Options{Nick: nick, Token: token})
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []string{content, content + " refuse", strings.Repeat(content, 1000)} {
		_, _ = ann.Send(t.Context(), client.Message{Content: m}) // the last two are refused
	}
	hook, err := ann.Hook(t.Context(), client.NewHook{Name: "name-of-the-hook"})
	if err != nil {
		t.Fatal(err)
	}
	secret := hook.URL[strings.LastIndexByte(hook.URL, '/')+1:]
	file, err := ann.Upload(t.Context(), "name-of-a-file.txt", strings.NewReader("content of a file"))
	if err != nil {
		t.Fatal(err)
	}
	link := s.users.URL + "/r/" + room
	for _, r := range []struct{ method, url, body string }{
		{http.MethodPost, hook.URL, content},
		{http.MethodPost, hook.URL + "/" + content, ""},
		{http.MethodPost, link + "?nick=guest-of-the-room", content},
		{http.MethodPost, link + "/commands", `{"type":"delete","id":"id-of-a-command","seq":1}`},
		{http.MethodPost, link + "/commands", `{"type":"` + content + `"}`},
		{http.MethodGet, link + "/search?q=" + content, ""},
		{http.MethodGet, link + "/messages/", ""},
		{http.MethodGet, link + "//messages", ""},
		{http.MethodGet, link + "/" + content, ""},
		{http.MethodGet, ann.FileURL(file), ""},
		{http.MethodGet, s.users.URL + "/ws?room=" + room + "&token=" + token, ""},
		{"CONTENT-OF-THE-MESSAGE", link, ""},
		{http.MethodConnect, link + "/messages", ""},
		{http.MethodPost, s.admin.URL + "/rooms/" + room + "/lock", ""},
		{http.MethodGet, s.admin.URL + "/rooms/" + room + "/export", ""},
		{http.MethodPost, s.admin.URL + "/erase?room=" + room + "&member=" + ann.You().Member, ""},
	} {
		q, err := http.NewRequestWithContext(t.Context(), r.method, r.url, strings.NewReader(r.body))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Snug-Seat", ann.Seat())
		q.Header.Set("Authorization", "Bearer "+token)
		q.Header.Set("Snug-Password", password)
		q.Header.Set("User-Agent", content)
		q.Header.Set("Traceparent", "00-c0ffee00c0ffee00c0ffee00c0ffee00-c0ffee00c0ffee00-01")
		q.Header.Set("Tracestate", "vendor="+content)
		q.Header.Set("Baggage", "user="+nick)
		answered, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		_ = answered.Body.Close()
	}
	_ = ann.Close()
	s.users.Close()
	s.admin.Close()
	if err := errors.Join(server.Shutdown(t.Context()), provider.Shutdown(t.Context())); err != nil {
		t.Fatal(err)
	}
	raw := lower(c.Raw())
	var names []string
	for _, s := range c.Spans() {
		names = append(names, s.Name)
	}
	for _, want := range []string{"websocket send", "websocket hook", "POST /hooks/{secret}", "POST /r/{code}/commands", "GET /r/{code}/files/{id}/{name}", "GET /ws", "HTTP", "POST /erase"} {
		if !slices.Contains(names, want) {
			t.Errorf("there is no span %q: %q", want, names)
		}
	}
	for _, private := range []string{
		room, nick, content, token, password, "subject-of-ann", "name-of", "guest-of", "id-of", secret, ann.Seat(), ann.You().Member, hook.Member, file.ID,
		"\xc0\xff\xee\x00", "127.0.0.1",
	} {
		if len(private) < 4 {
			t.Fatalf("%q is too short to be looked for", private)
		}
		if strings.Contains(raw, lower(private)) {
			t.Errorf("%q is in the traces", private)
		}
	}
}
