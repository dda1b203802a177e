package outbound

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/url"
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

// Backoff returns how long to wait after a number of failed attempts: from base, doubled
// each time, up to most, and up to a quarter less, so that not all retry in step.
func Backoff(base, most time.Duration, attempts int) time.Duration {
	wait := most
	if attempts < 32 && base<<attempts > 0 {
		wait = min(base<<attempts, most)
	}
	return wait - rand.N(wait/4+1) //nolint:gosec // jitter, no secret
}
