package chat_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"snug/internal/chat"
	"snug/internal/forwarded"
	"snug/protocol"
)

// handler routes as snug.go does.
func (h *testServer) handler() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/r/", h.Link(http.NotFoundHandler()))
	mux.Handle("/", h.Server)
	return mux
}

// headers are pairs of names and values.
type headers []string

// call sends a request to a room's link and returns the response, whose body the test closes.
func (h *testServer) call(t testing.TB, method, path, body string, with headers) *http.Response {
	t.Helper()
	return send(t, http.DefaultClient, "http://"+h.addr, method, path, body, with)
}

func send(t testing.TB, client *http.Client, base, method, path, body string, with headers) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, base+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(with); i += 2 {
		r.Header.Add(with[i], with[i+1])
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	return resp
}

// answer is what a request gets: an event, a problem or a page.
type answer struct {
	status int
	header http.Header
	raw    string

	Type      string          `json:"type"`
	Seq       uint64          `json:"seq"`
	ID        string          `json:"id"`
	Ref       string          `json:"ref"`
	From      protocol.Member `json:"from"`
	Content   string          `json:"content"`
	Duplicate bool            `json:"duplicate"`
	Code      string          `json:"code"`
	Detail    string          `json:"detail"`
	Nick      string          `json:"nick"`
	Head      uint64          `json:"head"`
	More      bool            `json:"more"`
	Events    []event         `json:"events"`
}

// ask sends a request and reads the answer.
func (h *testServer) ask(t testing.TB, method, path, body string, with ...string) answer {
	t.Helper()
	resp := h.call(t, method, path, body, with)
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &a); err != nil {
			t.Fatalf("%s %s: %d with %q: %v", method, path, resp.StatusCode, raw, err)
		}
	}
	return a
}

func (h *testServer) post(t testing.TB, path, body string, with ...string) answer {
	t.Helper()
	return h.ask(t, http.MethodPost, path, body, with...)
}

// head returns the seq of the newest event of a room.
func (h *testServer) head(t testing.TB, room string) uint64 {
	t.Helper()
	return h.ask(t, http.MethodGet, "/r/"+room+"/messages", "").Head
}

// eventStream is the client's end of a stream.
type eventStream struct {
	t    testing.TB
	in   *bufio.Reader
	last string // the id of the last event that had one
}

// streamed is an event of a stream.
type streamed struct {
	event
	name string // its event line
	id   string
}

func (h *testServer) stream(t testing.TB, method, path, body string, with ...string) *eventStream {
	t.Helper()
	return streamOf(t, h.call(t, method, path, body, with))
}

func streamOf(t testing.TB, resp *http.Response) *eventStream {
	t.Helper()
	if got := resp.Header.Get("Content-Type"); resp.StatusCode != http.StatusOK || got != "text/event-stream" {
		body, _ := io.ReadAll(resp.Body)
		t.Fatalf("no stream: %s, %s, %s", resp.Status, got, body)
	}
	return &eventStream{t: t, in: bufio.NewReader(resp.Body)}
}

// read returns the next event, or io.EOF.
func (s *eventStream) read() (e streamed, err error) {
	for {
		line, err := s.in.ReadString('\n')
		if err != nil {
			return e, err
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			e.id, s.last = value, value
		case "event":
			e.name = value
		case "data":
			e.raw = value
			if err := json.Unmarshal([]byte(value), &e.event); err != nil {
				s.t.Fatalf("%s: %v", value, err)
			}
		case "":
			if e.raw != "" {
				return e, nil
			}
		}
	}
}

