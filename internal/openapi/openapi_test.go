package openapi_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"snug"
	"snug/internal/auth"
	"snug/internal/servertest"
	"snug/protocol"
)

func TestTheDescriptionIsValid(t *testing.T) {
	d := readDescription(t, servertest.Start(t, "memory:").URL)
	if _, errs := d.validator.ValidateDocument(); errs != nil {
		for _, e := range errs {
			t.Errorf("%s: %v", e.Message, e.SchemaValidationErrors)
		}
	}
}

// TestTheDescriptionIsTrue: whatever the server answers is described, and whatever is
// described can be answered.
func TestTheDescriptionIsTrue(t *testing.T) {
	s := servertest.Start(t, "memory:")
	d := readDescription(t, s.URL)
	d.succeeds(s)
	d.refuses(s)
	d.refusesClosed(s)
	d.refusesTooMany()
	d.refusesContent()
	d.refusesWithoutToken()
	d.refusesWhileDraining()

	var want []string
	for name, o := range d.document.operations(t) {
		for status := range o.Responses {
			want = append(want, name+" "+status)
		}
	}
	for _, r := range d.document.Components.Responses {
		for _, part := range r.Content["application/problem+json"].Schema.AllOf {
			want = append(want, part.Properties.Code.Enum...)
			if c := part.Properties.Code.Const; c != "" {
				want = append(want, c)
			}
		}
	}
	for _, one := range slices.Sorted(slices.Values(want)) {
		if !d.seen[one] {
			t.Errorf("%s is described, and was not seen", one)
		}
	}
}

