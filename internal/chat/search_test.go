package chat_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"snug/internal/journal"
	"snug/protocol"
)

// search asks for the messages of room1 that match.
func (h *testServer) search(t testing.TB, q string, with ...string) answer {
	t.Helper()
	return h.ask(t, http.MethodGet, "/r/room1/search?q="+url.QueryEscape(q), "", with...)
}

func contents(events []event) string {
	var all []string
	for _, e := range events {
		all = append(all, e.content())
	}
	return strings.Join(all, "|")
}

func TestARoomIsSearched(t *testing.T) {
	for _, sqlite := range []bool{false, true} {
		h := open(t, withOwners, func(s *setup) { s.sqlite = sqlite })
		ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
		if ann.hello.Limits.QueryChars != protocol.MaxQueryChars {
			t.Errorf("the welcome says query_chars %d", ann.hello.Limits.QueryChars)
		}
		elsewhere := h.v1(t, "room2", "ann")
		elsewhere.send("1", "tea in another room")
		elsewhere.until("message")
		for i := range 30 {
			ann.send(fmt.Sprint(i), fmt.Sprint("tea number ", i))
			ann.until("message")
		}
		bob.send("1", "Café, no t-e-a")
		ann.until("message")
		ann.say(`{"type":"search","ref":"s","q":"tea from:ann","limit":2}`)
		e := ann.until("search")
		if contents(e.Events) != "tea number 29|tea number 28" || !e.More || e.Ref != "s" || strings.Contains(e.raw, "incomplete") {
			t.Errorf("found %s", e.raw)
		}
		ann.say(`{"type":"search","ref":"t","q":"cafe"}`)
		if e := ann.until("search"); contents(e.Events) != "Café, no t-e-a" || e.More || e.Events[0].From.Nick != "bob" {
			t.Errorf("found %s", e.raw)
		}
		ann.say(`{"type":"search","ref":"u"}`)
		if e := ann.until("search"); e.raw != `{"type":"search","ref":"u","events":[],"more":false}` {
			t.Errorf("for nothing: %s", e.raw)
		}
		if a := h.search(t, "tea"); a.status != 200 || len(a.Events) != protocol.DefaultFound || !a.More || a.Events[0].content() != "tea number 29" || !strings.HasPrefix(a.raw, `{"epoch":"`) {
			t.Errorf("over HTTP: %d %s", a.status, a.raw)
		}
		if a := h.ask(t, http.MethodPost, "/r/room1/commands", `{"type":"search","ref":"c","q":"\"number 7\""}`, "Snug-Seat", bob.you.Seat); a.Type != "search" || a.Ref != "c" || contents(a.Events) != "tea number 7" {
			t.Errorf("by a command: %d %s", a.status, a.raw)
		}
		if a := h.ask(t, http.MethodHead, "/r/room1/search?q=tea", ""); a.status != 200 || a.raw != "" {
			t.Errorf("HEAD: %d %s", a.status, a.raw)
		}
		if a := h.ask(t, http.MethodGet, "/r/nowhere/search?q=tea", ""); a.status != 200 || len(a.Events) != 0 {
			t.Errorf("in a room that isn't: %d %s", a.status, a.raw)
		}
		for _, q := range []string{`"`, `""""`, "*", "NOT", "a AND (", "tea OR", "text:tea", "^tea", "-tea", "{tea}", "\x00", "from:\"", "🦭🦭🦭", "+++", "'; DROP TABLE texts; --", strings.Repeat("(", 256), strings.Repeat("z ", 128)} {
			if a := h.search(t, q); a.status != 200 || len(a.Events) > 0 {
				t.Errorf("%q: %d %s", q, a.status, a.raw)
			}
		}
	}
}

