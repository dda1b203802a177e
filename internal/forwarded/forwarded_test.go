package forwarded

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
)

func trusted(t testing.TB) Proxies {
	p, bad, ok := ParseProxies([]string{"10.0.0.0/8", "2001:db8:ffff::/48"})
	if !ok {
		t.Fatal(bad)
	}
	return p
}

func TestProxiesAreReadAsOperatorsWriteThem(t *testing.T) {
	for list, addrs := range map[string][]string{
		"10.0.0.0/8":              {"10.1.2.3"},
		"10.0.0.7/8":              {"10.1.2.3"}, // a host of the network
		"::ffff:127.0.0.1":        {"127.0.0.1"},
		"::ffff:10.0.0.0/104":     {"10.1.2.3"},
		" 10.0.0.1 ,\t::1 ":       {"10.0.0.1", "::1"},
		"10.0.0.1 192.0.2.1\n::1": {"10.0.0.1", "192.0.2.1", "::1"},
		"fe80::1%eth0":            {"fe80::1"},
	} {
		p, bad, ok := ParseProxies([]string{list})
		if !ok {
			t.Errorf("%q: %q is bad", list, bad)
		}
		for _, a := range addrs {
			if !p.trust(netip.MustParseAddr(a)) {
				t.Errorf("%q doesn't include %s", list, a)
			}
		}
		if p.trust(netip.MustParseAddr("198.51.100.1")) {
			t.Errorf("%q includes a stranger", list)
		}
	}
	for _, list := range []string{"10.0.0.0/33", "proxy.example", "10.0.0", "::ffff:0:0/64", "10.0.0.1;10.0.0.2"} {
		if p, bad, ok := ParseProxies([]string{"::1", list}); ok || bad != list {
			t.Errorf("%q: %v, bad %q", list, p, bad)
		}
	}
}

func TestClientAddr(t *testing.T) {
	proxies := trusted(t)
	for _, c := range []struct {
		what, remote string
		forwarded    []string // the X-Forwarded-For headers
		trusted      Proxies
		want         string
	}{
		{"directly", "192.0.2.1:1234", nil, nil, "192.0.2.1"},
		{"directly by IPv6", "[2001:db8::1]:1234", nil, nil, "2001:db8::1"},
		{"with a zone", "[fe80::1%eth0]:1234", nil, nil, "fe80::1"},
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
		{"in brackets", "10.1.2.3:1234", []string{"[2001:db8::7]"}, proxies, "2001:db8::7"},
		{"in brackets and quotes", "10.1.2.3:1234", []string{`"[2001:db8::7]"`}, proxies, "2001:db8::7"},
		{"in quotes, with a port", "10.1.2.3:1234", []string{`"[2001:db8::7]:47011"`}, proxies, "2001:db8::7"},
		{"with a zone, forwarded", "10.1.2.3:1234", []string{"fe80::1%25"}, proxies, "fe80::1"},
		{"with a trailing comma", "10.1.2.3:1234", []string{"198.51.100.7,"}, proxies, "198.51.100.7"},
		{"with spaces and tabs", "10.1.2.3:1234", []string{" \t198.51.100.7 , \t10.9.9.9\t,, "}, proxies, "198.51.100.7"},
		{"an IPv4 address in IPv6 form", "10.1.2.3:1234", []string{"::ffff:198.51.100.7, ::ffff:10.9.9.9"}, proxies, "198.51.100.7"},
		{"no address", "10.1.2.3:1234", []string{"198.51.100.7, unknown"}, proxies, "10.1.2.3"},
		{"an obfuscated name", "10.1.2.3:1234", []string{"_hidden"}, proxies, "10.1.2.3"},
		{"no address, behind another", "10.1.2.3:1234", []string{"unknown, 10.9.9.9"}, proxies, "10.9.9.9"},
		{"an unknown one of a client's own", "10.1.2.3:1234", []string{"unknown, 198.51.100.7"}, proxies, "198.51.100.7"},
		{"all are proxies", "10.1.2.3:1234", []string{"10.7.7.7, 10.9.9.9"}, proxies, "10.7.7.7"},
		{"a socket that has no address", "@", []string{"198.51.100.7"}, proxies, "invalid IP"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{"X-Forwarded-For": c.forwarded}}
		if got := c.trusted.ClientAddr(r).String(); got != c.want {
			t.Errorf("%s: %s, want %s", c.what, got, c.want)
		}
	}
}