// succeeds requests what is accepted.
func (d *description) succeeds(s *servertest.Server) {
	d.t.Helper()
	d.wants(s.URL, "GET", "/healthz", "", 200, "")
	d.wants(s.URL, "GET", "/openapi.json", "", 200, "")
	d.wants(s.URL, "GET", "/r/room1", "", 200, "<html")
	d.wants(s.URL, "GET", "/r/room1", "", 200, "count", "Accept", "application/json")
	d.wants(s.URL, "GET", "/r/room1/messages", "", 200, "")
	form := []string{"Content-Type", "application/x-www-form-urlencoded"}
	d.wants(s.URL, "POST", "/r/room1", "hello 100 %\n", 201, "", form...)
	d.wants(s.URL, "POST", "/r/room1?nick=bob", "hello", 201, "", "Content-Type", "text/plain")
	asJSON := []string{"Content-Type", "application/json"}
	post := `{"content":"hello","id":"k-1","reply_to":1}`
	d.wants(s.URL, "POST", "/r/room1", post, 201, "", append(asJSON, "Snug-Nick", "Zo%C3%AB")...)
	d.wants(s.URL, "POST", "/r/room1", post, 200, "", append(asJSON, "Idempotency-Key", "k-1")...)
	d.wants(s.URL, "GET", "/r/room1/messages?after=1&limit=200", "", 200, "")
	d.wants(s.URL, "GET", "/r/room1/search?q=hello+from:bob&limit=1", "", 200, `"nick":"bob"`)
	d.wants(s.URL, "GET", "/r/room1/events?history=3", "", 200, "")
	d.wants(s.URL, "GET", "/r/room1/events?last_event_id=e:1", "", 200, "")

	seat := d.join(s.URL, "room1", "ada")
	member, _, _ := strings.Cut(seat, ".")
	with := append(asJSON, "Snug-Seat", seat)
	var hook struct{ URL string }
	for _, command := range []string{
		`{"type":"send","id":"1","content":"hi"}`,
		`{"type":"send","id":"1","content":"hi"}`,
		`{"type":"edit","id":"2","seq":5,"content":"ho"}`,
		`{"type":"react","id":"3","seq":5,"emoji":"👍"}`,
		`{"type":"react","id":"4","seq":5,"emoji":"👍","remove":true}`,
		`{"type":"delete","id":"5","seq":5}`,
		`{"type":"history","ref":"r"}`,
		`{"type":"ban","id":"6","member":"m1","reason":"spam","seconds":60}`,
		`{"type":"bans","ref":"r"}`,
		`{"type":"unban","id":"7","member":"m1"}`,
		`{"type":"set","id":"8","topic":"tea","slow_ms":0,"reading":""}`,
		`{"type":"set","id":"8a","name":"Tea room","keep_seconds":3600,"expires":""}`,
		`{"type":"pin","id":"8b","seq":1}`,
		`{"type":"unpin","id":"8c","seq":1}`,
		`{"type":"invite","id":"8d","ref":"r","seconds":60,"uses":1}`,
		`{"type":"invites","ref":"r"}`,
		`{"type":"uninvite","id":"8e","invite":"i-1"}`,
		`{"type":"transfer","ref":"r"}`,
		`{"type":"hook","id":"9","ref":"r","name":"Alerts"}`,
		`{"type":"hooks","ref":"r"}`,
		`{"type":"nick","nick":"Ada"}`,
		`{"type":"auth","token":"unneeded"}`,
		`{"type":"ping","ref":"r"}`,
	} {
		answer := d.wants(s.URL, "POST", "/r/room1/commands", command, 200, "", with...)
		if strings.Contains(answer, `"hook"`) {
			_ = json.Unmarshal([]byte(answer), &hook) // checked by what is done with it
		}
	}
	d.wants(s.URL, "POST", "/r/room1/commands", `{"type":"typing"}`, 204, "", with...)
	d.wants(s.URL, "POST", "/r/room1/commands", `{"type":"seen","seq":1}`, 204, "", with...)
	for _, format := range []string{"", "?format=jsonl", "?format=html", "?format=txt"} {
		d.wants(s.URL, "GET", "/r/room1/export"+format, "", 200, "hello", "Snug-Seat", seat)
	}

	d.succeedsWithFiles(s, seat)

	path := strings.TrimPrefix(hook.URL, s.URL)
	d.wants(s.URL, "GET", path, "", 200, "Alerts")
	d.wants(s.URL, "POST", path, `{"text":"disk full"}`, 200, "ok", asJSON...)
	d.wants(s.URL, "POST", path+"?wait=json", "disk full", 200, `"bot":true`, "Content-Type", "text/plain", "Idempotency-Key", "h-1")
	d.wants(s.URL, "POST", path, "disk empty", 409, "invalid_payload", "Content-Type", "text/plain", "Idempotency-Key", "h-1")
	d.wants(s.URL, "POST", path, `{"text":""}`, 400, "no_text", asJSON...)
	d.wants(s.URL, "POST", path, strings.Repeat("a", 2<<20), 413, "invalid_payload", "Content-Type", "text/plain")
	d.wants(s.URL, "POST", "/hooks/none", "disk full", 404, "no_service")
	d.wants(s.URL, "GET", "/hooks/none", "", 404, "no_service")
	answer := d.wants(s.URL, "POST", "/r/room1/commands", `{"type":"hook","id":"10","name":"Forge","secret":"s"}`, 200, "", with...)
	_ = json.Unmarshal([]byte(answer), &hook)
	d.wants(s.URL, "POST", strings.TrimPrefix(hook.URL, s.URL), "disk full", 403, "action_prohibited", "Content-Type", "text/plain")

	d.wants(s.URL, "POST", "/r/room1/commands", `{"type":"nick","nick":"Alerts"}`, 409, "nick-taken", with...)
	d.wants(s.URL, "POST", "/r/room1/commands", `{"type":"send","id":"1","content":"ho"}`, 409, "id-conflict", with...)
	d.wants(s.URL, "POST", "/r/room1/commands", `{"type":"delete","id":"d","seq":500}`, 404, "not-found", with...)
	d.wants(s.URL, "POST", "/r/room1/commands", strings.Repeat(" ", 1<<20), 413, "too-long", with...)
	d.wants(s.URL, "POST", "/r/room1/commands", `{"type":"dance"}`, 400, "unknown-type", with...)
	d.wants(s.URL, "POST", "/r/room1/commands", `{`, 400, "bad-json", with...)
	d.wants(s.URL, "POST", "/r/room1/commands", fmt.Sprintf(`{"type":"revoke","id":"11","member":%q}`, member), 200, "", with...)
}