func (s *eventStream) next() streamed {
	s.t.Helper()
	e, err := s.read()
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

// until returns the next event of a type.
func (s *eventStream) until(typ string) streamed {
	s.t.Helper()
	for {
		if e := s.next(); e.Type == typ {
			return e
		}
	}
}

// ends expects an event, and the end of the stream after it.
func (s *eventStream) ends(typ, code string) {
	s.t.Helper()
	if e := s.until(typ); e.Code != code {
		s.t.Errorf("%s ends with %q, want %q", typ, e.Code, code)
	}
	if _, err := s.read(); !errors.Is(err, io.EOF) {
		s.t.Errorf("after %s %s: %v", typ, code, err)
	}
}

func TestPublish(t *testing.T) {
	h := open(t)
	for _, c := range []struct {
		name, body string
		with       headers
		status     int
		content    string
	}{
		{"text, as curl -d sends it", "hello", headers{"Content-Type", "application/x-www-form-urlencoded"}, 201, "hello"},
		{"text without a type", "a = b & c\n", nil, 201, "a = b & c"},
		{"two lines", "one\ntwo\r\n", headers{"Content-Type", "text/plain"}, 201, "one\ntwo"},
		{"JSON", `{"content":"hi","reply_to":1}`, headers{"Content-Type", "application/json; charset=utf-8"}, 201, "hi"},
		{"a key", "once", headers{"Idempotency-Key", "k"}, 201, "once"},
	} {
		a := h.post(t, "/r/room1", c.body, c.with...)
		if a.status != c.status || a.Type != "message" || a.Content != c.content || !a.From.Guest || a.Seq == 0 || a.From.Nick == "" {
			t.Errorf("%s: %d %s", c.name, a.status, a.raw)
		}
	}
	if a := h.post(t, "/r/room1", "once", "Idempotency-Key", "k"); a.status != 200 || a.Type != "ack" || !a.Duplicate || a.Seq != 5 {
		t.Errorf("a repeat: %d %s", a.status, a.raw)
	}
	if a := h.post(t, "/r/room1", "another", "Idempotency-Key", "k"); a.status != 409 || a.Code != "id-conflict" || a.ID != "k" {
		t.Errorf("another message with the key: %d %s", a.status, a.raw)
	}
	if a := h.post(t, "/r/room1", `{"content":"once","id":"k"}`, "Content-Type", "application/json"); a.status != 200 || !a.Duplicate {
		t.Errorf("the key as an id: %d %s", a.status, a.raw)
	}
	if a := h.ask(t, http.MethodHead, "/r/room1/messages", ""); a.status != 200 || a.raw != "" {
		t.Errorf("HEAD: %d %s", a.status, a.raw)
	}
	if n := h.head(t, "room1"); n != 5 {
		t.Errorf("the log has %d events, want 5", n)
	}
}

// Nothing is stored for a request that is refused.
func TestRefusedRequests(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.chat.MaxChars, s.room.MaxChars = 20, 20 })
	ann := h.v1(t, "room1", "ann")
	head := h.head(t, "room1")
	asJSON := headers{"Content-Type", "application/json"}
	seat := headers{"Snug-Seat", ann.you.Seat}
	for _, c := range []struct {
		name, method, path, body string
		with                     headers
		status                   int
		code                     string
	}{
		{"empty", "POST", "/r/room1", "", nil, 400, "empty"},
		{"a line break", "POST", "/r/room1", "\n", nil, 400, "empty"},
		{"too long", "POST", "/r/room1", strings.Repeat("x", 21), nil, 413, "too-long"},
		{"far too long", "POST", "/r/room1", strings.Repeat("x", 1<<20), nil, 413, "too-long"},
		{"not UTF-8", "POST", "/r/room1", "\xff", nil, 400, "bad-field"},
		{"a query that is not percent-encoded", "GET", "/r/room1/search?q=%", "", nil, 400, "bad-field"},
		{"a semicolon in a query", "POST", "/r/room1?nick=a;b", "x", nil, 400, "bad-field"},
		{"not JSON", "POST", "/r/room1", "{", asJSON, 400, "bad-json"},
		{"no object", "POST", "/r/room1", `"hi"`, asJSON, 400, "bad-json"},
		{"a field of a wrong type", "POST", "/r/room1", `{"content":7}`, asJSON, 400, "bad-field"},
		{"a reply to nothing", "POST", "/r/room1", `{"content":"x","reply_to":99}`, asJSON, 404, "not-found"},
		{"two keys", "POST", "/r/room1", `{"content":"x","id":"a"}`, append(headers{"Idempotency-Key", "b"}, asJSON...), 400, "bad-field"},
		{"a long key", "POST", "/r/room1", "x", headers{"Idempotency-Key", strings.Repeat("k", 65)}, 400, "bad-field"},
		{"a form", "POST", "/r/room1", "--b\r\n", headers{"Content-Type", "multipart/form-data; boundary=b"}, 400, "bad-field"},
		{"compressed", "POST", "/r/room1", "x", headers{"Content-Encoding", "gzip"}, 400, "bad-field"},
		{"a bad nick", "POST", "/r/room1", "x", headers{"Snug-Nick", "admin"}, 400, "bad-field"},
		{"a nick that isn't encoded", "POST", "/r/room1", "x", headers{"Snug-Nick", "100%"}, 400, "bad-field"},
		{"a wrong seat", "POST", "/r/room1", "x", headers{"Snug-Seat", "no seat"}, 403, "forbidden"},
		{"another room's seat", "POST", "/r/room2", "x", seat, 403, "forbidden"},
		{"a bad code", "POST", "/r/%00", "x", nil, 400, "bad-field"},
		{"a foreign page", "POST", "/r/room1", "x", headers{"Origin", "https://evil.example"}, 403, "forbidden"},
		{"a sandboxed page", "POST", "/r/room1", "x", headers{"Origin", "null"}, 403, "forbidden"},
		{"a foreign page that asks", "OPTIONS", "/r/room1", "", headers{"Origin", "https://evil.example"}, 403, "forbidden"},
		{"a command without a seat", "POST", "/r/room1/commands", `{"type":"ping"}`, nil, 403, "forbidden"},
		{"an unknown command", "POST", "/r/room1/commands", `{"type":"dance"}`, seat, 400, "unknown-type"},
		{"a join as a command", "POST", "/r/room1/commands", `{"type":"join","nick":"x"}`, seat, 400, "bad-field"},
		{"a command as a join", "POST", "/r/room1/events", `{"type":"ping"}`, nil, 400, "bad-field"},
		{"a join with a bad nick", "POST", "/r/room1/events", `{"type":"join","nick":""}`, nil, 400, "bad-field"},
		{"a bad position", "GET", "/r/room1/events", "", headers{"Last-Event-ID", "7"}, 400, "bad-field"},
		{"too much history", "GET", "/r/room1/events?history=1001", "", nil, 400, "bad-field"},
		{"two sides", "GET", "/r/room1/messages?before=1&after=1", "", nil, 400, "bad-field"},
		{"no events", "GET", "/r/room1/messages?limit=0", "", nil, 400, "bad-field"},
		{"current, neither true nor false", "GET", "/r/room1/messages?current=yes", "", nil, 400, "bad-field"},
		{"too many events", "GET", "/r/room1/messages?limit=201", "", nil, 400, "bad-field"},
		{"a bad position of a member", "POST", "/r/room1/events", `{"type":"join","nick":"x"}`, headers{"Last-Event-ID", "7"}, 400, "bad-field"},
		{"another method", "PUT", "/r/room1/events", "x", nil, 405, ""},
	} {
		a := h.ask(t, c.method, c.path, c.body, c.with...)
		if a.status != c.status || a.Code != c.code || a.header.Get("Content-Type") != "application/problem+json" || a.Detail == "" {
			t.Errorf("%s: %d %s, want %d %s", c.name, a.status, a.raw, c.status, c.code)
		}
	}
	if got := h.head(t, "room1"); got != head {
		t.Errorf("refused requests have added %d events", got-head)
	}
}

