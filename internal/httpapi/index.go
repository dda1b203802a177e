// Package httpapi is what the server answers over plain HTTP: the page for users, and the
// operator's port.
package httpapi

import (
	"fmt"
	"net/http"
	"strings"

	"snug/internal/forwarded"
	"snug/internal/problem"
	"snug/web"
)

// Handler serves the page and, to clients that don't ask for HTML, a few lines that
// say how to connect. It is safe for concurrent use.
type Handler struct {
	page    *web.Page
	proxies forwarded.Proxies
	mux     *http.ServeMux
}

// New returns a handler that serves page behind trusted proxies.
func New(page *web.Page, proxies forwarded.Proxies) *Handler {
	h := &Handler{page: page, proxies: proxies, mux: http.NewServeMux()}
	h.mux.HandleFunc("/{$}", h.index)
	h.mux.HandleFunc("/r/{code}", page.Room) // the page itself reports an invalid code
	h.mux.HandleFunc("/", h.file)
	return h
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		problem.Write(w, http.StatusMethodNotAllowed, "use GET: rooms are joined by a WebSocket")
		return
	}
	h.mux.ServeHTTP(w, r)
}

func (h *Handler) index(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	if strings.Contains(strings.Join(r.Header.Values("Accept"), ","), "text/html") {
		h.page.Start(w, r)
		return
	}
	at := h.proxies.Location(r)
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-cache")
	_, _ = fmt.Fprintf(w, `Snug: chat rooms that anyone can open by a code.

Open %[1]s://%[3]s%[4]s in a browser. Or, in two terminals, with any WebSocket
client:

    websocat "%[2]s://%[3]s%[4]sws?roomCode=room1"

Then type into one of them, and read it in both:

    {"Author": "client 1", "Content": "content1"}

A room exists as soon as somebody names it. Add &history=20 to start with its
last 20 messages. Programs offer the subprotocol snug.v1, which has more.
`, at.Scheme, at.WebSocketScheme(), at.Host, at.Path) // the client may be gone
}

func (h *Handler) file(w http.ResponseWriter, r *http.Request) {
	if !h.page.File(w, r, strings.TrimPrefix(r.URL.Path, "/")) {
		problem.Write(w, http.StatusNotFound, "not found: a room's page is at r/CODE and its WebSocket at ws?roomCode=CODE, below the server's own path")
	}
}
