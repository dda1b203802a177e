package cli

import (
	"errors"
	"net"

	"github.com/pires/go-proxyproto"

	"snug"
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
		return nil, &snug.OptionError{Option: "Web.TrustedProxies", Value: bad, Want: forwarded.ProxyLikes}
	case len(proxies) == 0:
		return nil, errors.New("--proxy-protocol is for the proxies that --trusted-proxies names: set it, too")
	}
	policy := func(o proxyproto.ConnPolicyOptions) (proxyproto.Policy, error) { //nolint:unparam // its type is the library's
		if _, trusted := proxies.Peer(o.Upstream.String()); trusted {
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
