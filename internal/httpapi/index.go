// Package httpapi is what Snug answers over plain HTTP.
package httpapi

import (
	"fmt"
	"net/http"
	"strings"

	"snug/internal/problem"
	"snug/web"
)

// Handler serves the page and, to those who don't ask for one, a few lines that
// say how to connect. It is safe for concurrent use.
type Handler struct {
	page *web.Page
	mux  *http.ServeMux
}

// New returns a handler that serves page.
func New(page *web.Page) *Handler {
	h := &Handler{page: page, mux: http.NewServeMux()}
	h.mux.HandleFunc("/{$}", h.index)
	h.mux.HandleFunc("/r/{code}", page.Room) // what is no code, the page says itself
	h.mux.HandleFunc("/", h.file)
	return h
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		problem.Write(w, http.StatusMethodNotAllowed, "this is only to be read: rooms are joined by a WebSocket")
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
	scheme, pageScheme := "ws", "http"
	if r.TLS != nil {
		scheme, pageScheme = "wss", "https"
	}
	// As the client named it: a program that embeds the server may have put it
	// below a path of its own.
	path, _, _ := strings.Cut(r.RequestURI, "?")
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

A room is there as soon as somebody names it. Add &history=20 to begin with its
last 20 messages. Programs offer the subprotocol snug.v1 and get more.
`, pageScheme, scheme, r.Host, path) // a client that is gone needs no answer
}

func (h *Handler) file(w http.ResponseWriter, r *http.Request) {
	if !h.page.File(w, r, strings.TrimPrefix(r.URL.Path, "/")) {
		problem.Write(w, http.StatusNotFound, "there is nothing here: the page of a room is at r/CODE, and its WebSocket at ws?roomCode=CODE, below the server's own path")
	}
}
