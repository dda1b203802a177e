package hookapi

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"

	"snug/internal/journal/memory"
	"snug/internal/room"
	"snug/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server serves the hooks of the room "confidential", whose owner is in it.
type server struct {
	t        *testing.T
	rooms    *room.Registry
	handler  *Handler
	owner    *room.Participant
	url      string // of the server
	draining atomic.Bool
	log      bytes.Buffer
	sent     int
}

func start(t *testing.T, changes ...func(*Options)) *server {
	t.Helper()
	s := &server{t: t}
	j := memory.Open(memory.Options{})
	log := slog.New(slog.NewTextHandler(&s.log, nil))
	s.rooms = room.NewRegistry(room.Options{Journal: j, Log: log, Idle: time.Minute, MaxChars: 4000})
	o := Options{Rooms: s.rooms, Log: log, MaxChars: 4000, Draining: s.draining.Load}
	for _, change := range changes {
		change(&o)
	}
	mux := http.NewServeMux()
	s.handler = New(o)
	mux.Handle(Route, s.handler)
	front := httptest.NewServer(mux)
	t.Cleanup(func() {
		front.Close()
		http.DefaultTransport.(*http.Transport).CloseIdleConnections()
		s.rooms.Close()
		if err := j.Close(); err != nil {
			t.Error(err)
		}
		for _, secret := range []string{"/hooks/", "s3cret"} {
			if strings.Contains(s.log.String(), secret) {
				t.Errorf("the log has %q: %s", secret, &s.log)
			}
		}
	})
	s.url = front.URL + "/"
	nick, err := room.ParseNick("olga")
	if err == nil {
		s.owner, _, err = s.rooms.Join(t.Context(), "confidential", room.Request{Dialect: protocol.V1, Nick: nick})
	}
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// moderate carries out a command of the owner's, and returns the hook that it makes.
func (s *server) moderate(m room.Moderation) *protocol.Hook {
	s.t.Helper()
	s.sent++
	m.ID = fmt.Sprint(s.sent)
	d, err := s.owner.Moderate(s.t.Context(), m)
	if err == nil {
		_, err = s.owner.Commit(s.t.Context(), d)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	s.owner.Settle(s.t.Context())
	return d.Hook
}

func (s *server) hook(name, secret string) *protocol.Hook {
	s.t.Helper()
	return s.moderate(room.Moderation{Action: protocol.ActionHook, Name: name, Secret: secret})
}

// last returns the newest event of the room.
func (s *server) last() protocol.Event {
	s.t.Helper()
	s.owner.Settle(s.t.Context())
	page, err := s.owner.ReadBefore(s.t.Context(), protocol.MaxSeq, 1)
	if err != nil {
		s.t.Fatal(err)
	}
	return page.Events[0]
}

// response is an answer as a sender sees it.
type response struct {
	status int
	header http.Header
	body   string
}

// do sends a request to a path below the server's root. A header is "Name: value".
func (s *server) do(method, path string, body io.Reader, headers ...string) response {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, body)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	for what, text := range map[string]string{"the answer": string(data), "a header": fmt.Sprint(resp.Header)} {
		if strings.Contains(text, "confidential") || strings.Contains(text, strings.TrimPrefix(path, room.HookPath)) {
			s.t.Errorf("%s tells the room or the secret: %s", what, text)
		}
	}
	return response{resp.StatusCode, resp.Header, string(data)}
}

func (s *server) post(path, body string, headers ...string) response {
	s.t.Helper()
	return s.do(http.MethodPost, path, strings.NewReader(body), headers...)
}

func TestAPostBecomesAMessage(t *testing.T) {
	s := start(t)
	h := s.hook("Alerts", "")
	r := s.post(h.URL, `{"text":"disk *full*","username":"Grafana"}`, "Content-Type: application/json")
	if r.status != 200 || r.body != "ok" || r.header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%+v", r)
	}
	e := s.last()
	if body, err := e.Message(); err != nil || body.As != "Grafana" || body.Content != "disk **full**" || e.From != (protocol.Member{Member: h.Member, Nick: "Alerts", Role: "member", Bot: true}) {
		t.Errorf("%+v says %s", e.From, e.Body)
	}
	for _, wait := range []string{"json", "true"} {
		r := s.post(h.URL+"?wait="+wait, "hello", "Origin: https://evil.example")
		var e protocol.Event
		if err := json.Unmarshal([]byte(r.body), &e); err != nil || r.status != 200 || r.header.Get("Content-Type") != "application/json" {
			t.Fatalf("%+v, %v", r, err)
		}
		if last := s.last(); e.Seq != last.Seq || string(e.Body) != `{"content":"hello"}` {
			t.Errorf("answered with %+v, the last event is %+v", e, last)
		}
		if len(r.header.Values("Access-Control-Allow-Origin"))+len(r.header.Values("Vary")) > 0 {
			t.Errorf("CORS: %v", r.header)
		}
	}
}