// succeedsWithFiles uploads a file, sends it and downloads it.
func (d *description) succeedsWithFiles(s *servertest.Server, seat string) {
	d.t.Helper()
	raw := []string{"Content-Type", "application/octet-stream", "Snug-Seat", seat}
	upload := func() protocol.File {
		var made protocol.Files
		answer := d.wants(s.URL, "POST", "/r/room1/files?name=a.bin", "\x00bytes", 201, `"files"`, raw...)
		if err := json.Unmarshal([]byte(answer), &made); err != nil {
			d.t.Fatal(err)
		}
		return made.Files[0]
	}
	f := upload()
	d.wants(s.URL, "POST", "/r/room1", fmt.Sprintf(`{"content":"","files":[%q]}`, f.ID), 201, f.ID, "Content-Type", "application/json", "Snug-Seat", seat)
	d.wants(s.URL, "POST", "/r/room1/commands", fmt.Sprintf(`{"type":"send","id":"f","files":[%q]}`, upload().ID), 200, "a.bin", "Content-Type", "application/json", "Snug-Seat", seat)
	path := "/" + f.Path("room1")
	d.wants(s.URL, "GET", path, "", 200, "bytes")
	d.wants(s.URL, "GET", path, "", 206, "bytes", "Range", "bytes=1-5")
	head := request(d.t, s.URL, "HEAD", path, "")
	d.wants(s.URL, "GET", path, "", 304, "", "If-None-Match", head.Header.Get("ETag"))
	d.wants(s.URL, "GET", path, "", 416, "Content-Range", "Range", "bytes=100-")
	d.wants(s.URL, "GET", path, "", 412, "", "If-Match", `"other"`)
	d.wants(s.URL, "GET", "/r/room1/files/none/a.bin", "", 404, "not-found")
	d.wants(s.URL, "POST", "/r/room1/files", strings.Repeat("a", 26<<20), 413, "too-long", raw...)
	full := servertest.Start(d.t, "memory:", func(o *snug.Options) { o.Files.MaxInRoom = 3 })
	d.wants(full.URL, "POST", "/r/room1/files", "bytes", 507, "too-many", "Idempotency-Key", "k")
	form := "--b\r\nContent-Disposition: form-data; name=f; filename=a\r\n\r\nbytes\r\n--b--\r\n"
	d.wants(full.URL, "POST", "/r/room1", form, 507, "too-many", "Content-Type", "multipart/form-data; boundary=b")
}

// join joins a room and returns the seat.
func (d *description) join(url, room, nick string, with ...string) (seat string) {
	d.t.Helper()
	events := d.wants(url, "POST", "/r/"+room+"/events", fmt.Sprintf(`{"type":"join","nick":%q}`, nick), 200, "", append(with, "Content-Type", "application/json")...)
	_, rest, _ := strings.Cut(events, `"seat":"`)
	seat, _, found := strings.Cut(rest, `"`)
	if !found {
		d.t.Fatalf("no seat in %s", events)
	}
	return seat
}

// refuses requests what is wrong.
func (d *description) refuses(s *servertest.Server) {
	d.t.Helper()
	asJSON := []string{"Content-Type", "application/json"}
	foreign := []string{"Origin", "https://elsewhere.example", "Accept", "application/json", "Content-Type", "application/json"}
	for name := range d.document.operations(d.t) {
		method, path, _ := strings.Cut(name, " ")
		if of, rest, _ := strings.Cut(path, "{code}"); of == "/r/" {
			d.wants(s.URL, method, "/r/-"+rest, "", 400, "bad-field", "Accept", "application/json")
			d.wants(s.URL, method, "/r/room1"+rest, "{}", 403, "forbidden", foreign...)
		}
	}
	d.wants(s.URL, "POST", "/r/room1", "", 400, "empty")
	d.wants(s.URL, "POST", "/r/room1", `{"content":"hi","reply_to":500}`, 404, "not-found", asJSON...)
	d.wants(s.URL, "POST", "/r/room1", `{"content":"other","id":"k-1"}`, 409, "id-conflict", asJSON...)
	d.wants(s.URL, "POST", "/r/room1", strings.Repeat("a", 5000), 413, "too-long")
	d.wants(s.URL, "POST", "/r/room1/events", strings.Repeat(" ", 1<<20), 413, "too-long")
	d.wants(s.URL, "POST", "/r/room1/events", `{"type":"join","nick":"ada","transfer":"AAAAA-AAAAA"}`, 404, "not-found", asJSON...)
	d.wants(s.URL, "GET", "/r/room1/messages?limit=0", "", 400, "bad-field")
	d.wants(s.URL, "GET", "/r/room1/search?limit=0", "", 400, "bad-field")
	d.wants(s.URL, "GET", "/r/room1/search?q="+strings.Repeat("a", 257), "", 413, "too-long")
	d.wants(s.URL, "GET", "/r/room1/export?format=pdf", "", 400, "bad-field")
	d.wants(s.URL, "GET", "/r/room1/export", "", 403, "forbidden")

	owner := append(asJSON, "Snug-Seat", d.join(s.URL, "room2", "olga"))
	d.wants(s.URL, "POST", "/r/room2/commands", `{"type":"set","id":"1","password":"sesame","slow_ms":3600000}`, 200, "", owner...)
	d.wants(s.URL, "GET", "/r/room2", "", 200, `"password":true`, "Accept", "application/json")
	d.wants(s.URL, "GET", "/r/room2/messages", "", 403, "bad-password")
	d.wants(s.URL, "GET", "/r/room2/search?q=hello", "", 403, "bad-password")
	d.wants(s.URL, "GET", "/r/room2/messages", "", 200, "", "Snug-Password", "sesame")
	owner = append(asJSON, "Snug-Seat", d.join(s.URL, "room3", "olga"))
	eve := append(asJSON, "Snug-Seat", d.join(s.URL, "room3", "eve"))
	d.wants(s.URL, "POST", "/r/room3/commands", `{"type":"set","id":"1","slow_ms":3600000}`, 200, "", owner...)
	d.wants(s.URL, "POST", "/r/room3/commands", `{"type":"send","id":"1","content":"hi"}`, 200, "", eve...)
	d.wants(s.URL, "POST", "/r/room3/commands", `{"type":"send","id":"2","content":"ho"}`, 429, "slow-mode", eve...)
	member, _, _ := strings.Cut(eve[len(eve)-1], ".")
	d.wants(s.URL, "POST", "/r/room3/commands", fmt.Sprintf(`{"type":"ban","id":"2","member":%q,"seconds":60}`, member), 200, "", owner...)
	d.wants(s.URL, "POST", "/r/room3", "hi", 403, "banned", eve[2:]...)
	owner = append(asJSON, "Snug-Seat", d.join(s.URL, "room4", "olga"))
	d.wants(s.URL, "POST", "/r/room4/commands", `{"type":"set","id":"1","locked":true}`, 200, "", owner...)
	d.wants(s.URL, "GET", "/r/room4/events", "", 403, "locked")
}

