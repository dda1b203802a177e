package test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// Every setting does what it says, as a flag and as a variable.
func TestSettingsTakeEffect(t *testing.T) {
	for _, c := range []struct {
		name     string
		settings []string
		check    func(t *testing.T, s *site)
	}{
		{"default rate", nil, func(t *testing.T, s *site) { rateIs(t, s, 10, 100, true) }},
		{"rate", []string{"--message-rate=2"}, func(t *testing.T, s *site) { rateIs(t, s, 2, 40, true) }},
		{"no rate", []string{"--message-rate=0"}, func(t *testing.T, s *site) { rateIs(t, s, 0, 200, false) }},
		{"limits off lifts the rate", []string{"--message-rate=1", "--limits=off"}, func(t *testing.T, s *site) { rateIs(t, s, 0, 200, false) }},
		{"connections", []string{"--max-connections=1"}, oneConnection},
		{"no limit of connections", []string{"--max-connections=0"}, func(t *testing.T, s *site) { manyRooms(t, s, 20) }},
		{"limits off lifts connections and rooms", []string{"--max-connections=1", "--max-rooms=1", "--limits=off"}, func(t *testing.T, s *site) { manyRooms(t, s, 20) }},
		{"rooms", []string{"--max-rooms=1"}, oneRoom},
		{"no limit of rooms", []string{"--max-rooms=0"}, func(t *testing.T, s *site) { manyRooms(t, s, 20) }},
		{"history", []string{"--history=3"}, func(t *testing.T, s *site) { replayed(t, s, 3) }},
		{"no history", []string{"--history=0"}, func(t *testing.T, s *site) { replayed(t, s, 0) }},
		{"default content", nil, func(t *testing.T, s *site) { contentUpTo(t, s, 4000) }},
		{"content", []string{"--max-content=20"}, func(t *testing.T, s *site) { contentUpTo(t, s, 20) }},
		{"own origin", nil, func(t *testing.T, s *site) {
			origins(t, s, []string{"http://" + s.address()}, []string{"https://" + s.address(), "http://a.example", "null"})
		}},
		{"origins", []string{"--origins=https://a.example,http://b.example:8000"}, func(t *testing.T, s *site) {
			origins(t, s, []string{"http://" + s.address(), "https://a.example", "http://b.example:8000"},
				[]string{"http://a.example", "https://sub.a.example", "http://b.example", "https://a.example.evil", "null"})
		}},
		{"owners", nil, func(t *testing.T, s *site) { ownedBy(t, s, "owner") }},
		{"no owners", []string{"--owners=none"}, func(t *testing.T, s *site) { ownedBy(t, s, "member") }},
		{"members", []string{"--max-members=1"}, func(t *testing.T, s *site) { secondIs(t, s, "room-full") }},
		{"connections of an address", []string{"--max-connections-per-address=1"}, secondIsTooMany},
		{"joins of an address", []string{"--joins-per-minute=1"}, secondIsTooMany},
		{"limits off lifts those of an address", []string{"--max-connections-per-address=1", "--joins-per-minute=1", "--new-rooms-per-minute=1", "--max-members=1", "--limits=off"}, func(t *testing.T, s *site) { manyRooms(t, s, 10) }},
		{"new rooms of an address", []string{"--new-rooms-per-minute=1"}, oneNewRoom},
		{"wrong passwords of an address", []string{"--wrong-passwords-per-minute=3"}, twoGuesses},
		{"trusted proxies", []string{"--max-connections-per-address=1", "--trusted-proxies=127.0.0.0/8,::1"}, proxied},
		{"no trusted proxies", []string{"--max-connections-per-address=1"}, notProxied},
		{"bad frames", []string{"--bad-frames=3"}, fourBadFrames},
		{"a journal's size", []string{"--max-journal=200000", "--message-rate=0"}, journalFull},
		{"a file's size", []string{"--max-file-size=10"}, func(t *testing.T, s *site) { takesFiles(t, s, []int{10, 11}, []int{201, 413}) }},
		{"no files", []string{"--max-file-size=0"}, func(t *testing.T, s *site) { takesFiles(t, s, []int{1}, []int{403}) }},
		{"a room's files", []string{"--max-room-files=10"}, func(t *testing.T, s *site) { takesFiles(t, s, []int{8, 3}, []int{201, 507}) }},
		{"all files", []string{"--max-files=10"}, func(t *testing.T, s *site) { takesFiles(t, s, []int{8, 3, 2}, []int{201, 507, 201}) }},
		{"files of an address", []string{"--uploads-per-minute=1"}, func(t *testing.T, s *site) { takesFiles(t, s, []int{1, 1}, []int{201, 429}) }},
		{"all origins", []string{"--origins=*"}, func(t *testing.T, s *site) { origins(t, s, []string{"http://a.example"}, nil) }},
		{"nobody's frame", nil, func(t *testing.T, s *site) { framedBy(t, s, "'none'") }},
		{"frames", []string{"--frame-ancestors=self,https://A.example:8443"}, func(t *testing.T, s *site) {
			framedBy(t, s, "'self' https://a.example:8443")
		}},
	} {
		t.Run(c.name+", by flag", func(t *testing.T) {
			s := newSite(t, c.settings...)
			s.start()
			c.check(t, s)
		})
		if c.settings == nil {
			continue
		}
		t.Run(c.name+", by variable", func(t *testing.T) {
			s := newSite(t)
			for _, f := range c.settings {
				name, value, _ := strings.Cut(f, "=")
				s.env = append(s.env, variable(name)+"="+value)
			}
			s.start()
			c.check(t, s)
		})
	}
}