func TestAKeyMakesARepeatSafe(t *testing.T) {
	s := start(t)
	h := s.hook("Alerts", "")
	for range 3 {
		if r := s.post(h.URL, "hello", "Idempotency-Key: deploy 42"); r.status != 200 || r.body != "ok" {
			t.Errorf("%+v", r)
		}
	}
	first := s.last()
	if first.ID != "deploy 42" || first.Seq != 3 {
		t.Errorf("the log ends with %+v", first)
	}
	if r := s.post(h.URL+"?wait=true", "hello", "Idempotency-Key: deploy 42"); !strings.Contains(r.body, `"seq":3,`) {
		t.Errorf("a repeat gets %+v", r)
	}
	if r := s.post(h.URL, "another", "Idempotency-Key: deploy 42"); r.status != 409 || !strings.HasPrefix(r.body, "invalid_payload\n") {
		t.Errorf("%+v", r)
	}
	for range 2 {
		s.post(h.URL, "hello")
	}
	if e := s.last(); e.Seq != 5 {
		t.Errorf("without a key, two posts make the log end with %+v", e)
	}
}

func TestWhatIsRefused(t *testing.T) {
	s := start(t)
	h, signed, gone := s.hook("Alerts", ""), s.hook("GitHub", "s3cret"), s.hook("Gone", "")
	s.moderate(room.Moderation{Action: protocol.ActionUnhook, Member: gone.Member})
	before := s.last().Seq
	for _, c := range []struct {
		name, method, path, body string
		headers                  []string
		status                   int
		word                     string
	}{
		{"no secret", "POST", "hooks/AAAA", "hello", nil, 404, "no_service"},
		{"a removed hook", "POST", gone.URL, "hello", nil, 404, "no_service"},
		{"a removed hook that is looked at", "GET", gone.URL, "", nil, 404, "no_service"},
		{"nothing", "POST", h.URL, "", nil, 400, "no_text"},
		{"white space", "POST", h.URL, " \n", nil, 400, "no_text"},
		{"broken JSON", "POST", h.URL, `{"text":`, []string{"Content-Type: application/json"}, 400, "invalid_payload"},
		{"no signature", "POST", signed.URL, `{"text":"x"}`, []string{"Content-Type: application/json"}, 403, "action_prohibited"},
		{"a compressed body", "POST", h.URL, "hello", []string{"Content-Encoding: gzip"}, 400, "invalid_payload"},
		{"a key that is too long", "POST", h.URL, "hello", []string{"Idempotency-Key: " + strings.Repeat("x", 65)}, 400, "invalid_payload"},
		{"two keys", "POST", h.URL, "hello", []string{"Idempotency-Key: a", "Idempotency-Key: b"}, 400, "invalid_payload"},
		{"two answers to wait for", "POST", h.URL + "?wait=json&wait=no", "hello", nil, 400, "invalid_payload"},
		{"another method", "DELETE", h.URL, "", nil, 405, "action_prohibited"},
		{"a preflight", "OPTIONS", h.URL, "", []string{"Origin: https://evil.example"}, 405, "action_prohibited"},
		{"a body of more than 1 MiB", "POST", h.URL, strings.Repeat("x", maxBody+1), nil, 413, "invalid_payload"},
	} {
		r := s.do(c.method, c.path, strings.NewReader(c.body), c.headers...)
		word, detail, _ := strings.Cut(r.body, "\n")
		if r.status != c.status || word != c.word || len(detail) < 10 || r.header.Get("Content-Type") != "text/plain; charset=utf-8" {
			t.Errorf("%s: %+v, want %d %s", c.name, r, c.status, c.word)
		}
	}
	if e := s.last(); e.Seq != before {
		t.Errorf("something was said: %+v", e)
	}
	mac := hmac.New(sha256.New, []byte("s3cret"))
	mac.Write([]byte(`{"text":"x"}`))
	if r := s.post(signed.URL, `{"text":"x"}`, "Content-Type: application/json", "X-Hub-Signature-256: sha256="+hex.EncodeToString(mac.Sum(nil))); r.body != "ok" {
		t.Errorf("with the signature: %+v", r)
	}
}

func TestALargeBodyIsShortened(t *testing.T) {
	s := start(t)
	h := s.hook("Alerts", "")
	if r := s.post(h.URL, strings.Repeat("x", maxBody)); r.body != "ok" {
		t.Errorf("%+v", r)
	}
	e := s.last()
	body, err := e.Message()
	if n := utf8.RuneCountInString(body.Content); err != nil || n > 4000 || n < 3000 {
		t.Errorf("the message has %d characters, %v", n, err)
	}
}

