package text_test

import (
	"strings"
	"testing"
	"time"

	"snug/internal/text"
)

func TestSpansAreShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Hour: "1h", 90 * time.Minute: "1h30m", 10 * time.Minute: "10m", 10 * time.Second: "10s", 1500 * time.Millisecond: "1.5s",
		100 * time.Minute: "1h40m", time.Hour + time.Second: "1h0m1s", 0: "0s", 24 * time.Hour: "1d", 7 * 24 * time.Hour: "7d", 36 * time.Hour: "36h",
	} {
		if got := text.Span(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
func TestSpansAreRead(t *testing.T) {
	for s, want := range map[string]time.Duration{"90s": 90 * time.Second, "1h30m": 90 * time.Minute, "7d": 7 * 24 * time.Hour} {
		if got, err := text.ParseSpan(s); err != nil || got != want {
			t.Errorf("%q: %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "7", "-1h", "0s", "-2d", "0d", "99999d", "soon", "d"} {
		if got, err := text.ParseSpan(s); err == nil {
			t.Errorf("%q is taken for %v", s, got)
		}
	}
}

func TestEndsAreRead(t *testing.T) {
	now := time.Date(2026, time.March, 4, 12, 0, 0, 0, time.Local)
	for s, want := range map[string]time.Time{
		"2h":                   now.Add(2 * time.Hour),
		"30d":                  now.Add(30 * 24 * time.Hour),
		"2026-05-01":           time.Date(2026, time.May, 1, 0, 0, 0, 0, time.Local),
		"2026-05-01 18:30":     time.Date(2026, time.May, 1, 18, 30, 0, 0, time.Local),
		"2026-05-01T18:30:00Z": time.Date(2026, time.May, 1, 18, 30, 0, 0, time.UTC),
	} {
		if got, err := text.ParseEnd(s, now); err != nil || !got.Equal(want) {
			t.Errorf("%q: %v, %v; want %v", s, got, err, want)
		}
		if again, err := text.ParseEnd(text.Stamp(want.UTC().Format(time.RFC3339)), now); err != nil || !again.Equal(want) {
			t.Errorf("%v is shown as %v, %v", want, again, err)
		}
	}
	for _, s := range []string{"", "soon", "18:30", "2026-13-01"} {
		if got, err := text.ParseEnd(s, now); err == nil || !strings.Contains(err.Error(), "30d or 2026-05-01") {
			t.Errorf("%q: %v, %v", s, got, err)
		}
	}
}
