// Package problem writes the errors of HTTP responses as application/problem+json (RFC 9457),
// which programs and people can read.
package problem

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"snug/protocol"
)

// document is a problem (RFC 9457, section 3). The fields after Detail are those of a v1
// error.
type document struct {
	Title        string             `json:"title"`
	Status       int                `json:"status"`
	Detail       string             `json:"detail"`
	Code         protocol.ErrorCode `json:"code,omitempty"`
	ID           string             `json:"id,omitempty"`
	Ref          string             `json:"ref,omitempty"`
	RetryAfterMS int64              `json:"retry_after_ms,omitempty"`
	Reason       string             `json:"reason,omitempty"`
	Until        string             `json:"until,omitempty"`
	Address      bool               `json:"address,omitempty"`
}

// SetRetryAfter sets when a request may be repeated (RFC 9110, section 10.2.3): after wait,
// rounded up to a second, as a fraction too early would be refused again.
func SetRetryAfter(h http.Header, wait time.Duration) {
	h.Set("Retry-After", strconv.FormatInt(int64((wait+time.Second-1)/time.Second), 10))
}

// CheckOnce refuses a request that has one of some headers several times; the error is for the client.
func CheckOnce(r *http.Request, headers ...string) *protocol.Error {
	for _, name := range headers {
		if n := len(r.Header.Values(name)); n > 1 {
			return protocol.Errorf(protocol.BadField, "the header %s is there %d times: once is enough", name, n)
		}
	}
	return nil
}

// Query returns the parameters in a request's URL, each of which has one value in UTF-8. Unlike
// [url.URL.Query], it refuses those that can't be decoded, and doesn't leave them out; the error is for
// the client.
func Query(r *http.Request) (url.Values, *protocol.Error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, protocol.Errorf(protocol.BadField, "what follows the question mark isn't percent-encoded (%v): a percent sign is %%25, and a semicolon %%3B", err)
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		switch all := values[name]; {
		case len(all) > 1:
			return nil, protocol.Errorf(protocol.BadField, "%.40q is in the address %d times: once is enough", name, len(all))
		case !utf8.ValidString(name), !utf8.ValidString(all[0]):
			return nil, protocol.Errorf(protocol.BadField, "%.40q in the address isn't UTF-8: ü is %%C3%%BC", name)
		}
	}
	return values, nil
}

// WriteError answers a request with an error of the protocol.
func WriteError(w http.ResponseWriter, status int, e *protocol.Error) {
	d := document{
		Status: status, Detail: e.Message, Code: e.Code, ID: e.ID, Ref: e.Ref,
		RetryAfterMS: (e.RetryAfter + time.Millisecond - 1).Milliseconds(), Reason: e.Reason, Address: e.Address,
	}
	if e.Until != nil {
		d.Until = e.Until.UTC().Format(protocol.TimeLayout)
	}
	write(w, d)
}

// Write answers a request with status and one sentence that says what is wrong
// and what would be right.
func Write(w http.ResponseWriter, status int, detail string) {
	write(w, document{Status: status, Detail: detail})
}

func write(w http.ResponseWriter, d document) {
	d.Title = http.StatusText(d.Status)
	body, err := json.Marshal(d)
	if err != nil {
		panic("problem: strings and numbers can't be encoded: " + err.Error())
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(d.Status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}