func TestLocation(t *testing.T) {
	proxies := trusted(t)
	const proxy, stranger = "10.1.2.3:1234", "192.0.2.1:1234"
	type headers map[string]string
	for _, c := range []struct {
		remote, target, host string
		tls                  bool
		headers              headers
		want                 Location
	}{
		{stranger, "/", "chat.example", false, nil, Location{"http", "chat.example", "/"}},
		{stranger, "/", "chat.example", true, nil, Location{"https", "chat.example", "/"}},
		{stranger, "/", "chat.example", false, headers{"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil.example"}, Location{"http", "chat.example", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Proto": "https"}, Location{"https", "chat.example", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Proto": "HTTPS"}, Location{"https", "chat.example", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Proto": "wss"}, Location{"https", "chat.example", "/"}},
		{proxy, "/", "chat.example", true, headers{"X-Forwarded-Proto": "ws"}, Location{"http", "chat.example", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Proto": "https, http"}, Location{"https", "chat.example", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Proto": " https ,http"}, Location{"https", "chat.example", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Proto": "gopher"}, Location{"http", "chat.example", "/"}},
		{proxy, "/", "127.0.0.1:8080", false, headers{"X-Forwarded-Host": "chat.example", "X-Forwarded-Proto": "https"}, Location{"https", "chat.example", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Port": "8443", "X-Forwarded-Proto": "https"}, Location{"https", "chat.example:8443", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Port": "443", "X-Forwarded-Proto": "https"}, Location{"https", "chat.example", "/"}},
		{proxy, "/", "chat.example:9000", false, headers{"X-Forwarded-Port": "8443"}, Location{"http", "chat.example:9000", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Port": "80", "X-Forwarded-Proto": "https"}, Location{"https", "chat.example", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Port": "443"}, Location{"http", "chat.example", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Port": "abc"}, Location{"http", "chat.example", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Port": "0"}, Location{"http", "chat.example", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Port": "65536"}, Location{"http", "chat.example", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Port": "1;rm -rf"}, Location{"http", "chat.example", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Port": ", 8443"}, Location{"http", "chat.example:8443", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Proto": ", https"}, Location{"https", "chat.example", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Host": "evil.example/x"}, Location{"http", "chat.example", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Host": "evil.example/"}, Location{"http", "chat.example", "/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Host": "evil.example:1;x"}, Location{"http", "chat.example", "/"}},
		{proxy, "/", "[::1]", false, headers{"X-Forwarded-Port": "8443"}, Location{"http", "[::1]:8443", "/"}},
		{proxy, "/r/a", "chat.example", false, headers{"X-Forwarded-Prefix": "/chat"}, Location{"http", "chat.example", "/chat/r/a"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Prefix": "/chat/"}, Location{"http", "chat.example", "/chat/"}},
		{proxy, "/chat/", "chat.example", false, headers{"X-Forwarded-Prefix": "/chat"}, Location{"http", "chat.example", "/chat/"}},
		{proxy, "/", "chat.example", false, headers{"X-Forwarded-Prefix": "evil"}, Location{"http", "chat.example", "/"}},
		{stranger, "/?a=b", "chat.example", false, nil, Location{"http", "chat.example", "/"}},
		{stranger, "http://evil.example/x", "evil.example", false, nil, Location{"http", "evil.example", "/x"}}, // absolute form: net/http takes its host
	} {
		r := httptest.NewRequest(http.MethodGet, c.target, nil)
		r.RemoteAddr, r.Host, r.TLS = c.remote, c.host, nil
		if c.tls {
			r.TLS = new(tls.ConnectionState)
		}
		for name, value := range c.headers {
			r.Header.Set(name, value)
		}
		if got := proxies.Location(r); got != c.want {
			t.Errorf("%s %s %v: %v, want %v", c.remote, c.target, c.headers, got, c.want)
		}
	}
}

func TestBase(t *testing.T) {
	for _, c := range []struct {
		at    Location
		route string
		want  string
	}{
		{Location{"http", "localhost:8080", "/ws"}, "/ws", "http://localhost:8080/"},
		{Location{"https", "chat.example", "/chat/ws"}, "/ws", "https://chat.example/chat/"},
		{Location{"https", "chat.example", "/ws/ws"}, "/ws", "https://chat.example/ws/"},
		{Location{"https", "chat.example", "/r/r/r/lobby/commands"}, "/r/", "https://chat.example/r/r/"},
		{Location{"https", "chat.example", "/a b/ws"}, "/ws", "https://chat.example/a%20b/"},
		{Location{"https", "chat.example", "/elsewhere"}, "/ws", "https://chat.example/elsewhere/"},
	} {
		if got := c.at.Base(c.route); got != c.want {
			t.Errorf("%v: %s, want %s", c.at, got, c.want)
		}
	}
}

func TestParseLocation(t *testing.T) {
	for in, want := range map[string]string{
		"https://chat.example":             "https://chat.example/",
		"http://chat.example:8080/":        "http://chat.example:8080/",
		"https://example.com/chat":         "https://example.com/chat/",
		"https://example.com/a%20b/":       "https://example.com/a%20b/",
		"http://[2001:db8::1]:80/":         "http://[2001:db8::1]:80/",
		"chat.example":                     "",
		"//chat.example/":                  "",
		"ftp://chat.example/":              "",
		"https://example.com/chat//":       "",
		"https://example.com//chat/":       "",
		"https://example.com/a/../chat/":   "",
		"https://example.com/./":           "",
		"https://example.com/a%2Fb/":       "",
		"https://example.com/%63hat/":      "https://example.com/chat/",
		"https:///r/":                      "",
		"https://user:pass@chat.example/":  "",
		"https://chat.example/?":           "",
		"https://chat.example/?room=lobby": "",
		"https://chat.example/#x":          "",
		"https://chat.example:port/":       "",
		"https://chat.example:99999/":      "",
		"https://chat.%65xample/":          "",
		"":                                 "",
	} {
		l, ok := ParseLocation(in)
		if ok != (want != "") || ok && l.Base("") != want {
			t.Errorf("%q: %s, %v, want %s", in, l.Base(""), ok, want)
		}
	}
}

func TestCanonicalOrigin(t *testing.T) {
	for in, want := range map[string]string{
		"https://Chat.Example":      "https://chat.example",
		"https://chat.example:443":  "https://chat.example",
		"https://chat.example:80":   "https://chat.example:80",
		"http://chat.example:80":    "http://chat.example",
		"http://chat.example:":      "http://chat.example",
		"http://chat.example/":      "http://chat.example",
		"http://[::1]:3000":         "http://[::1]:3000",
		"http://[::1]:80":           "http://[::1]",
		"":                          "",
		"*":                         "",
		"null":                      "",
		"chat.example":              "",
		"//chat.example":            "",
		"ftp://chat.example":        "",
		"http://":                   "",
		"http://:80":                "",
		"http://chat.example/a":     "",
		"http://chat.example?a":     "",
		"http://chat.example#a":     "",
		"http://a@chat.example":     "",
		"http://chat.example:x":     "",
		"http://chat.example:65536": "",
		"http://chat.example:65535": "http://chat.example:65535",
		"http://chat example":       "",
		"http://chat%eea]plx":       "",
		"http://%63hat.example":     "",
	} {
		if got, ok := CanonicalOrigin(in); got != want || ok != (want != "") {
			t.Errorf("CanonicalOrigin(%q) is %q, %v; want %q", in, got, ok, want)
		}
	}
}

func FuzzForwarded(f *testing.F) {
	f.Add("198.51.100.7, 10.0.0.1", "https", "chat.example", "/chat")
	f.Add(`"[2001:db8::7]:1",unknown,,`, "WSS, http", "[::1", "//")
	f.Fuzz(func(t *testing.T, addrs, proto, host, prefix string) {
		proxies := trusted(t)
		r := httptest.NewRequest(http.MethodGet, "/r/a", nil)
		r.RemoteAddr, r.Header = "10.1.2.3:1", http.Header{
			"X-Forwarded-For": {addrs}, "X-Forwarded-Proto": {proto}, "X-Forwarded-Host": {host}, "X-Forwarded-Prefix": {prefix},
		}
		if a := proxies.ClientAddr(r); !a.IsValid() || a.Is4In6() || a.Zone() != "" {
			t.Errorf("X-Forwarded-For %q: %v", addrs, a)
		}
		l := proxies.Location(r)
		if l.Scheme != "http" && l.Scheme != "https" {
			t.Errorf("%v", l)
		}
		if origin := l.Origin(); origin != "" {
			if again, ok := CanonicalOrigin(origin); !ok || again != origin {
				t.Errorf("%v: %q becomes %q", l, origin, again)
			}
		}
		r.RemoteAddr = "192.0.2.1:1"
		if a := proxies.ClientAddr(r); a.String() != "192.0.2.1" {
			t.Errorf("a stranger chose to be %v", a)
		}
	})
}
