// Package problem writes the errors of HTTP responses as application/problem+json (RFC 9457),
// which programs and people can read.
package problem

import (
	"encoding/json"
	"net/http"
)

// Write answers a request with status and one sentence that says what is wrong
// and what would be right.
func Write(w http.ResponseWriter, status int, detail string) {
	body, err := json.Marshal(struct {
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{http.StatusText(status), status, detail})
	if err != nil {
		panic("problem: strings and a number can't be encoded: " + err.Error())
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the client may be gone
}
