// Package forwarded tells how a request looks from outside, when reverse proxies are in
// front of the server: the client's address, and the scheme, host and path prefix by
// which the client reached it. It is the one place that reads X-Forwarded headers, and
// believes them only from trusted proxies. It is also the one that knows the public URL, so
// it decides which URL and which origins are the server's own (outside.go), and where below a path its
// routes are (path.go).
package forwarded

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// Proxies are the networks of trusted proxies.
type Proxies []netip.Prefix

// ProxyLikes says what ParseProxies parses.
const ProxyLikes = "a network such as 10.0.0.0/8 or 2001:db8::/32, or an address"

// ParseProxies parses networks and single addresses, as operators write them: with spaces
// around them, and IPv4 networks also in their IPv6 form. It returns the first element
// that is neither as bad.
func ParseProxies(list []string) (p Proxies, bad string, ok bool) {
	for _, element := range list {
		for s := range strings.FieldsFuncSeq(element, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' || r == '\r' }) {
			network, err := netip.ParsePrefix(s)
			if a, addrErr := netip.ParseAddr(s); err != nil && addrErr == nil {
				network, err = a.WithZone("").Prefix(a.BitLen())
			}
			if err != nil {
				return nil, s, false
			}
			if a := network.Addr(); a.Is4In6() { // addresses of clients are compared in their IPv4 form
				if network.Bits() < 96 {
					return nil, s, false
				}
				network = netip.PrefixFrom(a.Unmap(), network.Bits()-96)
			}
			p = append(p, network.Masked())
		}
	}
	return p, "", true
}

// trust reports whether a is a proxy's address.
func (p Proxies) trust(a netip.Addr) bool {
	return slices.ContainsFunc(p, func(n netip.Prefix) bool { return n.Contains(a) })
}

// Peer returns the address of the other end of a connection, which is at remote, as HOST:PORT, and
// whether that is a trusted proxy.
func (p Proxies) Peer(remote string) (a netip.Addr, trusted bool) {
	end, err := netip.ParseAddrPort(remote)
	if err != nil {
		return netip.Addr{}, false
	}
	a = end.Addr().Unmap().WithZone("")
	return a, p.trust(a)
}

// ClientAddr returns the client's address: the other end of r's connection or, if that is a
// trusted proxy, the last address in X-Forwarded-For that isn't one. Each proxy
// appends the address that it sees, so anything further left may be the client's
// invention. If the proxies don't know an address, the result is that of the proxy
// which doesn't. It is the zero Addr if the connection has no IP address.
func (p Proxies) ClientAddr(r *http.Request) netip.Addr {
	from, trusted := p.Peer(r.RemoteAddr)
	if !trusted {
		return from
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if hop = strings.Trim(hop, " \t\""); hop == "" {
			continue // a trailing comma, or a header without a value
		}
		a, ok := parseHop(hop)
		if !ok {
			return from // "unknown", or an obfuscated name
		}
		if from = a; !p.trust(from) {
			return from
		}
	}
	return from
}

// parseHop parses an address, possibly with a port, and IPv6 addresses possibly in brackets.
func parseHop(s string) (netip.Addr, bool) {
	if end, err := netip.ParseAddrPort(s); err == nil {
		return end.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(s, "["), "]"))
	return a.Unmap().WithZone(""), err == nil
}

// Location is where a client reaches the server.
type Location struct {
	Scheme string // "http" or "https"
	Host   string // with a port, unless it is the scheme's own
	Path   string // of the request, with the prefix that a proxy has removed
}

// ParseLocation returns the location of a server whose base URL is s, such as
// "https://chat.example" or "https://example.com/chat/". It reports false for anything else, also for
// paths that clients or proxies would write in another way: with "..", two slashes or an escaped one.
func ParseLocation(s string) (l Location, ok bool) {
	u, err := url.Parse(s)
	if err != nil || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return Location{}, false
	}
	l = Location{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimSuffix(u.Path, "/") + "/"}
	clean := strings.TrimSuffix(path.Clean(l.Path), "/")+"/" == l.Path && !strings.Contains(strings.ToLower(u.RawPath), "%2f")
	return l, clean && l.Origin() != ""
}

// Origin returns the origin of pages at l, in the form of [CanonicalOrigin]; "" if l's host
// isn't valid.
func (l Location) Origin() string {
	origin, _ := CanonicalOrigin(l.Scheme + "://" + l.Host)
	return origin
}

