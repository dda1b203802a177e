package chat

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// address returns where a request comes from: the other end of its connection,
// or what a trusted proxy there says. Each proxy adds to X-Forwarded-For at its
// right end, so what counts is the last one there that isn't a proxy's own; what
// stands left of it anyone may have written. The zero Addr is that of a request
// whose other end has none.
func (s *Server) address(r *http.Request) netip.Addr {
	end, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	from := end.Addr().Unmap()
	if !s.trusted(from) {
		return from
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		a, ok := parseHop(strings.TrimSpace(hop))
		if !ok {
			return from // the proxy that named from knows no more
		}
		if from = a; !s.trusted(from) {
			return from
		}
	}
	return from
}

// parseHop reads one address; some proxies give it with its port.
func parseHop(s string) (netip.Addr, bool) {
	if end, err := netip.ParseAddrPort(s); err == nil {
		return end.Addr().Unmap(), true
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap(), err == nil
}

func (s *Server) trusted(a netip.Addr) bool {
	return slices.ContainsFunc(s.options.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(a) })
}

// scheme returns how a page of the server's own is reached: as the request is, or
// as a trusted proxy in front says.
func (s *Server) scheme(r *http.Request) string {
	if end, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && s.trusted(end.Addr().Unmap()) {
		if said := r.Header.Get("X-Forwarded-Proto"); said == "https" || said == "http" {
			return said
		}
	}
	if r.TLS != nil {
		return "https"
	}
	return "http"
}