func TestTheRefusalOfAPostHasItsID(t *testing.T) {
	h := open(t, withFiles, func(s *setup) { s.room.MaxRoomFiles = 1 })
	form, kind := encodeForm(t, part{"content", "", "x"}, part{"reply_to", "", "9"})
	full, fullKind := encodeForm(t, part{"file", "a.txt", "hello"})
	for _, c := range []struct {
		code, id, path, body string
		with                 headers
	}{
		{"not-found", "a", "", `{"id":"a","content":"x","reply_to":9}`, headers{"Content-Type", "application/json"}},
		{"bad-field", "a", "", `{"id":"a","content":7}`, headers{"Content-Type", "application/json"}},
		{"empty", "a", "", `{"id":"a"}`, headers{"Content-Type", "application/json"}},
		{"not-found", "", "", `{"content":"x","files":["f"]}`, headers{"Content-Type", "application/json"}},
		{"bad-field", "", "", `{"id":"é","content":"x"}`, headers{"Content-Type", "application/json"}},
		{"empty", "a", "", "", headers{"Idempotency-Key", "a"}},
		{"forbidden", "a", "", "x", headers{"Idempotency-Key", "a", "Snug-Seat", "none"}},
		{"not-found", "a", "", form, headers{"Idempotency-Key", "a", "Content-Type", kind}},
		{"too-many", "a", "", full, headers{"Idempotency-Key", "a", "Content-Type", fullKind}},
		{"forbidden", "a", "/commands", `{"type":"send","id":"a","content":"x"}`, nil},
	} {
		a := h.post(t, "/r/room1"+c.path, c.body, c.with...)
		if a.Code != c.code || a.ID != c.id || (a.status == http.StatusInsufficientStorage) != (c.code == "too-many") {
			t.Errorf("%s: %d %s, want %s with id %q", c.body, a.status, a.raw, c.code, c.id)
		}
	}
}

// Of two values, another program may have looked at the other one.
func TestARequestSaysEverythingOnceAndInUTF8(t *testing.T) {
	h := open(t, withOwners, withFiles)
	ann := h.v1(t, "room2", "ann")
	head := h.head(t, "room2")
	check := func(what, says string, a answer) {
		t.Helper()
		if a.status != http.StatusBadRequest || a.Code != "bad-field" || !strings.Contains(a.Detail, says) {
			t.Errorf("%s: %d %s, want %q", what, a.status, a.raw, says)
		}
	}
	for path, names := range map[string][]string{
		"POST /r/room2":         {"nick", "token", "password", "utm"},
		"POST /r/room2/files":   {"name"},
		"GET /r/room2/events":   {"history", "last_event_id"},
		"GET /r/room2/messages": {"before", "after", "limit"},
		"GET /r/room2/search":   {"q", "before", "limit"},
		"GET /r/room2/export":   {"format"},
	} {
		method, path, _ := strings.Cut(path, " ")
		for _, name := range names {
			query := path + "?" + name
			check(query+" twice", `"`+name+`" is in the address 2 times`, h.ask(t, method, query+"=1&"+name+"=1", "x"))
			check(query+" and nothing", `"`+name+`" is in the address 2 times`, h.ask(t, method, query+"=1&"+name, "x"))
			check(query+", not UTF-8", `"`+name+`" in the address isn't UTF-8`, h.ask(t, method, query+"=%ff", "x"))
		}
	}
	check("a name that isn't UTF-8", "isn't UTF-8", h.ask(t, "GET", "/r/room2/messages?%ff=1", ""))
	for _, name := range []string{"Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID", "Snug-Seat", "Snug-Nick", "Snug-Password"} {
		check(name+" twice", name+" is there 2 times", h.post(t, "/r/room2", "x", name, ann.you.Seat, name, ann.you.Seat))
	}
	if got := h.head(t, "room2"); got != head {
		t.Errorf("refused requests have added %d events", got-head)
	}
}

func TestAPublisherIsWhoItsSeatSays(t *testing.T) {
	h := open(t, withOwners)
	ann := h.v1(t, "room1", "ann")
	if a := h.post(t, "/r/room1", "x", "Snug-Seat", ann.you.Seat, "Snug-Nick", "other"); a.From.Nick != "ann" || a.From.Role != "owner" || a.From.Guest {
		t.Errorf("present: %s", a.raw)
	}
	if a := h.post(t, "/r/room1", "x", "Snug-Nick", "Ann"); a.From.Nick != "Ann-2" || !a.From.Guest {
		t.Errorf("a guest of the same nick: %s", a.raw)
	}
	if a := h.post(t, "/r/room1?nick=cron", "x"); a.From.Nick != "cron" {
		t.Errorf("a guest with a nick in the query: %s", a.raw)
	}
	member, seat := ann.you.Member.Member, ann.you.Seat
	_ = ann.ws.CloseNow()
	waitUntil(t, "she has left", func() bool { return h.Connections() == 0 })
	if a := h.post(t, "/r/room1", "x", "Snug-Seat", seat, "Snug-Nick", "Zo%C3%AB"); a.From.Nick != "Zoë" || a.From.Member != member {
		t.Errorf("absent, with a nick: %s", a.raw)
	}
	if a := h.post(t, "/r/room1", "x", "Snug-Seat", seat); !strings.HasPrefix(a.From.Nick, "member-") {
		t.Errorf("absent, without a nick: %s", a.raw)
	}
}