func TestJournalAndAddressCanBeVariables(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a name with ünusual? #%41&characters=.db")
	server := newCommand()
	server.Env = environment("SNUG_ADDR=127.0.0.1:0", "SNUG_JOURNAL=sqlite:"+file)
	p := launch(t, server)
	if addr := p.address(t); !strings.HasPrefix(addr, "127.0.0.1:") {
		t.Errorf("it listens on %s", addr)
	}
	if held, err := os.Stat(file); err != nil || held.Size() == 0 {
		t.Errorf("there is no journal: %v", err)
	}
}

func TestFlagGoesBeforeItsVariable(t *testing.T) {
	s := newSite(t, "--message-rate=3")
	s.env = []string{"SNUG_MESSAGE_RATE=7"}
	s.start()
	rateIs(t, s, 3, 0, false)
}

func TestLogLevelTakesEffect(t *testing.T) {
	for level, says := range map[string]string{"debug": "level=DEBUG", "info": "level=INFO", "warn": "", "error": ""} {
		s := newSite(t)
		s.flags = append(withoutFlag(s.flags, "--log-level"), "--log-level="+level)
		p := s.start()
		if _, err := s.read(within(t), "room"); err != nil {
			t.Fatal(err)
		}
		p.signal(t, syscall.SIGTERM)
		p.wait(t)
		if said := p.err.String(); says != "" && !strings.Contains(said, says) || says == "" && said != "" || level == "info" && strings.Contains(said, "DEBUG") {
			t.Errorf("at %s it says %q", level, said)
		}
	}
}

// newCommand is the server's command line without anything.
func newCommand(args ...string) *exec.Cmd { return exec.Command(program, args...) }

func dirOf(file string) string { return filepath.Dir(file) }

// enter joins a room by a line of its own, without history.
func (s *site) enter(t *testing.T, room string) (l line, welcome event) {
	t.Helper()
	for {
		l, err := s.dial(within(t), room)
		if err == nil {
			t.Cleanup(l.cut)
			welcome, err = l.tryJoin(within(t), fields{"type": "join", "nick": "visitor"})
		}
		switch {
		case tooLate(err):
			continue
		case err != nil:
			t.Fatal(err)
		}
		s.secret(welcome.You.Seat)
		return l, welcome
	}
}

// join joins over a connection of the client's own, which ends with the test.
func (s *site) join(t *testing.T, l line) (welcome event) {
	t.Helper()
	t.Cleanup(l.cut)
	welcome = l.join(t, fields{"type": "join", "nick": "visitor"})
	s.secret(welcome.You.Seat)
	return welcome
}

// join is tryJoin, which must succeed.
func (l line) join(t *testing.T, join fields) (welcome event) {
	t.Helper()
	welcome, err := l.tryJoin(within(t), join)
	if err != nil {
		t.Fatal(err)
	}
	return welcome
}

// tryJoin joins, and tries again while the server is unavailable, as a client does.
func (l line) tryJoin(ctx context.Context, join fields) (welcome event, err error) {
	for ; ; time.Sleep(200 * time.Millisecond) { // the pace of who tries again
		if err := l.send(ctx, join); err != nil {
			return event{}, err
		}
		welcome, err := l.await(ctx, "welcome")
		if welcome.Type != "error" || welcome.Code != "unavailable" {
			return welcome, err
		}
	}
}

// outcomes sends contents and returns what became of each: "message" or a code.
func outcomes(t *testing.T, l line, contents ...string) []string {
	t.Helper()
	ctx := within(t)
	for i, content := range contents {
		if err := l.send(ctx, fields{"type": "send", "id": fmt.Sprint(i), "content": content}); err != nil {
			t.Fatal(err)
		}
	}
	became := make([]string, len(contents))
	for range contents {
		e, err := l.next(ctx)
		for ; err == nil && (e.ID == "" || e.Type == "moderated"); e, err = l.next(ctx) {
		}
		if err != nil {
			t.Fatal(err)
		}
		var i int
		if _, err := fmt.Sscan(e.ID, &i); err != nil {
			t.Fatal(err)
		}
		became[i] = e.Type + e.Code
	}
	return became
}

