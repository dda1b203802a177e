package chat

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// allowed reports whether the page that r comes from may connect. A request
// without an Origin comes from no page: browsers always send one (RFC 6455,
// section 10.2).
func (s *Server) allowed(r *http.Request) bool {
	origins := r.Header.Values("Origin")
	switch len(origins) {
	case 0:
		return true
	case 1:
	default:
		return false
	}
	origin, ok := CanonicalOrigin(origins[0])
	if !ok {
		return false
	}
	own, ok := CanonicalOrigin(s.scheme(r) + "://" + r.Host)
	if ok && origin == own {
		return true
	}
	return slices.Contains(s.options.Origins, "*") || slices.Contains(s.options.Origins, origin)
}

// CanonicalOrigin returns an origin (RFC 6454, section 6.2) in the form that
// compares: lower case, without its scheme's own port. It reports false for
// what is none, "null" among it.
func CanonicalOrigin(s string) (string, bool) {
	u, err := url.Parse(strings.ToLower(s))
	if err != nil || u.Host == "" || u.Hostname() == "" {
		return "", false
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return "", false
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" || (u.Path != "" && u.Path != "/") {
		return "", false
	}
	host := u.Host
	if port := u.Port(); (u.Scheme == "http" && port == "80") || (u.Scheme == "https" && port == "443") || strings.HasSuffix(host, ":") {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return u.Scheme + "://" + host, true
}
