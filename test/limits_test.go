package test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/coder/websocket"
)

// What follows checks limits of TestSettingsTakeEffect.

func ownedBy(t *testing.T, s *site, role string) {
	if _, welcome := s.enter(t, "room"); welcome.You.Role != role {
		t.Errorf("the first is %q, want %s", welcome.You.Role, role)
	}
	if _, welcome := s.enter(t, "room"); welcome.You.Role != "member" {
		t.Errorf("the second is %q", welcome.You.Role)
	}
}

// secondIs checks what a second member of the room is told.
func secondIs(t *testing.T, s *site, code string) {
	s.enter(t, "room")
	refusedIn(t, s, "room", fields{}, code, 4429)
}

// refusedIn joins with more fields and checks how that is refused, and whether the
// connection ends.
func refusedIn(t *testing.T, s *site, room string, more fields, code string, end websocket.StatusCode) {
	t.Helper()
	ctx := within(t)
	l, err := s.dial(ctx, room)
	if err != nil {
		t.Fatal(err)
	}
	defer l.cut()
	more["type"], more["nick"] = "join", "visitor"
	if err := l.send(ctx, more); err != nil {
		t.Fatal(err)
	}
	if e, err := l.next(ctx); err != nil || e.Code != code {
		t.Errorf("refused with %+v, %v; want %s", e, err, code)
	}
	if end == 0 {
		return
	}
	if _, err := l.next(ctx); websocket.CloseStatus(err) != end {
		t.Errorf("closed with %v, want %d", err, end)
	}
}

func secondIsTooMany(t *testing.T, s *site) {
	s.enter(t, "room")
	status, header := upgradeStatus(t, s, "")
	if status != http.StatusTooManyRequests || header.Get("Content-Type") != "application/problem+json" || header.Get("Retry-After") == "" {
		t.Errorf("the second is answered with %d, %v", status, header)
	}
}

func oneNewRoom(t *testing.T, s *site) {
	s.enter(t, "room")
	s.enter(t, "room")
	refusedIn(t, s, "another", fields{}, "too-many", 4429)
}

func twoGuesses(t *testing.T, s *site) {
	l, _ := s.enter(t, "room")
	ctx := within(t)
	if err := l.send(ctx, fields{"type": "set", "id": "1", "password": "secret"}); err != nil { // counts as one
		t.Fatal(err)
	}
	for e, err := l.next(ctx); e.ID != "1"; e, err = l.next(ctx) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		refusedIn(t, s, "room", fields{"password": "wrong"}, "bad-password", 0)
	}
	refusedIn(t, s, "room", fields{"password": "secret"}, "too-many", 4429)
}

// forwarded is how an upgrade is answered that says for whom it is.
func forwarded(t *testing.T, s *site, whom string) int {
	t.Helper()
	ws, resp, err := websocket.Dial(within(t), "ws://"+s.address()+"/ws?roomCode=room",
		&websocket.DialOptions{HTTPHeader: http.Header{"X-Forwarded-For": {whom}}})
	if ws != nil {
		t.Cleanup(func() { _ = ws.CloseNow() })
	}
	if resp == nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

func proxied(t *testing.T, s *site) {
	for whom, want := range map[string]int{"192.0.2.1": 101, "203.0.113.1, 192.0.2.2": 101, "192.0.2.3, 127.0.0.5": 101} {
		if got := forwarded(t, s, whom); got != want {
			t.Errorf("%s is answered with %d", whom, got)
		}
	}
	if got := forwarded(t, s, "203.0.113.77, 192.0.2.1"); got != http.StatusTooManyRequests {
		t.Errorf("one that is here already is answered with %d, whatever it says itself", got)
	}
}

func notProxied(t *testing.T, s *site) {
	if got := forwarded(t, s, "192.0.2.1"); got != http.StatusSwitchingProtocols {
		t.Errorf("the first is answered with %d", got)
	}
	if got := forwarded(t, s, "192.0.2.2"); got != http.StatusTooManyRequests {
		t.Errorf("what a client says of its address is believed: %d", got)
	}
}

func fourBadFrames(t *testing.T, s *site) {
	l, _ := s.enter(t, "room")
	ctx := within(t)
	for range 4 {
		if err := l.send(ctx, fields{"type": "bogus"}); err != nil {
			t.Fatal(err)
		}
	}
	refused := 0
	for {
		e, err := l.next(ctx)
		if err != nil {
			if websocket.CloseStatus(err) != websocket.StatusPolicyViolation {
				t.Errorf("closed with %v", err)
			}
			break
		}
		if e.Code == "unknown-type" {
			refused++
		}
	}
	if refused != 4 {
		t.Errorf("closed after %d", refused)
	}
}

func journalFull(t *testing.T, s *site) {
	s.broken = true
	l, _ := s.enter(t, "room")
	ctx := within(t)
	for i := range 200 {
		got := ""
		if err := l.send(ctx, fields{"type": "send", "id": fmt.Sprint(i), "content": contents + strings.Repeat("x", 3000)}); err != nil {
			t.Fatal(err)
		}
		for got == "" {
			e, err := l.next(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if e.ID == fmt.Sprint(i) {
				got = e.Type + e.Code
			}
		}
		if got == "errorunavailable" {
			info, err := os.Stat(s.file)
			if err != nil || info.Size() > 200_000 {
				t.Errorf("the file has %d bytes, %v", info.Size(), err)
			}
			return
		}
	}
	t.Error("it takes all")
}
