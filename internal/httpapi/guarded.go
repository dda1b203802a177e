package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"snug/internal/problem"
)

// guarded keeps the operator's port to the operator. With a secret, a request has to
// bring it, as a bearer token (RFC 6750) or, as browsers ask for it, as a password
// under any name. Without one a request has to name the machine itself as its host:
// a web page elsewhere that has its own name lead here can't do that. Nor can
// any page of another origin make a request that changes something.
func guarded(next http.Handler, secret string) http.Handler {
	crossing := http.NewCrossOriginProtection()
	crossing.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem.Write(w, http.StatusForbidden, "the request is another web page's: only this port's own pages and programs may make it")
	}))
	next = crossing.Handler(next)
	want := sha256.Sum256([]byte(secret))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case secret == "" && !local(r.Host):
			problem.Write(w, http.StatusForbidden, "without a secret this port answers only to localhost, 127.0.0.1 and [::1]: ask for one of these")
		case secret != "" && !proves(r, want):
			w.Header().Set("WWW-Authenticate", `Basic realm="snug admin", charset="UTF-8"`)
			problem.Write(w, http.StatusUnauthorized, "the admin secret is missing or wrong: send it as Authorization: Bearer SECRET")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// proves reports whether r brings the secret whose hash is want. Hashes have one
// length, so the comparison takes as long for any guess.
func proves(r *http.Request, want [sha256.Size]byte) bool {
	_, said, basic := r.BasicAuth()
	if !basic {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return false
		}
		said = strings.TrimSpace(token)
	}
	got := sha256.Sum256([]byte(said))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// local reports whether a Host header names this machine by a name that nobody else
// can give it.
func local(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.Trim(host, "[]")
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}