// Who may not read a room may not search it.
func TestWhoMaySearch(t *testing.T) {
	for set, code := range map[string]string{`"locked":true`: "locked", `"password":"open"`: "bad-password", `"reading":"members"`: "forbidden"} {
		h := open(t, withOwners)
		ann := h.v1(t, "room1", "ann")
		ann.send("m", "a secret")
		ann.moderate("s", `"type":"set",`+set)
		if a := h.search(t, "secret"); a.status != 403 || a.Code != code || strings.Contains(a.raw, "a secret") {
			t.Errorf("with %s: %d %s", set, a.status, a.raw)
		}
		if a := h.search(t, "secret", "Snug-Seat", ann.you.Seat); contents(a.Events) != "a secret" {
			t.Errorf("a member with %s: %d %s", set, a.status, a.raw)
		}
		if a := h.search(t, "secret", "Snug-Seat", "wrong"); a.status != 403 {
			t.Errorf("a wrong seat with %s: %d %s", set, a.status, a.raw)
		}
		if a := h.post(t, "/r/room1/commands", `{"type":"search","ref":"c","q":"secret"}`); a.status != 403 {
			t.Errorf("a command without a seat with %s: %d %s", set, a.status, a.raw)
		}
	}
	h := open(t, withOwners)
	ann := h.v1(t, "room1", "ann")
	ann.send("m", "a secret")
	guest := h.post(t, "/r/room1", "spam")
	ann.moderate("b", `"type":"ban","member":"`+guest.From.Member+`"`)
	if a := h.search(t, "secret"); a.status != 403 || a.Code != "banned" {
		t.Errorf("who is banned: %d %s", a.status, a.raw)
	}
	ann.say(`{"type":"close","id":"c"}`)
	ann.until("goodbye")
	if a := h.search(t, "secret", "Snug-Seat", ann.you.Seat); a.status != 410 || a.Code != "closed" {
		t.Errorf("a closed room: %d %s", a.status, a.raw)
	}
}

func TestSearchesAreLimited(t *testing.T) {
	h := open(t, withLimits)
	ann := h.v1(t, "room1", "ann")
	const searches = 150
	for i := range searches { // at once, as there is one again after a while
		ann.say(fmt.Sprintf(`{"type":"search","ref":"%d","q":"tea"}`, i))
	}
	refused := 0
	for answered := 0; answered < searches; {
		e := ann.next()
		if e.Ref == "" {
			continue
		}
		if answered++; e.Type == "error" {
			if refused++; e.Code != "rate-limited" || e.RetryAfterMS <= 0 || answered <= 10 {
				t.Fatalf("search %d: %s", answered, e.raw)
			}
		}
	}
	if refused == 0 {
		t.Errorf("none of %d searches over the WebSocket is refused", searches)
	}
	a := h.search(t, "tea")
	for tries := 1; a.status == 200 && tries < searches; tries++ {
		a = h.search(t, "tea")
	}
	if a.status != 429 || a.Code != "rate-limited" || a.header.Get("Retry-After") == "" {
		t.Errorf("over HTTP: %d %s", a.status, a.raw)
	}
	if a := h.search(t, strings.Repeat("x", 257)); a.status != 429 && a.Code != "too-long" {
		t.Errorf("a long one: %d %s", a.status, a.raw)
	}
}

func TestAServerWithoutSearchSaysSo(t *testing.T) {
	h := open(t, func(s *setup) { s.noSearch = true })
	ann := h.v1(t, "room1", "ann")
	ann.say(`{"type":"search","ref":"s","q":"tea"}`)
	if e := ann.until("error"); e.Code != "unknown-type" || e.Ref != "s" || ann.hello.Limits.QueryChars != 0 {
		t.Errorf("%s, query_chars %d", e.raw, ann.hello.Limits.QueryChars)
	}
	if a := h.search(t, "tea"); a.status != 400 || a.Code != "unknown-type" {
		t.Errorf("over HTTP: %d %s", a.status, a.raw)
	}
}

// What is shown is what the journal has, also if it can't be read.
func TestASearchThatFailsSaysSo(t *testing.T) {
	h := open(t, func(s *setup) { s.mayFail = true })
	ann := h.v1(t, "room1", "ann")
	ann.send("m", "tea")
	ann.until("message")
	if err := h.journal.Close(); err != nil {
		t.Fatal(err)
	}
	ann.say(`{"type":"search","ref":"s","q":"tea"}`)
	if e := ann.until("error"); e.Code != "unavailable" || e.Ref != "s" {
		t.Errorf("%s", e.raw)
	}
	h.journal = closedJournal{}
}

// closedJournal is in the place of a journal that the test has closed.
type closedJournal struct{ journal.Journal }

func (closedJournal) Close() error { return nil }
