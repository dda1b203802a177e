package outbound

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Reason says why a request has failed, without its URL, which may be a secret.
func Reason(err error) string {
	var from *url.Error
	if errors.As(err, &from) {
		err = from.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "it didn't answer in time"
	}
	return err.Error()
}

// RetryAfter returns what a response's Retry-After asks for (RFC 9110, section 10.2.3); 0 for
// nothing.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}

// Backoff returns how long to wait after a number of failed attempts: from base, doubled
// each time, up to most, and up to a quarter less, so that not all retry in step.
func Backoff(base, most time.Duration, attempts int) time.Duration {
	wait := most
	if attempts < 32 && base<<attempts > 0 {
		wait = min(base<<attempts, most)
	}
	return wait - rand.N(wait/4+1) //nolint:gosec // jitter, no secret
}