func TestAStreamHasTheLogAndResumes(t *testing.T) {
	h := open(t, func(s *setup) { s.keep = 20 })
	for i := range 5 {
		h.post(t, "/r/room1", fmt.Sprint(i))
	}
	s := h.stream(t, http.MethodGet, "/r/room1/events?history=2", "")
	welcome := s.next()
	epoch, _, _ := strings.Cut(welcome.id, ":")
	if welcome.name != "welcome" || welcome.id != epoch+":3" || welcome.Head != 5 || welcome.Resumed {
		t.Errorf("the stream begins with %+v", welcome)
	}
	for i := range 2 {
		if e := s.next(); e.name != "" || e.content() != fmt.Sprint(3+i) || e.id != fmt.Sprint(epoch, ":", 4+i) {
			t.Errorf("replayed is %+v", e)
		}
	}
	h.post(t, "/r/room1", "live")
	if e := s.next(); e.content() != "live" || e.id != epoch+":6" {
		t.Errorf("live is %+v", e)
	}
	s = h.stream(t, http.MethodGet, "/r/room1/events", "", "Last-Event-ID", epoch+":1")
	if w := s.next(); !w.Resumed || w.id != epoch+":1" {
		t.Errorf("resumed with %+v", w)
	}
	for seq := 2; seq <= 6; seq++ {
		if e := s.next(); e.Seq != uint64(seq) {
			t.Errorf("resumed with %d, want %d", e.Seq, seq)
		}
	}
	for i := range 30 {
		h.post(t, "/r/room1", fmt.Sprint("more ", i))
	}
	s = h.stream(t, http.MethodGet, "/r/room1/events?last_event_id="+epoch+":1", "")
	s.next()
	if e := s.next(); e.name != "gap" || e.First != 2 || !strings.Contains(e.raw, `"last":`+strings.TrimPrefix(e.id, epoch+":")) {
		t.Errorf("what is no longer kept is told as %+v", e)
	}
	s.until("message")
	if s := h.stream(t, http.MethodGet, "/r/room1/events", "", "Last-Event-ID", "another:1"); s.next().Resumed {
		t.Error("a position in another log is resumed")
	}
	for _, since := range []string{"", fmt.Sprintf(`,"since":{"epoch":%q,"seq":34}`, epoch)} { // as of a client that sends the same body again
		s := h.stream(t, http.MethodPost, "/r/room1/events", `{"type":"join","nick":"eve"`+since+`}`, "Last-Event-ID", epoch+":35")
		if w := s.next(); !w.Resumed || w.id != epoch+":35" {
			t.Errorf("a member resumes with %+v", w)
		}
	}
}

func TestASessionOverHTTP(t *testing.T) {
	h := open(t, withOwners)
	bob := h.v1(t, "room1", "bob")
	s := h.stream(t, http.MethodPost, "/r/room1/events", `{"type":"join","nick":"ann"}`)
	welcome := s.next()
	if welcome.You.Nick != "ann" || welcome.You.Seat == "" || welcome.Count != 2 {
		t.Fatalf("welcomed with %s", welcome.raw)
	}
	bob.until("joined")
	seat := welcome.You.Seat
	do := func(command string) answer { return h.post(t, "/r/room1/commands", command, "Snug-Seat", seat) }
	sent := do(`{"type":"send","id":"a","content":"hello"}`)
	if sent.status != 200 || sent.Type != "message" || sent.From.Nick != "ann" {
		t.Errorf("send: %d %s", sent.status, sent.raw)
	}
	if e := s.until("message"); e.Seq != sent.Seq {
		t.Errorf("the stream has %s", e.raw)
	}
	for command, want := range map[string]string{
		`{"type":"send","id":"a","content":"hello"}`:                            "ack",
		fmt.Sprintf(`{"type":"react","id":"r","seq":%d,"emoji":"👍"}`, sent.Seq): "reacted",
		`{"type":"history","ref":"h"}`:                                          "history",
		`{"type":"ping","ref":"p"}`:                                             "pong",
		`{"type":"nick","nick":"anna"}`:                                         "renamed",
	} {
		if a := do(command); a.status != 200 || a.Type != want {
			t.Errorf("%s: %d %s", command, a.status, a.raw)
		}
	}
	bob.until("renamed")
	if a := do(`{"type":"typing"}`); a.status != http.StatusNoContent || a.raw != "" {
		t.Errorf("typing: %d %s", a.status, a.raw)
	}
	bob.until("typing")
	s.until("typing")
	if a := do(`{"type":"kick","id":"k","member":"x"}`); a.status != http.StatusForbidden || a.ID != "k" {
		t.Errorf("a refused command: %d %s", a.status, a.raw)
	}
	again := h.stream(t, http.MethodPost, "/r/room1/events", fmt.Sprintf(`{"type":"join","nick":"x","seat":%q}`, seat))
	if w := again.next(); w.You.Member.Member != welcome.You.Member.Member || w.You.Nick != "anna" {
		t.Errorf("back with %s", w.raw)
	}
	bob.say(`{"type":"kick","id":"k","member":"` + welcome.You.Member.Member + `"}`)
	s.ends("goodbye", "kicked")
	again.ends("goodbye", "kicked")
}

