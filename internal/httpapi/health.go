package httpapi

import (
	"net/http"
	"time"

	"snug/internal/openapi"
	"snug/internal/problem"
	"snug/protocol"
)

// health says whether the server serves, for load balancers that don't reach the
// operator's port.
func (h *Handler) health(w http.ResponseWriter, _ *http.Request) {
	if h.options.Draining() {
		e := protocol.Errorf(protocol.Unavailable, "the server is shutting down: come back in a while")
		e.RetryAfter = time.Second
		w.Header().Set("Retry-After", "1")
		problem.WriteError(w, http.StatusServiceUnavailable, e)
		return
	}
	say(w, "ok\n")
}

// describeAdmin says what programs can request of the operator's port.
func describeAdmin(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(openapi.Admin) // the client may be gone
}

// describe says what programs can request.
func describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-cache")
	_, _ = w.Write(openapi.JSON) // the client may be gone
}
