// Package ownaddr finds the address by which other machines reach this one.
package ownaddr

import (
	"context"
	"net"
	"net/netip"
)

// Default returns this machine's address on the network that its default route leads
// to, and reports whether there is one. It sends nothing and doesn't block.
func Default() (netip.Addr, bool) {
	route, err := new(net.Dialer).DialContext(context.Background(), "udp", "192.0.2.1:9") // RFC 5737, section 3: nobody has this address
	if err != nil {
		return netip.Addr{}, false
	}
	defer route.Close()
	from, err := netip.ParseAddrPort(route.LocalAddr().String())
	if err != nil || from.Addr().IsLoopback() {
		return netip.Addr{}, false
	}
	return from.Addr(), true
}