// The room is told once a second that a member is typing, however often the member says so.
func TestTypingOverHTTPIsToldOnceASecond(t *testing.T) {
	h := open(t, withOwners)
	ann, bob := h.v1(t, "room1", "ann"), h.v1(t, "room1", "bob")
	const said = 50
	for range said {
		if a := h.post(t, "/r/room1/commands", `{"type":"typing"}`, "Snug-Seat", ann.you.Seat); a.status != http.StatusNoContent {
			t.Fatalf("typing: %d %s", a.status, a.raw)
		}
	}
	h.post(t, "/r/room1", "done")
	told := 0
	for e := bob.next(); e.Type != "message"; e = bob.next() {
		if e.Type == "typing" {
			told++
		}
	}
	if told == 0 || told == said {
		t.Errorf("%d times typing, and the room was told %d times", said, told)
	}
}

// Headers say who joins, too, as for other requests.
func TestAJoinHeedsHeaders(t *testing.T) {
	h := open(t, withOwners)
	ann := h.v1(t, "room1", "ann")
	ann.say(`{"type":"set","id":"s","password":"open"}`)
	for ann.until("moderated").ID != "s" { // the first one is the claim
	}
	join := `{"type":"join","nick":"x"}`
	if w := h.stream(t, http.MethodPost, "/r/room1/events", join, "Snug-Seat", ann.you.Seat).next(); w.You.Member.Member != ann.you.Member.Member {
		t.Errorf("with ann's seat: %s", w.raw)
	}
	if w := h.stream(t, http.MethodPost, "/r/room1/events", join, "Snug-Password", "open").next(); w.You.Member.Member == ann.you.Member.Member || w.You.Seat == "" {
		t.Errorf("with the password: %s", w.raw)
	}
}

// As over a WebSocket.
func TestTheRefusalOfAJoinHasItsIDAndRef(t *testing.T) {
	h := open(t)
	for _, join := range []string{
		`{"type":"join","id":"j1","ref":"r1"}`,
		`{"type":"join","nick":"admin","id":"j1","ref":"r1"}`,
		`{"type":"join","nick":"ann","history":-1,"id":"j1","ref":"r1"}`,
		`{"type":"send","content":"hello","id":"j1","ref":"r1"}`,
	} {
		if a := h.post(t, "/r/room1/events", join); a.status != http.StatusBadRequest || a.ID != "j1" || a.Ref != "r1" {
			t.Errorf("%s: %d %s", join, a.status, a.raw)
		}
	}
}

func TestRevokingOnesOwnSeatsOverHTTP(t *testing.T) {
	h := open(t, withOwners)
	ann := h.v1(t, "room1", "ann")
	s := h.stream(t, http.MethodPost, "/r/room1/events", fmt.Sprintf(`{"type":"join","nick":"x","seat":%q}`, ann.you.Seat))
	s.next()
	a := h.post(t, "/r/room1/commands", `{"type":"revoke","id":"r","member":"`+ann.you.Member.Member+`"}`, "Snug-Seat", ann.you.Seat)
	if a.status != 200 || a.Type != "moderated" {
		t.Fatalf("revoke: %d %s", a.status, a.raw)
	}
	s.ends("goodbye", "revoked")
	if a := h.post(t, "/r/room1", "x", "Snug-Seat", ann.you.Seat); a.status != 403 {
		t.Errorf("the old seat: %d %s", a.status, a.raw)
	}
	if a := h.post(t, "/r/room1", "x", "Snug-Seat", a.header.Get("Snug-Seat")); a.From.Member != ann.you.Member.Member {
		t.Errorf("the new seat: %d %s", a.status, a.raw)
	}
}

// Readers are admitted by the rules of a join, also when these change.
func TestWhoMayRead(t *testing.T) {
	for set, code := range map[string]string{
		`"locked":true`:       "locked",
		`"password":"open"`:   "bad-password",
		`"reading":"members"`: "forbidden",
	} {
		h := open(t, withOwners)
		ann := h.v1(t, "room1", "ann")
		reader := h.stream(t, http.MethodGet, "/r/room1/events", "")
		member := h.stream(t, http.MethodGet, "/r/room1/events", "", "Snug-Seat", ann.you.Seat)
		if e := ann.until("readers"); e.Count == 0 {
			t.Errorf("the members are told of %d readers", e.Count)
		}
		ann.say(`{"type":"set","id":"s",` + set + `}`)
		reader.ends("error", code)
		for _, path := range []string{"/r/room1/events", "/r/room1/messages"} {
			if a := h.ask(t, http.MethodGet, path, ""); a.status != 403 || a.Code != code {
				t.Errorf("%s with %s: %d %s", path, set, a.status, a.raw)
			}
		}
		if code == "bad-password" {
			reader := h.stream(t, http.MethodGet, "/r/room1/events", "", "Snug-Password", "open")
			reader.next()
			ann.say(`{"type":"set","id":"p","password":"other"}`)
			if e := reader.until("error"); e.Code != code || !strings.Contains(e.raw, "another password") {
				t.Errorf("who had the password before is told %s", e.raw)
			}
			ann.say(`{"type":"set","id":"o","password":"open"}`)
			for ann.until("moderated").ID != "o" {
			}
			if a := h.post(t, "/r/room1", "x", "Snug-Password", "wrong"); a.status != 403 {
				t.Errorf("a wrong password: %d %s", a.status, a.raw)
			}
			if a := h.post(t, "/r/room1", "x", "Snug-Password", "open"); a.status != 201 {
				t.Errorf("the password: %d %s", a.status, a.raw)
			}
		}
		if code == "forbidden" {
			if a := h.post(t, "/r/room1", "x"); a.status != 201 {
				t.Errorf("a guest who only writes: %d %s", a.status, a.raw)
			}
		}
		ann.say(`{"type":"send","id":"m","content":"for members"}`)
		for member.until("message").content() != "for members" {
		}
		described := h.ask(t, http.MethodGet, "/r/room1", "", "Accept", "application/json").raw
		if strings.Contains(described, "count") {
			t.Errorf("with %s, a room is described by %s", set, described)
		}
	}
}

