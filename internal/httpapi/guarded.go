package httpapi

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"snug/internal/problem"
	"snug/internal/ratelimit"
)

// wrongSecrets is how many wrong secrets an address may send in a minute.
const wrongSecrets = 10

// guarded admits only the operator. With a secret, a request must bring it, as a bearer
// token (RFC 6750) or, because browsers ask for that, as a password with any user name.
// Without a secret, a request must name this machine as its host: a web page that resolves
// its own name to this machine can't do that (DNS rebinding).
//
// Requests that a web page of another origin causes are refused in either case, also those that
// only read: they would bring the password that the browser knows, and a profile costs
// the server even if the page can't read it.
func guarded(next http.Handler, secret string) http.Handler {
	next = sameOrigin(decoded(next))
	want := sha256.Sum256([]byte(secret))
	limiter := ratelimit.New(ratelimit.Limits{WrongPasswordsPerMinute: wrongSecrets})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if secret == "" {
			if !isLocal(r.Host) {
				problem.Write(w, http.StatusForbidden, "without a secret, this port answers only requests to localhost, 127.0.0.1 and [::1]: use one of these")
				return
			}
			next.ServeHTTP(w, r)
			return
		}
		if r.Header.Get("Authorization") == "" { // no guess: a browser's first request
			unauthorized(w)
			return
		}
		right, wait, err := limiter.CheckPassword(r.Context(), peer(r), func() (bool, error) { return proves(r, want), nil })
		switch {
		case wait > 0:
			w.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
			problem.Write(w, http.StatusTooManyRequests, "too many wrong secrets from your address: try again later")
		case err != nil: // the client has gone
		case !right:
			unauthorized(w)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func unauthorized(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", `Basic realm="snug admin", charset="UTF-8"`)
	problem.Write(w, http.StatusUnauthorized, "the operator's secret is missing or wrong: send it as Authorization: Bearer SECRET")
}

// peer is the address that r comes from.
func peer(r *http.Request) netip.Addr {
	end, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return end.Addr().Unmap()
}

// sameOrigin refuses requests that a web page of another origin causes. Browsers say so in
// Sec-Fetch-Site, and older ones, for some requests, in Origin; programs send neither. Following a link
// to the live page is allowed.
func sameOrigin(next http.Handler) http.Handler {
	crossing := http.NewCrossOriginProtection()
	refuse := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		problem.Write(w, http.StatusForbidden, "another web page has caused this request: only this port's own page and programs may make it")
	})
	crossing.SetDenyHandler(refuse)
	next = crossing.Handler(next) // requests that change something
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		site := r.Header.Get("Sec-Fetch-Site")
		link := r.URL.Path == "/" && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Sec-Fetch-Dest") == "document"
		foreign := site == "cross-site" || site == "same-site"
		if origin := r.Header.Get("Origin"); site == "" && origin != "" && origin != "http://"+r.Host && origin != "https://"+r.Host {
			foreign = true
		}
		if foreign && !link {
			refuse(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// decoded refuses requests with a query that can't be decoded, or has a parameter twice, of which parts
// would be left out.
func decoded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, refused := problem.Query(r); refused != nil {
			problem.WriteError(w, http.StatusBadRequest, refused)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// proves reports whether r brings the secret with the hash want. Hashes have equal
// lengths, so the comparison takes the same time for each guess.
func proves(r *http.Request, want [sha256.Size]byte) bool {
	_, sent, basic := r.BasicAuth()
	if !basic {
		scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		if !strings.EqualFold(scheme, "Bearer") {
			return false
		}
		sent = strings.TrimSpace(token)
	}
	got := sha256.Sum256([]byte(sent))
	return subtle.ConstantTimeCompare(got[:], want[:]) == 1
}

// isLocal reports whether a Host header names this machine by a name that nobody else can
// give it.
func isLocal(host string) bool {
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
