package chat

import (
	"net/http"
	"net/netip"
	"testing"
)

func TestWhereARequestComesFrom(t *testing.T) {
	proxies := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("2001:db8:ffff::/48")}
	for _, c := range []struct {
		what, remote string
		forwarded    []string // the X-Forwarded-For headers
		trusted      []netip.Prefix
		want         string
	}{
		{"directly", "192.0.2.1:1234", nil, nil, "192.0.2.1"},
		{"directly by IPv6", "[2001:db8::1]:1234", nil, nil, "2001:db8::1"},
		{"by IPv4 on a socket of IPv6", "[::ffff:192.0.2.1]:1234", nil, nil, "192.0.2.1"},
		{"nobody is trusted", "192.0.2.1:1234", []string{"198.51.100.7"}, nil, "192.0.2.1"},
		{"another is trusted", "192.0.2.1:1234", []string{"198.51.100.7"}, proxies, "192.0.2.1"},
		{"through a proxy", "10.1.2.3:1234", []string{"198.51.100.7"}, proxies, "198.51.100.7"},
		{"through a proxy on a socket of IPv6", "[::ffff:10.1.2.3]:1234", []string{"198.51.100.7"}, proxies, "198.51.100.7"},
		{"through a proxy that says nothing", "10.1.2.3:1234", nil, proxies, "10.1.2.3"},
		{"through two", "10.1.2.3:1234", []string{"198.51.100.7, 10.9.9.9"}, proxies, "198.51.100.7"},
		{"through two, in two headers", "10.1.2.3:1234", []string{"198.51.100.7", "10.9.9.9"}, proxies, "198.51.100.7"},
		{"what the client said before", "10.1.2.3:1234", []string{"203.0.113.9, 198.51.100.7"}, proxies, "198.51.100.7"},
		{"what the client said before, in a header of its own", "10.1.2.3:1234", []string{"203.0.113.9", "198.51.100.7"}, proxies, "198.51.100.7"},
		{"a client that takes itself for a proxy", "10.1.2.3:1234", []string{"203.0.113.9, 10.0.0.1, 198.51.100.7"}, proxies, "198.51.100.7"},
		{"by IPv6", "[2001:db8:ffff::1]:1234", []string{"2001:db8::7"}, proxies, "2001:db8::7"},
		{"with a port", "10.1.2.3:1234", []string{"198.51.100.7:4321"}, proxies, "198.51.100.7"},
		{"with a port, by IPv6", "10.1.2.3:1234", []string{"[2001:db8::7]:4321"}, proxies, "2001:db8::7"},
		{"what is no address", "10.1.2.3:1234", []string{"198.51.100.7, unknown"}, proxies, "10.1.2.3"},
		{"what is no address, behind another", "10.1.2.3:1234", []string{"unknown, 10.9.9.9"}, proxies, "10.9.9.9"},
		{"all are proxies", "10.1.2.3:1234", []string{"10.7.7.7, 10.9.9.9"}, proxies, "10.7.7.7"},
		{"a socket that has no address", "@", []string{"198.51.100.7"}, proxies, "invalid IP"},
	} {
		s := &Server{options: Options{TrustedProxies: c.trusted}}
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.forwarded}}
		if got := s.address(r).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

func TestThePageOfAProxysSchemeIsTheServersOwn(t *testing.T) {
	trusting := &Server{options: Options{TrustedProxies: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}}
	for _, c := range []struct {
		s      *Server
		proto  string
		origin string
		want   bool
	}{
		{trusting, "https", "https://chat.example", true},
		{trusting, "https", "http://chat.example", false},
		{trusting, "http", "http://chat.example", true},
		{trusting, "", "http://chat.example", true},
		{trusting, "gopher", "http://chat.example", true},
		{trusting, "https", "https://evil.example", false},
		{&Server{}, "https", "https://chat.example", false},
		{&Server{}, "https", "http://chat.example", true},
	} {
		r := &http.Request{RemoteAddr: "10.1.2.3:1234", Host: "chat.example", Header: http.Header{"Origin": {c.origin}, "X-Forwarded-Proto": {c.proto}}}
		if got := c.s.allowed(r); got != c.want {
			t.Errorf("%s said to come by %q, trusted: %t: %t", c.origin, c.proto, c.s == trusting, got)
		}
	}
}
