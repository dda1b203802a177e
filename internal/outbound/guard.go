package outbound

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// NewClient returns a client that connects by dialer, which becomes its own, and to public
// addresses only, unless private is set. It follows no redirects and uses no proxy.
func NewClient(dialer *net.Dialer, private bool, timeout time.Duration) *http.Client {
	if !private {
		dialer.Control = publicOnly
	}
	return &http.Client{
		Transport: &http.Transport{ // without the environment's proxy, which would connect for us
			DialContext:            dialer.DialContext,
			TLSHandshakeTimeout:    timeout,
			ForceAttemptHTTP2:      true,
			MaxIdleConns:           100,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: 16 << 10,
			DisableCompression:     true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// publicOnly is a [net.Dialer.Control]. It sees each address just before it is connected to,
// so whatever a name resolves to, now or a moment later, only public addresses are
// connected to.
func publicOnly(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("%w: it is no address", ErrNotPublic)
	}
	if !isPublic(to.Addr()) {
		return ErrNotPublic
	}
	return nil
}

// ErrNotPublic is the error of a connection to an address that isn't public. It doesn't say which one
// it is: that may be nobody's business.
var ErrNotPublic = errors.New("its address isn't public")

// isPublic reports whether an address is one that anyone on the internet can reach. It is
// not one of those with a special purpose in IANA's registries, alone or inside an IPv6
// address.
func isPublic(a netip.Addr) bool {
	if a.Zone() != "" {
		return false
	}
	a = a.Unmap()
	if nat64.Contains(a) {
		b := a.As16()
		return isPublic(netip.AddrFrom4([4]byte(b[12:])))
	}
	if a.Is6() && !globalUnicast.Contains(a) {
		return false
	}
	for _, p := range special {
		if p.Contains(a) {
			return false
		}
	}
	return true
}

var (
	// nat64 is how a host without IPv4 sees an IPv4 address (RFC 6052).
	nat64 = netip.MustParsePrefix("64:ff9b::/96")
	// globalUnicast is the part of IPv6 that is given out; all else is for special purposes.
	globalUnicast = netip.MustParsePrefix("2000::/3")
	// special are the networks of special purpose that are not reachable by all (RFC 6890 and
	// https://www.iana.org/assignments/iana-ipv4-special-registry/,
	// https://www.iana.org/assignments/iana-ipv6-special-registry/), and those that contain
	// another address, through which any network could be meant.
	special = []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),        // this host
		netip.MustParsePrefix("10.0.0.0/8"),       // private
		netip.MustParsePrefix("100.64.0.0/10"),    // carrier-grade NAT; metadata of some clouds
		netip.MustParsePrefix("127.0.0.0/8"),      // loopback
		netip.MustParsePrefix("168.63.129.16/32"), // Azure's own services
		netip.MustParsePrefix("169.254.0.0/16"),   // link-local; metadata of most clouds
		netip.MustParsePrefix("172.16.0.0/12"),    // private
		netip.MustParsePrefix("192.0.0.0/24"),     // protocol assignments; metadata of some clouds
		netip.MustParsePrefix("192.0.2.0/24"),     // documentation
		netip.MustParsePrefix("192.88.99.0/24"),   // relays to 6to4
		netip.MustParsePrefix("192.168.0.0/16"),   // private
		netip.MustParsePrefix("198.18.0.0/15"),    // benchmarks
		netip.MustParsePrefix("198.51.100.0/24"),  // documentation
		netip.MustParsePrefix("203.0.113.0/24"),   // documentation
		netip.MustParsePrefix("224.0.0.0/3"),      // multicast, reserved, broadcast
		netip.MustParsePrefix("2001::/23"),        // protocol assignments, with Teredo, which contains an IPv4 address
		netip.MustParsePrefix("2001:db8::/32"),    // documentation
		netip.MustParsePrefix("2002::/16"),        // 6to4, which contains an IPv4 address
		netip.MustParsePrefix("3fff::/20"),        // documentation
	}
)
