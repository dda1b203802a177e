// Package hookapi answers what programs post to the URLs of hooks: it decodes a request
// (package hook), sends it to the room as a message of the hook, and answers as Slack does,
// since most senders know that. It starts no goroutine.
//
// A URL's secret is in no log, metric or answer.
package hookapi

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"snug/internal/problem"
	"snug/internal/ratelimit"
	"snug/internal/room"
)

// Options configure a Handler.
type Options struct {
	Rooms        *room.Registry
	Log          *slog.Logger
	MaxChars     int         // in a message; 0 for no limit
	MessageRate  float64     // messages a second of each hook; 0 for no limit
	MessageBurst int         // messages at once; raised to what senders need
	Draining     func() bool // whether the server is shutting down
}

// Handler serves the URLs of hooks. It is safe for concurrent use.
type Handler struct {
	options  Options
	rates    *ratelimit.ByKey
	large    chan struct{} // one element for each large body in memory
	requests *prometheus.CounterVec
}

// leastBurst is what a sender may post at once, such as a monitoring system that reports
// what a broken network has broken.
const leastBurst = 30

// New returns a handler.
func New(o Options) *Handler {
	return &Handler{
		options: o,
		rates:   ratelimit.NewByKey(o.MessageRate, max(o.MessageBurst, leastBurst)),
		large:   make(chan struct{}, maxLarge),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "snug_hook_requests_total",
			Help: "Requests to the URLs of hooks, by HTTP status.",
		}, []string{"status"}),
	}
}

// Metrics returns what the handler counts.
func (h *Handler) Metrics() []prometheus.Collector { return []prometheus.Collector{h.requests} }

// Route is the pattern of the requests that are for a Handler. A hook's secret follows
// [room.HookPath].
const Route = "/" + room.HookPath + "{secret}"

// ServeHTTP implements [http.Handler]. The request has a path value "secret", as by [Route].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
	header.Set("Content-Type", "text/plain; charset=utf-8")
	a := h.answer(r)
	h.requests.WithLabelValues(strconv.Itoa(a.status)).Inc()
	if a.isJSON {
		header.Set("Content-Type", "application/json")
	}
	if a.status == http.StatusMethodNotAllowed {
		header.Set("Allow", "GET, HEAD, POST")
	}
	if a.retryAfter > 0 {
		problem.SetRetryAfter(header, a.retryAfter)
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the sender may be gone
}

// answer carries out a request.
func (h *Handler) answer(r *http.Request) answer {
	switch {
	case r.Method != http.MethodPost && r.Method != http.MethodGet && r.Method != http.MethodHead:
		return refused(http.StatusMethodNotAllowed, "action_prohibited", "POST a message here")
	case h.options.Draining():
		return unavailable(time.Second, "the server is shutting down")
	}
	code, member, ok := h.options.Rooms.OpenHook(r.PathValue("secret"))
	if !ok {
		return noService()
	}
	hook, err := h.options.Rooms.VisitHook(r.Context(), code, member)
	if err != nil {
		return h.failed(code, err)
	}
	defer hook.Leave()
	if r.Method == http.MethodPost {
		return h.post(r, hook)
	}
	body, err := json.Marshal(struct { // some senders ask first whether it is a hook
		Name string `json:"name"`
	}{hook.You().Nick})
	if err != nil {
		return h.failed(code, err)
	}
	return answer{status: http.StatusOK, isJSON: true, body: body}
}
