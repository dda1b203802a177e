package outbound

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "120": 2 * time.Minute, " 1 ": time.Second, "-1": 0, "soon": 0, "1e9": 0, "99999999999999999999": 0,
		"Sun, 01 Mar 2026 12:01:00 GMT": time.Minute, "Sun, 01 Mar 2026 11:00:00 GMT": 0,
	} {
		if got := RetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("Retry-After %q: %v, want %v", value, got, want)
		}
	}
}

func TestReasonsDoNotTellTheURL(t *testing.T) {
	for _, err := range []error{
		&url.Error{Op: "Post", URL: "https://example.com/s3cret", Err: errors.New("no route")},
		&url.Error{Op: "Post", URL: "https://example.com/s3cret", Err: context.DeadlineExceeded},
	} {
		if got := Reason(err); strings.Contains(got, "s3cret") || got == "" {
			t.Errorf("the reason is %q", got)
		}
	}
}