func TestABanIsOfGuestsOverHTTP(t *testing.T) {
	h := open(t, withOwners)
	ann := h.v1(t, "room1", "ann")
	guest := h.post(t, "/r/room1", "spam")
	reader := h.stream(t, http.MethodGet, "/r/room1/events", "")
	ann.say(`{"type":"ban","id":"b","member":"` + guest.From.Member + `"}`)
	reader.ends("error", "banned")
	if a := h.post(t, "/r/room1", "spam"); a.status != 403 || a.Code != "banned" {
		t.Errorf("after the ban: %d %s", a.status, a.raw)
	}
	if a := h.ask(t, http.MethodGet, "/r/room1", "", "Accept", "application/json"); a.status != 200 || strings.Contains(a.raw, "topic") || strings.Contains(a.raw, "count") {
		t.Errorf("who is banned is told of the room: %d %s", a.status, a.raw)
	}
	if a := h.ask(t, http.MethodGet, "/r/room1", "", "Accept", "application/json", "Snug-Seat", ann.you.Seat); !strings.Contains(a.raw, "topic") {
		t.Errorf("who isn't banned, with the same address, is told %s", a.raw)
	}
}

// Who may not read a room isn't told who is in it.
func TestARoomThatOnlyMembersReadIsDescribedToThem(t *testing.T) {
	h := open(t, withOwners)
	ann := h.v1(t, "room1", "ann")
	ann.moderate("s", `"type":"set","name":"Tea room","topic":"tea","reading":"members"`)
	describe := func(with ...string) string {
		a := h.ask(t, http.MethodGet, "/r/room1", "", append(with, "Accept", "application/json")...)
		if a.status != http.StatusOK {
			t.Errorf("%d %s", a.status, a.raw)
		}
		return strings.TrimSpace(a.raw)
	}
	for _, seat := range []string{"", "wrong"} {
		if got := describe("Snug-Seat", seat); got != `{"locked":false,"password":false}` {
			t.Errorf("with the seat %q somebody is told %s", seat, got)
		}
	}
	if got := describe("Snug-Seat", ann.you.Seat); !strings.Contains(got, `"topic":"tea"`) || !strings.Contains(got, `"nick":"ann"`) {
		t.Errorf("a member is told %s", got)
	}
}

// A page of an allowed origin can send all headers that a request may have, and read those of the answer.
func TestPagesOfAllowedOriginsCanUseAllHeaders(t *testing.T) {
	const other = "https://other.example"
	h := open(t, func(s *setup) { s.chat.Origins = []string{other} })
	a := h.ask(t, http.MethodOptions, "/r/room1/files/x/y", "", "Origin", other)
	for name, wanted := range map[string]string{
		"Access-Control-Allow-Headers": "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, If-Range, Last-Event-ID, Range, " +
			"Snug-Nick, Snug-Password, Snug-Seat",
		"Access-Control-Expose-Headers": "Content-Disposition, Content-Range, ETag, Retry-After, Snug-Seat",
	} {
		for header := range strings.SplitSeq(wanted, ", ") {
			if !slices.Contains(strings.Split(a.header.Get(name), ", "), header) {
				t.Errorf("%s lacks %s: %s", name, header, a.header.Get(name))
			}
		}
	}
}

// A page of an allowed origin can read why its request has the wrong method.
func TestAWrongMethodIsReadableForOtherOrigins(t *testing.T) {
	const other = "https://other.example"
	h := open(t, func(s *setup) { s.chat.Origins = []string{other} })
	a := h.ask(t, http.MethodPut, "/r/room1", "", "Origin", other)
	if a.status != http.StatusMethodNotAllowed || a.header.Get("Access-Control-Allow-Origin") != other || a.header.Get("Allow") == "" {
		t.Errorf("%d %v", a.status, a.header)
	}
}

// Programs of Windows write a byte order mark, which is no part of the text.
func TestBodiesMayHaveAByteOrderMark(t *testing.T) {
	h := open(t, withFiles)
	form, kind := encodeForm(t, part{"content", "", "\ufeffhi"})
	for _, c := range []struct{ body, kind string }{
		{"\ufeffhi", "text/plain"}, {"\ufeff{\"content\":\"hi\"}", "application/json"}, {"\xff\xfeh\x00i\x00", "text/plain"}, {form, kind},
	} {
		if a := h.post(t, "/r/room1", c.body, "Content-Type", c.kind); a.status != http.StatusCreated || a.Content != "hi" {
			t.Errorf("%q: %d %s", c.body, a.status, a.raw)
		}
	}
}

