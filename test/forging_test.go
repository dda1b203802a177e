package test

import (
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

// TestLogCannotBeForged says what would be lines of the log, or turn a terminal's
// colours, wherever a client may say anything.
func TestLogCannotBeForged(t *testing.T) {
	t.Parallel()
	const forged = "\n" + `time=2026-01-01T00:00:00.000Z level=ERROR msg="forged"` + "\n\x1b[31m\u202e\u0085\u2028"
	s := newSite(t, "--limits=off")
	s.secret("forged")
	p := s.start()

	l, _ := s.enter(t, "room")
	for _, command := range []fields{
		{"type": "send", "id": "1", "content": forged},
		{"type": "send", "id": forged, "content": contents},
		{"type": "nick", "nick": forged},
		{"type": "history", "ref": forged},
		{"type": forged},
	} {
		if err := l.send(within(t), command); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.send(within(t), fields{"type": "ping", "ref": "done"}); err != nil {
		t.Fatal(err)
	}
	for {
		if e, err := l.next(within(t)); err != nil {
			t.Fatal(err)
		} else if e.Type == "pong" {
			break
		}
	}
	l.cut()
	escaped := strings.NewReplacer("\n", "%0A", " ", "%20", "\"", "%22", "\x1b", "%1B").Replace(forged)
	for _, request := range []string{
		"GET /ws?roomCode=" + escaped + " HTTP/1.1\r\nHost: snug\r\n\r\n",
		"GET /" + escaped + " HTTP/1.1\r\nHost: snug\r\n\r\n",
		"GET /ws?roomCode=room HTTP/1.1\r\nHost: " + forged + "\r\n\r\n",
		"GET /ws?roomCode=room HTTP/1.1\r\nHost: snug\r\nOrigin: " + forged + "\r\nUser-Agent: " + forged + "\r\n\r\n",
		"GET /ws?a;b=" + escaped + " HTTP/1.1\r\nHost: snug\r\n\r\n",
		forged + "\r\n\r\n",
	} {
		conn, err := net.DialTimeout("tcp", s.address(), patience)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write([]byte(request)); err != nil {
			t.Fatal(err)
		}
		_, _ = conn.Read(make([]byte, 1)) // whatever it is
		_ = conn.Close()                  // nothing was to be written
	}
	plain, err := http.Get("http://" + s.address() + "/ws?roomCode=" + escaped)
	if err != nil {
		t.Fatal(err)
	}
	_ = plain.Body.Close() // it was only read
	p.kill9(t)
	lines := strings.Split(strings.TrimSuffix(p.err.String(), "\n"), "\n")
	entry := regexp.MustCompile(`^time=\S+ level=(DEBUG|INFO) msg=`)
	for _, line := range lines {
		if !entry.MatchString(line) || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("a line of the log: %q", line)
		}
	}
	figure(t, "log forging", 12, "%d lines, each one event; content, seats or what was forged in it: 0", len(lines))
}
