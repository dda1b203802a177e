package cli

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"github.com/pires/go-proxyproto"

	"snug/internal/forwarded"
)

// listen returns the function that listens for users. With --proxy-protocol, connections of trusted proxies
// must begin with a header of the PROXY protocol, which says where the client is. Others have no such header:
// if they send one, it is no HTTP, and they are refused.
func (f *flags) listen(sockets passedSockets) (func(flag, addr string) (net.Listener, error), error) {
	if !f.ProxyProtocol {
		return sockets.listen, nil
	}
	proxies, bad, ok := forwarded.ParseProxies(f.TrustedProxies)
	switch {
	case !ok:
		return nil, fmt.Errorf("--trusted-proxies: %q is no network, such as 10.0.0.0/8", bad)
	case len(proxies) == 0:
		return nil, errors.New("--proxy-protocol is for the proxies that --trusted-proxies names: set it, too")
	}
	policy := func(o proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) { //nolint:unparam // its type is the library's
		end, err := netip.ParseAddrPort(o.Upstream.String())
		if err == nil && proxies.Trust(end.Addr().Unmap().WithZone("")) {
			return proxyproto.REQUIRE, nil
		}
		return proxyproto.SKIP, nil
	}
	return func(flag, addr string) (net.Listener, error) {
		l, err := sockets.listen(flag, addr)
		if err != nil {
			return nil, err
		}
		return &proxyproto.Listener{Listener: l, ConnPolicy: policy}, nil
	}, nil
}
