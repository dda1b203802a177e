// Package httpapi is what the server answers over plain HTTP: the page for users, and the
// operator's port.
package httpapi

import (
	"fmt"
	"net/http"
	"path"
	"strings"
	"time"

	"snug/internal/forwarded"
	"snug/internal/negotiate"
	"snug/internal/problem"
	"snug/web"
)

// Handler serves the page and, to clients that don't ask for HTML, a few lines that
// say how to connect. It is safe for concurrent use.
type Handler struct {
	page    *web.Page
	options Options
	mux     *http.ServeMux
}

// Options configure a Handler.
type Options struct {
	Outside         forwarded.Outside // how clients reach the server
	SecurityContact string            // a URL for /.well-known/security.txt; without it there is no such file
	Draining        func() bool       // reports whether the server is shutting down
}

// New returns a handler that serves page.
func New(page *web.Page, o Options) *Handler {
	h := &Handler{page: page, options: o, mux: http.NewServeMux()}
	h.mux.HandleFunc("/{$}", h.index)
	h.mux.HandleFunc("/r/{code}", page.Room) // the page itself reports an invalid code
	h.mux.HandleFunc("/healthz", h.health)
	h.mux.HandleFunc("/openapi.json", describe)
	h.mux.HandleFunc("/robots.txt", robots)
	if o.SecurityContact != "" {
		h.mux.HandleFunc("/.well-known/security.txt", h.security)
	}
	h.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { page.File(w, r, fileName(r)) })
	return h
}

// SetHeaders sets the headers that every answer to users has, also redirects and errors. A
// room's code is in its address, which is nobody else's business.
func SetHeaders(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	if at := path.Clean("/" + r.URL.Path); strings.HasPrefix(at, "/r/") || at == "/ws" {
		h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
	}
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	SetHeaders(w, r)
	if _, pattern := h.mux.Handler(r); pattern == "/" && !h.page.Has(fileName(r)) {
		problem.Write(w, http.StatusNotFound, "not found: a room is at r/CODE, with r/CODE/events, /messages and /commands for programs, and its WebSocket at ws?roomCode=CODE, below the server's own path")
		return
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		problem.Write(w, http.StatusMethodNotAllowed, "use GET: messages are posted to r/CODE, or to hooks/SECRET")
		return
	}
	h.mux.ServeHTTP(w, r)
}

// fileName returns the name of the page's file that r asks for.
func fileName(r *http.Request) string { return strings.TrimPrefix(r.URL.Path, "/") }

func (h *Handler) index(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	if negotiate.Prefers(r, "text/html", "text/plain") {
		h.page.Start(w, r)
		return
	}
	base := h.options.Outside.Base(r, "")
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("Cache-Control", "no-cache")
	_, _ = fmt.Fprintf(w, `Snug: chat rooms that anyone can open by a code.

Open %[1]s in a browser. Or, in two terminals, with any WebSocket
client:

    websocat "ws%[2]sws?roomCode=room1"

Then type into one of them, and read it in both:

    {"Author": "client 1", "Content": "content1"}

Or without a WebSocket; openapi.json says what else there is:

    curl -d "content1" "%[1]sr/room1"

A room exists as soon as somebody names it. Add &history=20 to start with its
last 20 messages. Programs offer the subprotocol snug.v1, which has more.
`, base, strings.TrimPrefix(base, "http")) // the client may be gone
}

// robots asks crawlers to stay away from rooms. A link to one may be published by mistake, and X-Robots-Tag
// keeps it out of an index if a crawler follows it all the same.
func robots(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Cache-Control", "no-cache")
	say(w, "User-agent: *\nDisallow: /r/\nDisallow: /ws\n")
}

// securityTxtValid is how long a fetched security.txt is valid (RFC 9116, section 2.5.5).
const securityTxtValid = 90 * 24 * time.Hour

// security serves security.txt (RFC 9116).
func (h *Handler) security(w http.ResponseWriter, _ *http.Request) {
	say(w, fmt.Sprintf("Contact: %s\nExpires: %s\n", h.options.SecurityContact, time.Now().Add(securityTxtValid).UTC().Format(time.RFC3339)))
}
