package cli

import (
	"net/http"
	"net/url"
	"strings"
)

// belowPrefix returns h for requests whose paths begin with the path of the public URL, for proxies that
// don't remove it. Other requests are as h expects them: the proxy has removed the path, or the client is on this
// side of it.
func belowPrefix(publicURL string, h http.Handler) http.Handler {
	u, err := url.Parse(publicURL)
	if err != nil || strings.Trim(u.Path, "/") == "" {
		return h
	}
	prefix := strings.TrimRight(u.Path, "/")
	below := http.StripPrefix(prefix, h)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == prefix:
			http.Redirect(w, r, prefix+"/", http.StatusPermanentRedirect)
		case strings.HasPrefix(r.URL.Path, prefix+"/"):
			below.ServeHTTP(w, r)
		default:
			h.ServeHTTP(w, r)
		}
	})
}