// URL returns l as a URL; "" if l is zero.
func (l Location) URL() string {
	if l == (Location{}) {
		return ""
	}
	u := url.URL{Scheme: l.Scheme, Host: l.Host, Path: l.Path}
	return u.String()
}

// Base returns the URL of the server's own root, with a slash at its end. route is the part of
// the path where the server's own routes begin, such as "/ws".
func (l Location) Base(route string) string {
	prefix := l.Path
	if at := strings.LastIndex(prefix, route); at >= 0 {
		prefix = prefix[:at]
	}
	l.Path = strings.TrimSuffix(prefix, "/") + "/"
	return l.URL()
}

// Location returns where the client has reached the server with r. A trusted proxy says so in
// X-Forwarded-Proto, X-Forwarded-Host, X-Forwarded-Port and X-Forwarded-Prefix. What it
// doesn't say, or what can't be, is as r has it. The host of a request that names none is the
// address that its connection came to.
func (p Proxies) Location(r *http.Request) Location {
	l := Location{Scheme: "http", Host: r.Host, Path: requestURL(r).Path}
	if !isHost(l.Host) {
		l.Host = localHost(r)
	}
	if r.TLS != nil {
		l.Scheme = "https"
	}
	if _, trusted := p.Peer(r.RemoteAddr); !trusted {
		return l
	}
	switch strings.ToLower(first(r, "X-Forwarded-Proto")) {
	case "https", "wss":
		l.Scheme = "https"
	case "http", "ws":
		l.Scheme = "http"
	}
	if host := first(r, "X-Forwarded-Host"); isHost(host) {
		l.Host = host
	}
	if port := first(r, "X-Forwarded-Port"); isPort(port) && !hasPort(l.Host) && !isDefault("http", port) && !isDefault("https", port) {
		l.Host += ":" + port // the other scheme's own port would be that of a proxy before the last one
	}
	if prefix := first(r, "X-Forwarded-Prefix"); strings.HasPrefix(prefix, "/") && !strings.HasPrefix(l.Path, strings.TrimSuffix(prefix, "/")+"/") {
		l.Path = strings.TrimSuffix(prefix, "/") + l.Path
	}
	return l
}

// localHost returns the address that r's connection came to. At a unix socket, that is this machine's.
func localHost(r *http.Request) string {
	if to, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr); ok {
		at := to.AddrPort()
		return netip.AddrPortFrom(at.Addr().Unmap().WithZone(""), at.Port()).String()
	}
	return "localhost"
}

// requestURL returns the URL as the client has sent it: a prefix may have been removed from r.URL.
func requestURL(r *http.Request) *url.URL {
	if u, err := url.ParseRequestURI(r.RequestURI); err == nil && u.Path != "" {
		return u
	}
	return r.URL
}

// first returns the first element of a header that is a list: the one nearest to the client.
// It passes over empty ones.
func first(r *http.Request, header string) string {
	for value := range strings.SplitSeq(strings.Join(r.Header.Values(header), ","), ",") {
		if value = strings.Trim(value, " \t\""); value != "" {
			return value
		}
	}
	return ""
}

// isHost reports whether s is the host of a URL, perhaps with a port.
func isHost(s string) bool {
	_, ok := CanonicalOrigin("http://" + s)
	return ok && !strings.HasSuffix(s, "/")
}

// isPort reports whether s is a TCP port that can be connected to.
func isPort(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && n > 0
}

func hasPort(host string) bool {
	return strings.LastIndexByte(host, ':') > strings.LastIndexByte(host, ']')
}

func isDefault(scheme, port string) bool {
	return scheme == "http" && port == "80" || scheme == "https" && port == "443"
}

// CanonicalOrigin returns an origin (RFC 6454, section 6.2) in the form in which origins are
// compared: lower case, and without the scheme's own port. It reports false for anything
// that isn't the origin of a web page, such as "null".
func CanonicalOrigin(s string) (origin string, ok bool) {
	u, err := url.Parse(strings.ToLower(s))
	if strings.Contains(s, "%") { // url.Parse would decode it: no host has any
		return "", false
	}
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
	port := u.Port()
	if _, err := strconv.ParseUint(port, 10, 16); port != "" && err != nil {
		return "", false
	}
	if isDefault(u.Scheme, port) || strings.HasSuffix(host, ":") {
		host = strings.TrimSuffix(host, ":"+port)
	}
	return u.Scheme + "://" + host, true
}