// refusesClosed asks for a room that was closed.
func (d *description) refusesClosed(s *servertest.Server) {
	d.t.Helper()
	owner := []string{"Content-Type", "application/json", "Snug-Seat", d.join(s.URL, "room5", "olga")}
	var hook struct{ URL string }
	answer := d.wants(s.URL, "POST", "/r/room5/commands", `{"type":"hook","id":"1","name":"Alerts"}`, 200, "", owner...)
	if err := json.Unmarshal([]byte(answer), &hook); err != nil {
		d.t.Fatal(err)
	}
	var made protocol.Files
	answer = d.wants(s.URL, "POST", "/r/room5/files?name=a.bin", "bytes", 201, "", "Content-Type", "application/octet-stream", "Snug-Seat", owner[3])
	if err := json.Unmarshal([]byte(answer), &made); err != nil {
		d.t.Fatal(err)
	}
	d.wants(s.URL, "POST", "/r/room5/commands", `{"type":"close","id":"2"}`, 200, "goodbye", owner...)
	d.wants(s.URL, "POST", strings.TrimPrefix(hook.URL, s.URL), "hi", 410, "channel_is_archived", "Content-Type", "text/plain")
	d.wants(s.URL, "GET", strings.TrimPrefix(hook.URL, s.URL), "", 410, "channel_is_archived")
	inRoom5 := strings.NewReplacer("{code}", "room5", "{id}", made.Files[0].ID, "{name}", "a.bin")
	for name := range d.document.operations(d.t) {
		method, path, _ := strings.Cut(name, " ")
		if strings.HasPrefix(path, "/r/") {
			body := ""
			if method == "POST" {
				body = `{"type":"join","id":"3","nick":"olga","content":"hi"}`
			}
			if strings.HasSuffix(path, "/commands") {
				body = `{"type":"send","id":"3","content":"hi"}`
			}
			d.wants(s.URL, method, inRoom5.Replace(path), body, 410, "closed", append(owner, "Accept", "application/json")...)
		}
	}
}

