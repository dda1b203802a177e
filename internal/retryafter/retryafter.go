// Package retryafter reads the header by which a server says when a request may be repeated.
package retryafter

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// longest bounds what Read returns: more than anybody waits, and a duration can be added to it.
const longest = 100 * 365 * 24 * time.Hour

// Read returns how long the Retry-After of a response asks to wait (RFC 9110, section 10.2.3): a number
// of seconds, or until a date. It returns 0 if there is none, if it can't be read, or if the date has
// passed. Of a wait that is longer than a hundred years it returns these.
func Read(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(longest/time.Second))) * time.Second
	}
	if date, err := http.ParseTime(value); err == nil {
		return min(max(date.Sub(now), 0), longest)
	}
	return 0
}
