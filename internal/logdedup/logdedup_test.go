package logdedup

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// logger returns one whose lines, without their times, come to out.
func logger() (log *slog.Logger, out *bytes.Buffer) {
	out = new(bytes.Buffer)
	return slog.New(New(slog.NewTextHandler(out, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	}))), out
}

func lines(out *bytes.Buffer) []string { return strings.Split(strings.TrimSpace(out.String()), "\n") }

func TestTenThousandFailuresAreAFewLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log, out := logger()
		for i := range 10_000 {
			log.With("conn", i).Error("a room can't be joined", "err", i)
		}
		if got := lines(out); len(got) != burst || got[0] != `level=ERROR msg="a room can't be joined" conn=0 err=0` {
			t.Errorf("there are %d lines: %q", len(got), got)
		}
		time.Sleep(time.Minute)
		out.Reset()
		for range 10_000 {
			log.Error("a room can't be joined")
		}
		if want := []string{fmt.Sprintf(`level=ERROR msg="a room can't be joined" more=%d`, 10_000-burst)}; out.Len() == 0 || lines(out)[0] != want[0] || len(lines(out)) != 1 {
			t.Errorf("a minute later it says %q, want %q", lines(out), want)
		}
	})
}

func TestMessagesThatDifferInANumberAreEqual(t *testing.T) {
	log, out := logger()
	for i := range 100 {
		log.Warn(fmt.Sprintf("http: Accept error: accept tcp 127.0.0.1:80: too many open files; retrying in %dms", i)) //nolint:sloglint // as net/http does
	}
	if n := len(lines(out)); n != burst {
		t.Errorf("there are %d lines", n)
	}
}

func TestOtherLinesAreAllLogged(t *testing.T) {
	log, out := logger()
	for i := range 100 {
		log.Info("stopping")
		log.WithGroup("g").Info("stopped", "i", i)
	}
	log.Error("one thing")
	log.Error("another thing")
	if n := len(lines(out)); n != 202 {
		t.Errorf("there are %d lines", n)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	h := New(slog.DiscardHandler)
	for i := range 10 * maxMessages {
		h.history.admit(strings.Repeat("x", i))
	}
	if n := len(h.history.byMessage); n > maxMessages {
		t.Errorf("it remembers %d messages", n)
	}
}