func TestAllowNamesAllMethods(t *testing.T) {
	h := open(t, withFiles)
	for path, want := range map[string]string{
		"": "GET, HEAD, POST", "/messages": "GET, HEAD", "/search": "GET, HEAD", "/export": "GET, HEAD", "/files/a/b": "GET, HEAD",
		"/events": "GET, POST", "/commands": "POST", "/files": "POST",
	} {
		a := h.ask(t, http.MethodPut, "/r/room1"+path, "")
		if got := a.header.Get("Allow"); a.status != http.StatusMethodNotAllowed || got != want {
			t.Errorf("%s: %d, Allow: %s, want %s", path, a.status, got, want)
		}
		for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodPost} {
			resp := h.call(t, method, "/r/room1"+path, "", nil)
			_ = resp.Body.Close()
			if allowed := slices.Contains(strings.Split(want, ", "), method); allowed == (resp.StatusCode == http.StatusMethodNotAllowed) {
				t.Errorf("%s %s: %d", method, path, resp.StatusCode)
			}
		}
	}
	get := h.call(t, http.MethodGet, "/r/room1", "", headers{"Accept", "APPLICATION/JSON"})
	head := h.call(t, http.MethodHead, "/r/room1", "", headers{"Accept", "APPLICATION/JSON"})
	_, _ = get.Body.Close(), head.Body.Close()
	if typ := head.Header.Get("Content-Type"); typ != "application/json" || typ != get.Header.Get("Content-Type") {
		t.Errorf("GET answers with %s, HEAD with %s", get.Header.Get("Content-Type"), typ)
	}
}

// Guests are limited by their address, whatever they call themselves.
func TestGuestsAreLimitedByAddress(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.chat.MessageRate, s.chat.MessageBurst = 0.01, 3 })
	for i := range 3 {
		h.post(t, "/r/room1", "x", "Snug-Nick", fmt.Sprint("guest", i))
	}
	if a := h.post(t, "/r/room2", "x", "Snug-Nick", "another"); a.status != 429 || a.Code != "rate-limited" || a.header.Get("Retry-After") == "" {
		t.Errorf("the fourth: %d %s", a.status, a.raw)
	}
	ann := h.v1(t, "room1", "ann")
	if a := h.post(t, "/r/room1", "x", "Snug-Seat", ann.you.Seat); a.status != 201 {
		t.Errorf("a member: %d %s", a.status, a.raw)
	}

	h = open(t, withOwners, func(s *setup) {
		s.chat.MessageRate, s.chat.MessageBurst = 0.01, 3
		s.chat.Outside.Proxies = forwarded.Proxies{netip.MustParsePrefix("127.0.0.1/32")}
	})
	said := 0
	for i := range 200 { // networks of one customer
		if h.post(t, "/r/room1", "x", "X-Forwarded-For", fmt.Sprintf("2001:db8:1:%x::1", i)).status == 201 {
			said++
		}
	}
	if said != 4*3 {
		t.Errorf("a /56 has said %d messages at once, want 12", said)
	}

	h = open(t, withOwners)
	ann = h.v1(t, "room1", "ann")
	ann.say(`{"type":"set","id":"s","slow_ms":3600000}`)
	for ann.until("moderated").ID != "s" { // the first one is the claim
	}
	h.post(t, "/r/room1", "x", "Snug-Nick", "one")
	if a := h.post(t, "/r/room1", "x", "Snug-Nick", "two"); a.status != 429 || a.Code != "slow-mode" {
		t.Errorf("in slow mode: %d %s", a.status, a.raw)
	}
}

// Reading makes no room: none is counted, and nobody owns it.
func TestReadingMakesNothing(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.chat.AddressLimits.RoomsPerMinute, s.room.Idle = 1, time.Hour })
	for i := range 5 {
		path := fmt.Sprint("/r/typo", i)
		resp := h.call(t, http.MethodGet, path+"/events", "", nil)
		streamOf(t, resp).next()
		_ = resp.Body.Close()
		if a := h.ask(t, http.MethodGet, path+"/messages", ""); a.status != 200 || a.Head != 0 {
			t.Errorf("an unknown room: %d %s", a.status, a.raw)
		}
	}
	waitUntil(t, "no room is open, long before those that are used would be closed", func() bool { return h.rooms.Open() == 0 })
	if a := h.post(t, "/r/new", "x"); a.status != 201 {
		t.Errorf("the first room: %d %s", a.status, a.raw)
	}
	if a := h.post(t, "/r/newer", "x"); a.status != 429 || a.Code != "too-many" {
		t.Errorf("the second: %d %s", a.status, a.raw)
	}
}

// Codes cost nothing, so requests that are refused leave no rooms open that others then
// couldn't open.
func TestARefusedRequestLeavesNoRoomOpen(t *testing.T) {
	h := open(t, withOwners, func(s *setup) { s.room.Idle = time.Hour })
	for i := range 5 {
		path := fmt.Sprint("/r/typo", i)
		for _, a := range []answer{
			h.ask(t, http.MethodGet, path+"/messages", "", "Snug-Seat", "wrong"),
			h.post(t, path+"/commands", `{"type":"ping"}`, "Snug-Seat", "wrong"),
			h.post(t, path, "x", "Snug-Seat", "wrong"),
			h.post(t, path, ""),
			h.post(t, path, strings.Repeat("x", 4001)),
		} {
			if a.status < 400 {
				t.Errorf("%d %s", a.status, a.raw)
			}
		}
	}
	waitUntil(t, "no room is open, long before those that are used would be closed", func() bool { return h.rooms.Open() == 0 })
}