// refusesTooMany reaches the limits of a server.
func (d *description) refusesTooMany() {
	d.t.Helper()
	s := servertest.Start(d.t, "memory:", func(o *snug.Options) {
		o.Limits.Off, o.Limits.MaxMembers, o.Limits.MessageRate, o.Limits.MessageBurst = false, 2, 0.001, 2
	})
	asJSON := []string{"Content-Type", "application/json"}
	hook := d.wants(s.URL, "POST", "/r/room1/commands", `{"type":"hook","id":"1","name":"Alerts"}`, 200, "", append(asJSON, "Snug-Seat", d.join(s.URL, "room1", "ada"))...)
	d.join(s.URL, "room1", "bob")
	d.wants(s.URL, "POST", "/r/room1/events", `{"type":"join","nick":"eve"}`, 429, "room-full", asJSON...)
	d.wants(s.URL, "POST", "/r/room1", "one", 201, "", "Content-Type", "text/plain")
	d.wants(s.URL, "POST", "/r/room1", "two", 201, "", "Content-Type", "text/plain")
	d.wants(s.URL, "POST", "/r/room1", "three", 429, "rate-limited")
	var made struct{ URL string }
	if err := json.Unmarshal([]byte(hook), &made); err != nil {
		d.t.Fatal(err)
	}
	for request(d.t, "", "POST", made.URL, "hi").StatusCode != http.StatusTooManyRequests {
	}
	d.wants(s.URL, "POST", strings.TrimPrefix(made.URL, s.URL), "hi", 429, "rate_limited")
	for name, o := range d.document.operations(d.t) {
		method, path, _ := strings.Cut(name, " ")
		if o.Responses["429"] != nil && strings.HasPrefix(path, "/r/") {
			path = strings.Replace(path, "{code}", "room1", 1)
			var resp *http.Response
			for resp == nil || !tooManyRequests(d.t, resp) { // by then the rate may allow another one
				exhaustRequests(d.t, s)
				resp = request(d.t, s.URL, method, path, "", "Accept", "application/json")
			}
			d.check(resp, "", 429, "too-many")
		}
	}
}

// tooManyRequests reports whether a request was refused because of its address, and not
// because of the rate of messages. The body can be read again.
func tooManyRequests(t testing.TB, resp *http.Response) bool {
	t.Helper()
	if resp.StatusCode != http.StatusTooManyRequests {
		return false // it may be a stream, which doesn't end
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return bytes.Contains(body, []byte("too-many"))
}

// exhaustRequests sends as many requests as an address may. The network would be too slow.
func exhaustRequests(t testing.TB, h http.Handler) {
	t.Helper()
	for {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/r/room1/messages", nil)
		r.RemoteAddr = "127.0.0.1:1"
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code == http.StatusTooManyRequests {
			return
		}
	}
}

// refusesContent asks a server with a filter.
func (d *description) refusesContent() {
	d.t.Helper()
	s := servertest.Start(d.t, "memory:", func(o *snug.Options) {
		o.Filter = func(context.Context, *snug.Message) error { return snug.Refuse("no") }
	})
	d.wants(s.URL, "POST", "/r/room1", `{"content":"hello"}`, 403, "refused", "Content-Type", "application/json")
}

// refusesWithoutToken asks a server that requires tokens.
func (d *description) refusesWithoutToken() {
	d.t.Helper()
	key := filepath.Join(d.t.TempDir(), "key")
	if err := os.WriteFile(key, []byte("0123456789abcdef0123456789abcdef"), 0o600); err != nil {
		d.t.Fatal(err)
	}
	s := servertest.Start(d.t, "memory:", func(o *snug.Options) { o.Auth.Method = "hmac:" + key })
	for name, o := range d.document.operations(d.t) {
		method, path, _ := strings.Cut(name, " ")
		if o.Responses["401"] != nil {
			d.wants(s.URL, method, strings.Replace(path, "{code}", "room1", 1), `{"type":"join","nick":"ada"}`, 401, "bad-token", "Accept", "application/json")
		}
	}
	token, err := auth.Mint("hmac:"+key, auth.Claims{RegisteredClaims: jwt.RegisteredClaims{Subject: "ada", ExpiresAt: jwt.NewNumericDate(time.Now().Add(time.Hour))}})
	if err != nil {
		d.t.Fatal(err)
	}
	with := []string{"Authorization", "Bearer " + token, "Content-Type", "application/json"}
	d.join(s.URL, "room1", "ada", with[:2]...)
	d.wants(s.URL, "POST", "/r/room1", `{"content":"hello"}`, 201, "", with...)
	d.wants(s.URL, "POST", "/r/room1/commands", fmt.Sprintf(`{"type":"auth","token":%q}`, token), 200, "token_ms", with...)
}

// refusesWhileDraining asks a server that shuts down.
func (d *description) refusesWhileDraining() {
	d.t.Helper()
	s := servertest.Start(d.t, "memory:")
	ended := s.TakeOffline()
	s.ShutDown(ended)
	front := httptest.NewServer(ended)
	defer front.Close()
	for name, o := range d.document.operations(d.t) {
		method, path, _ := strings.Cut(name, " ")
		if o.Responses["503"] != nil {
			path = strings.NewReplacer("{code}", "room1", "{secret}", "s").Replace(path)
			d.wants(front.URL, method, path, "{}", 503, "unavailable", "Accept", "application/json")
		}
	}
}
