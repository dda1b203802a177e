package chat

import (
	"net/http"
	"slices"
	"strings"

	"snug/internal/forwarded"
)

// originAllowed reports whether the web page that r comes from may connect. A request
// without an Origin comes from no page: browsers always send one (RFC 6455, section
// 10.2).
func (s *Server) originAllowed(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	if len(origins) == 0 {
		return true
	}
	own := s.options.Outside.Origins(r)
	if origin, ok := forwarded.CanonicalOrigin(origins[0]); ok && len(origins) == 1 {
		if slices.Contains(own, origin) || slices.Contains(s.options.Origins, "*") || slices.Contains(s.options.Origins, origin) {
			return true
		}
	}
	// Behind a proxy that hides how it is reached, the server's own page is refused, and
	// only the operator can see why.
	s.options.Log.Warn("a web page was refused because of its origin", "origin", clip(origins[0]), "own", strings.Join(own, " "))
	return false
}

// clip cuts what a stranger sent to a length that a log line can have.
func clip(s string) string {
	const limit = 200
	if len(s) > limit {
		return s[:limit] + "…"
	}
	return s
}