// rateIs checks what a client is told of the rate, and whether it binds a burst
// of messages.
func rateIs(t *testing.T, s *site, rate float64, burst int, binds bool) {
	t.Helper()
	l, welcome := s.enter(t, "room")
	if welcome.Limits.MessageRate != rate {
		t.Errorf("message_rate is %g", welcome.Limits.MessageRate)
	}
	refused := 0
	for _, o := range outcomes(t, l, slices.Repeat([]string{contents}, burst)...) {
		switch o {
		case "errorrate-limited":
			refused++
		case "message":
		default:
			t.Errorf("a message became %s", o)
		}
	}
	if binds != (refused > 0) || refused > burst-30 && binds {
		t.Errorf("%d of %d messages were refused", refused, burst)
	}
}

func oneConnection(t *testing.T, s *site) {
	first, _ := s.enter(t, "room")
	status, header := upgradeStatus(t, s, "")
	if status != http.StatusServiceUnavailable || header.Get("Content-Type") != "application/problem+json" || header.Get("Retry-After") == "" {
		t.Errorf("the second is answered with %d, %v", status, header)
	}
	if err := first.ws.Close(websocket.StatusNormalClosure, ""); err != nil {
		t.Error(err)
	}
	eventually(t, "there is room again", func() bool {
		status, _ := upgradeStatus(t, s, "")
		return status == http.StatusSwitchingProtocols
	})
}

func oneRoom(t *testing.T, s *site) {
	s.enter(t, "room")
	s.enter(t, "ROOM") // the same
	ctx := within(t)
	l, err := s.dial(ctx, "another")
	if err != nil {
		t.Fatal(err)
	}
	defer l.cut()
	if err := l.send(ctx, fields{"type": "join", "nick": "late"}); err != nil {
		t.Fatal(err)
	}
	e, err := l.next(ctx)
	if err != nil || e.Code != "too-many" {
		t.Errorf("it is told %+v, %v", e, err)
	}
	if _, err := l.next(ctx); websocket.CloseStatus(err) != 4429 {
		t.Errorf("it is closed with %v", err)
	}
}

func manyRooms(t *testing.T, s *site, n int) {
	for i := range n {
		s.enter(t, fmt.Sprintf("room%d", i))
	}
}

func replayed(t *testing.T, s *site, want int) {
	const messages = 10
	l, _ := s.enter(t, "room")
	for _, o := range outcomes(t, l, slices.Repeat([]string{contents}, messages)...) {
		if o != "message" {
			t.Fatalf("a message became %s", o)
		}
	}
	late, _ := s.enter(t, "room")
	ctx := within(t)
	if err := l.send(ctx, fields{"type": "send", "id": "last", "content": contents}); err != nil {
		t.Fatal(err)
	}
	got := 0
	for ; ; got++ {
		e, err := late.await(ctx, "message")
		if err != nil {
			t.Fatal(err)
		}
		if e.ID == "last" {
			break
		}
	}
	if got != want {
		t.Errorf("%d messages are replayed, want %d", got, want)
	}
}

func contentUpTo(t *testing.T, s *site, chars int) {
	l, welcome := s.enter(t, "room")
	if welcome.Limits.ContentChars != chars {
		t.Errorf("content_chars is %d", welcome.Limits.ContentChars)
	}
	// Characters, not bytes.
	got := outcomes(t, l, strings.Repeat("é", chars), strings.Repeat("é", chars+1), strings.Repeat("🙂", chars))
	if want := []string{"message", "errortoo-long", "message"}; !slices.Equal(got, want) {
		t.Errorf("%d, %d and %d characters became %v", chars, chars+1, chars, got)
	}
}

func origins(t *testing.T, s *site, may, mayNot []string) {
	for _, o := range may {
		if status, _ := upgradeStatus(t, s, o); status != http.StatusSwitchingProtocols {
			t.Errorf("%s is answered with %d", o, status)
		}
	}
	for _, o := range mayNot {
		if status, _ := upgradeStatus(t, s, o); status != http.StatusForbidden {
			t.Errorf("%s is answered with %d", o, status)
		}
	}
}

// upgradeStatus asks for an upgrade and returns how it is answered; the connection is
// closed.
func upgradeStatus(t *testing.T, s *site, origin string) (status int, header http.Header) {
	t.Helper()
	asks := http.Header{}
	if origin != "" {
		asks.Set("Origin", origin)
	}
	ws, resp, err := websocket.Dial(within(t), "ws://"+s.address()+"/ws?roomCode=room",
		&websocket.DialOptions{HTTPHeader: asks})
	if ws != nil {
		_ = ws.Close(websocket.StatusNormalClosure, "") // it is of no more use
	}
	if resp == nil {
		t.Fatal(err)
	}
	return resp.StatusCode, resp.Header
}

// framedBy checks who may show the page in a frame.
func framedBy(t *testing.T, s *site, want string) {
	t.Helper()
	r, err := http.NewRequestWithContext(within(t), http.MethodGet, "http://"+s.address()+"/r/room1", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if policy := resp.Header.Get("Content-Security-Policy"); !strings.HasSuffix(policy, "; frame-ancestors "+want) {
		t.Errorf("the policy is %q, want frame-ancestors %s", policy, want)
	}
}
