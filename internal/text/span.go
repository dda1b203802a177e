package text

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// Span formats a duration without trailing zeros, and whole days as such: 1h, not 1h0m0s.
func Span(d time.Duration) string {
	if d >= day && d%day == 0 {
		return strconv.FormatInt(int64(d/day), 10) + "d"
	}
	s := d.String()
	if short, is := strings.CutSuffix(s, "m0s"); is {
		s = short + "m"
	}
	if short, is := strings.CutSuffix(s, "h0m"); is {
		s = short + "h"
	}
	return s
}

// ParseSpan reads a duration above 0, such as 90s, 30m, 12h or 7d.
func ParseSpan(s string) (time.Duration, error) {
	if days, is := strings.CutSuffix(s, "d"); is {
		if n, err := strconv.Atoi(days); err == nil && n > 0 && n <= 36500 {
			return time.Duration(n) * day, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q isn't a time: give one such as 90s, 30m, 12h or 7d", s)
	}
	return d, nil
}

// ends are the layouts of the dates that ParseEnd reads. Those without a zone are local.
var ends = []string{time.RFC3339, time.DateTime, "2006-01-02 15:04", "2006-01-02T15:04", time.DateOnly}

// ParseEnd reads when something ends: so long after now, such as 30d, or at a date.
func ParseEnd(s string, now time.Time) (time.Time, error) {
	if d, err := ParseSpan(s); err == nil {
		return now.Add(d), nil
	}
	for _, layout := range ends {
		if at, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errors.New(strconv.Quote(s) + " isn't a time: give one such as 30d or 2026-05-01, or with the hour, as in \"2026-05-01 18:30\"")
}

// Stamp formats a time of the protocol in the local time zone. Another text stays as it is,
// safe to show.
func Stamp(s string) string { return stampIn(s, time.Local) }

func stampIn(s string, zone *time.Location) string {
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		return Line(s)
	}
	return at.In(zone).Format(time.DateTime)
}
