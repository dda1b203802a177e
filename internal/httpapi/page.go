package httpapi

import (
	"embed"
	"net/http"
)

// inside is the page that shows the process at work.
//
//go:embed inside
var inside embed.FS

// addPage adds the page at /, that of the rooms, and what they need. They load nothing from elsewhere and
// run no script but their own.
func addPage(mux *http.ServeMux) {
	for path, file := range map[string]string{
		"GET /{$}":        "inside/index.html",
		"GET /inside.css": "inside/inside.css",
		"GET /inside.js":  "inside/inside.js",
		"GET /rooms.html": "inside/rooms.html",
		"GET /rooms.css":  "inside/rooms.css",
		"GET /rooms.js":   "inside/rooms.js",
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
			h.Set("X-Content-Type-Options", "nosniff")
			h.Set("Referrer-Policy", "no-referrer")
			h.Set("Cache-Control", "no-cache")
			http.ServeFileFS(w, r, inside, file)
		})
	}
}
