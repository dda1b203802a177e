package snug_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"snug"
	"snug/internal/journal"
	"snug/internal/journal/local"
	"snug/protocol"
)

// listedRooms is a page of the operator's rooms.
type listedRooms struct {
	Rooms []struct {
		Room, Name string
		Messages   int
	}
	Next string
}

// fill makes a journal with n rooms, in each of which one message more was said than in the one
// before, up to most.
func fill(t testing.TB, n, most int) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "snug.db")
	j, err := local.Open(t.Context(), file, local.Options{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	committed := make(chan error, n*most)
	said := 0
	for i := range n {
		for range i%most + 1 {
			said++
			d := journal.Draft{Room: fmt.Sprintf("room-%06d", i), Event: protocol.Event{
				Type: protocol.EventMessage, ID: "m", From: protocol.Member{Member: "m1", Nick: "ann", Role: protocol.RoleMember}, Body: protocol.MessageBody{Content: "hello"}.Encode(),
			}}
			if err := j.Append(t.Context(), d, func(_ journal.Outcome, err error) { committed <- err }); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range said {
		if err := <-committed; err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestPagesOfRoomsHaveEachRoomOnce(t *testing.T) {
	const n = 57
	o := options(t)
	o.Journal = "sqlite:" + fill(t, n, 5)
	s := openSite(t, o)
	for _, order := range []string{"said", "code", "messages", "bytes"} {
		var codes []string
		last := 1 << 30
		for after := ""; ; {
			_, body := s.get(t, "/rooms?"+url.Values{"order": {order}, "limit": {"10"}, "after": {after}}.Encode())
			var page listedRooms
			if err := json.Unmarshal([]byte(body), &page); err != nil {
				t.Fatal(err)
			}
			for _, r := range page.Rooms {
				codes = append(codes, r.Room)
				if order == "messages" && r.Messages > last {
					t.Errorf("%s has %d messages, and the one before %d", r.Room, r.Messages, last)
				}
				last = r.Messages
			}
			if after = page.Next; after == "" {
				break
			}
		}
		if order == "code" && !slices.IsSorted(codes) {
			t.Errorf("not by their codes: %v", codes)
		}
		if slices.Sort(codes); len(slices.Compact(codes)) != n || len(codes) != n {
			t.Errorf("by %s, %d rooms are listed, want %d", order, len(codes), n)
		}
	}
}

// Whatever the operator changes is in the log, with who asked for it and without what was said.
func TestWhatTheOperatorDoesIsLogged(t *testing.T) {
	acted := make(actions, 100)
	o := stored(t)
	o.Log = slog.New(acted)
	s := openSite(t, o)
	member, _ := s.say(t, 1)
	resp, err := http.Head(s.admin.URL + "/rooms/room1/export") // which exports nothing
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Disposition") == "" {
		t.Errorf("HEAD of an export: %s %v", resp.Status, resp.Header)
	}
	for _, c := range []struct {
		path   string
		form   url.Values
		action string
	}{
		{"/rooms/room1/lock", nil, "lock"},
		{"/rooms/room1/unlock", nil, "unlock"},
		{"/erase", url.Values{"room": {"room1"}, "member": {member}}, "erase-member"},
		{"/owner", url.Values{"room": {"room1"}, "member": {member}}, "owner"},
		{"/rooms/room1/erase", url.Values{"confirm": {"room1"}}, "erase"},
		{"/backup", nil, "backup"},
		{"/prune", url.Values{"keep": {"30d"}}, "prune"},
		{"/rooms/room1/close", url.Values{"confirm": {"room1"}}, "close"},
	} {
		if status, body := s.post(t, c.path, c.form); status != http.StatusOK {
			t.Errorf("%s: %d %s", c.path, status, body)
		}
		got := <-acted // a backup is logged after its answer
		if room := c.action != "backup" && c.action != "prune"; got["action"] != c.action || got["remote"] == "" || (got["room"] == "room1") != room {
			t.Errorf("%s is logged as %v", c.path, got)
		}
	}
}

// actions is a log handler that passes on what the operator did.
type actions chan map[string]string

func (a actions) Enabled(context.Context, slog.Level) bool { return true }
func (a actions) WithAttrs([]slog.Attr) slog.Handler       { return a }
func (a actions) WithGroup(string) slog.Handler            { return a }

func (a actions) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "the operator acted" {
		said := map[string]string{}
		r.Attrs(func(attr slog.Attr) bool { said[attr.Key] = attr.Value.String(); return true })
		a <- said
	}
	return nil
}

func TestARoomIsReadByTheOperatorWithoutBeingTold(t *testing.T) {
	s := openSite(t, stored(t))
	s.say(t, 3)
	if _, body := s.get(t, "/rooms/room1/messages?limit=2"); !strings.Contains(body, "what was said, 2") || strings.Contains(body, "what was said, 0") || !strings.Contains(body, `"more":true`) {
		t.Errorf("a page is %s", body)
	}
	_, body := s.get(t, "/rooms/room1")
	var room struct{ Present, Readers int }
	if err := json.Unmarshal([]byte(body), &room); err != nil || room.Readers != 0 {
		t.Errorf("%s: %v", body, err)
	}
	if status, _ := s.get(t, "/rooms/nowhere"); status != http.StatusNotFound {
		t.Errorf("an unknown room: %d", status)
	}
	if _, body := s.get(t, "/rooms"); strings.Contains(body, "nowhere") {
		t.Errorf("looking at a room has made it: %s", body)
	}
}

// BenchmarkRooms is a page of 100 of 100,000 rooms, as the operator's page requests it.
func BenchmarkRooms(b *testing.B) {
	o := snug.Defaults()
	o.Journal, o.Log = "sqlite:"+fill(b, 100_000, 1), slog.New(slog.DiscardHandler)
	server, err := snug.New(b.Context(), o)
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = server.Shutdown(b.Context()) }()
	admin := server.Admin("")
	for name, query := range map[string]string{
		"newest": "", "deep": "?order=code&after=0:room-090000", "messages": "?order=messages", "search": "?search=099", "none": "?search=nowhere",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				r := httptest.NewRequestWithContext(b.Context(), http.MethodGet, "http://127.0.0.1/rooms"+query, nil)
				w := httptest.NewRecorder()
				if admin.ServeHTTP(w, r); w.Code != http.StatusOK {
					b.Fatal(w.Body)
				}
			}
		})
	}
}