// Senders of large bodies that come slowly delay others for a while, and don't make their
// bodies wrong: what is unavailable is posted again.
func TestALargeBodyDoesNotWaitForLong(t *testing.T) {
	s := start(t)
	h := s.hook("Alerts", "")
	for range maxLarge {
		slow, end := io.Pipe()
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+h.URL, slow)
		if err != nil {
			t.Fatal(err)
		}
		answered := make(chan struct{})
		go func() {
			defer close(answered)
			if resp, err := http.DefaultClient.Do(r); err == nil {
				_ = resp.Body.Close()
			}
		}()
		t.Cleanup(func() {
			_ = end.Close() // never fails
			<-answered
		})
		if _, err := end.Write(bytes.Repeat([]byte("x"), 2*smallBody)); err != nil {
			t.Fatal(err)
		}
	}
	for len(s.handler.large) < maxLarge {
		time.Sleep(time.Millisecond) // until the server has received that much
	}
	if r := s.post(h.URL, "small"); r.body != "ok" {
		t.Errorf("a small body: %+v", r)
	}
	large := strings.Repeat("x", 2*smallBody)
	if r := s.post(h.URL, large); r.status != 503 || !strings.HasPrefix(r.body, "unavailable\n") || r.header.Get("Retry-After") == "" {
		t.Errorf("a large one: %+v", r)
	}
}

func TestAHookCanBeLookedAt(t *testing.T) {
	s := start(t)
	h := s.hook("Alerts", "")
	if r := s.do(http.MethodGet, h.URL, nil); r.status != 200 || r.body != `{"name":"Alerts"}` || r.header.Get("Content-Type") != "application/json" {
		t.Errorf("%+v", r)
	}
	if r := s.do(http.MethodHead, h.URL, nil); r.status != 200 || r.body != "" {
		t.Errorf("%+v", r)
	}
}

func TestLockAndPasswordLetHooksPass(t *testing.T) {
	s := start(t)
	h := s.hook("Alerts", "")
	s.moderate(room.Moderation{Action: protocol.ActionSet, Password: "x", Settings: protocol.SettingsChange{
		Locked: new(true), Password: new(true), SlowMS: new(int64(60_000)),
	}})
	for range 2 {
		if r := s.post(h.URL, "hello"); r.body != "ok" {
			t.Errorf("%+v", r)
		}
	}
}

func TestEachHookHasItsOwnRate(t *testing.T) {
	s := start(t, func(o *Options) { o.MessageRate, o.MessageBurst = 0.01, 1 })
	one, two := s.hook("One", ""), s.hook("Two", "")
	for i := range leastBurst {
		if r := s.post(one.URL, fmt.Sprint(i)); r.status != 200 {
			t.Fatalf("post %d of the burst: %+v", i+1, r)
		}
	}
	r := s.post(one.URL, "one too many")
	if word, _, _ := strings.Cut(r.body, "\n"); r.status != 429 || word != "rate_limited" || r.header.Get("Retry-After") == "" || r.header.Get("Retry-After") == "0" {
		t.Errorf("%+v", r)
	}
	if r := s.post(two.URL, "hello"); r.status != 200 {
		t.Errorf("the other hook: %+v", r)
	}
}

func TestADrainingServerSendsSendersElsewhere(t *testing.T) {
	s := start(t)
	h := s.hook("Alerts", "")
	s.draining.Store(true)
	if r := s.post(h.URL, "hello"); r.status != 503 || !strings.HasPrefix(r.body, "unavailable\n") || r.header.Get("Retry-After") == "" {
		t.Errorf("%+v", r)
	}
	s.draining.Store(false)
	s.rooms.Close()
	if r := s.post(h.URL, "hello"); r.status != 503 || !strings.HasPrefix(r.body, "unavailable\n") {
		t.Errorf("when the rooms have ended: %+v", r)
	}
}

// More large bodies than may be in memory at once wait for each other, and all arrive. On a busy
// machine, one that has waited for too long is posted again.
func TestManyLargeBodiesAtOnce(t *testing.T) {
	s := start(t)
	h := s.hook("Alerts", "")
	body := strings.Repeat("x", 4*smallBody)
	var all sync.WaitGroup
	var accepted atomic.Int64
	for range 3 * maxLarge {
		all.Go(func() {
			status := http.StatusServiceUnavailable
			for status == http.StatusServiceUnavailable && t.Context().Err() == nil {
				r, err := http.Post(s.url+h.URL, "text/plain", strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				status = r.StatusCode
				_ = r.Body.Close()
			}
			if status == http.StatusOK {
				accepted.Add(1)
			}
		})
	}
	all.Wait()
	if n := accepted.Load(); n != 3*maxLarge {
		t.Errorf("%d of %d are accepted", n, 3*maxLarge)
	}
}

// Nothing is kept of a post that broke off.
func TestAPostThatBreaksOffSaysNothing(t *testing.T) {
	s := start(t)
	h := s.hook("Alerts", "")
	before := s.last().Seq
	body, w := io.Pipe()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+h.URL, body)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Expect", "")
	done := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			err = resp.Body.Close()
		}
		done <- err
	}()
	if _, err := w.Write([]byte("half of a mess")); err != nil {
		t.Fatal(err)
	}
	_ = w.CloseWithError(io.ErrUnexpectedEOF) // never fails
	if err := <-done; err == nil {
		t.Error("it was answered")
	}
	if r := s.post(h.URL, "hello"); r.body != "ok" {
		t.Errorf("%+v", r)
	}
	if e := s.last(); e.Seq != before+1 {
		t.Errorf("the log ends with %+v", e)
	}
}
