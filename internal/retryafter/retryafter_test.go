package retryafter

import (
	"net/http"
	"testing"
	"time"
)

func TestSecondsAndDatesAreRead(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "120": 2 * time.Minute, " 1 ": time.Second, "-1": 0, "soon": 0, "1e9": 0, "1.5": 0,
		"99999999999": longest, "99999999999999999999": longest,
		"Sun, 01 Mar 2026 12:01:00 GMT":  time.Minute,
		"Sunday, 01-Mar-26 12:01:00 GMT": time.Minute, // the obsolete formats, which RFC 9110 has recipients accept
		"Sun Mar  1 12:01:00 2026":       time.Minute,
		"Sun, 01 Mar 2026 11:00:00 GMT":  0,
		"Fri, 31 Dec 9999 23:59:59 GMT":  longest,
	} {
		got := Read(http.Header{"Retry-After": {value}}, now)
		if got != want {
			t.Errorf("Retry-After %q: %v, want %v", value, got, want)
		}
	}
}