// Over HTTP/2, a stream shares its connection with other requests.
func TestHTTP2(t *testing.T) {
	h := open(t)
	front := httptest.NewUnstartedServer(h.handler())
	front.EnableHTTP2 = true
	front.StartTLS()
	defer front.Close()
	do := func(method, path, body string, with ...string) *http.Response {
		return send(t, front.Client(), front.URL, method, path, body, with)
	}
	resp := do(http.MethodPost, "/r/room1/events", `{"type":"join","nick":"ann"}`)
	if resp.ProtoMajor != 2 {
		t.Fatalf("the stream came by %s", resp.Proto)
	}
	s := streamOf(t, resp)
	seat := s.next().You.Seat
	for i := range 100 {
		a := do(http.MethodPost, "/r/room1/commands", fmt.Sprintf(`{"type":"send","id":"%d","content":"%d"}`, i, i), "Snug-Seat", seat)
		if _, err := io.Copy(io.Discard, a.Body); err != nil || a.StatusCode != http.StatusOK {
			t.Fatalf("%d, %v", a.StatusCode, err)
		}
		if e := s.until("message"); e.content() != fmt.Sprint(i) {
			t.Fatalf("got %s, want %d", e.raw, i)
		}
	}
	_ = resp.Body.Close()
	waitUntil(t, "the server notices that the client has gone", func() bool { return h.Connections() == 0 })
}

// Over HTTP/2, a client that reads nothing keeps its stream open. The request ends all the
// same when the room has nothing more to say to it.
func TestAStalledStreamOverHTTP2Ends(t *testing.T) {
	h := open(t, withOwners)
	ann := h.v1(t, "room1", "ann")
	const streamWindow = 4 << 20 // bytes that net/http's client lets the server send of one answer
	content := strings.Repeat("好", 4000)
	for range 2 * streamWindow / len(content) {
		if a := h.post(t, "/r/room1", content, "Snug-Seat", ann.you.Seat); a.status != http.StatusCreated {
			t.Fatalf("%d %s", a.status, a.raw)
		}
		ann.until("message")
	}
	var requests, written atomic.Int64
	link := h.handler()
	front := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		defer requests.Add(-1)
		link.ServeHTTP(countingWriter{w, &written}, r)
	}))
	front.EnableHTTP2 = true
	front.StartTLS()
	defer front.Close()
	stalled := send(t, front.Client(), front.URL, http.MethodGet, "/r/room1/events?history=1000", "", nil)
	defer stalled.Body.Close()
	if stalled.ProtoMajor != 2 {
		t.Fatalf("the stream came by %s", stalled.Proto)
	}
	waitUntil(t, "the client's window is full", func() bool { return written.Load() > streamWindow-64<<10 })
	ann.say(`{"type":"set","id":"s","reading":"members"}`)
	waitUntil(t, "the connection has ended", func() bool { return h.Connections() == 1 })
	waitUntil(t, "the request has ended", func() bool { return requests.Load() == 0 })
}

// countingWriter counts what was written.
type countingWriter struct {
	http.ResponseWriter
	written *atomic.Int64
}

func (w countingWriter) Write(b []byte) (int, error) {
	n, err := w.ResponseWriter.Write(b)
	w.written.Add(int64(n))
	return n, err
}

func (w countingWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func TestStreamsAreDrained(t *testing.T) {
	h := open(t)
	reader := h.stream(t, http.MethodGet, "/r/room1/events", "")
	member := h.stream(t, http.MethodPost, "/r/room1/events", `{"type":"join","nick":"ann"}`)
	member.next()
	if err := h.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	reader.ends("goodbye", "draining")
	member.ends("goodbye", "draining")
	if a := h.post(t, "/r/room1", "x"); a.status != 503 || a.Code != "unavailable" {
		t.Errorf("afterwards: %d %s", a.status, a.raw)
	}
}

// A stream that nothing is written to has no goroutine, as other connections have none.
func TestAQuietStreamIsParked(t *testing.T) {
	h := open(t)
	for range 10 {
		h.stream(t, http.MethodGet, "/r/room1/events", "").next()
	}
	waitUntil(t, "no stream has a reader", func() bool { return chat.NewWindow(h.Server).Look().Readers == 0 })
	h.post(t, "/r/room1", "x")
}

// Messages over WebSockets and HTTP come in the same order to both.
func TestBothTransportsHaveOneOrder(t *testing.T) {
	h := open(t)
	ann := h.v1(t, "room1", "ann")
	s := h.stream(t, http.MethodGet, "/r/room1/events", "")
	const each = 100
	done := make(chan error, 1)
	go func() {
		for i := range each {
			resp, err := http.Post("http://"+h.addr+"/r/room1", "text/plain", bytes.NewReader(fmt.Append(nil, "http ", i)))
			if err != nil {
				done <- err
				return
			}
			_ = resp.Body.Close()
		}
		done <- nil
	}()
	for i := range each {
		ann.say(fmt.Sprintf(`{"type":"send","id":"%d","content":"ws %d"}`, i, i))
	}
	var a, b []string
	for range 2 * each {
		a, b = append(a, ann.until("message").content()), append(b, s.until("message").content())
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if strings.Join(a, "\n") != strings.Join(b, "\n") {
		t.Errorf("the orders differ:\n%v\n%v", a, b)
	}
}
