package ratelimit

import "net/netip"

// Network returns the network that counts as one address: an IPv4 address itself, or the
// first 64 bits of an IPv6 address, since a customer chooses the rest (RFC 6177). An IPv6
// address that contains the IPv4 address of its host counts as that. It returns the zero
// Prefix for the zero Addr.
func Network(a netip.Addr) netip.Prefix { return prefix(canonical(a), 64) }

// WiderNetwork returns the first 56 bits of an IPv6 address, which providers assign to
// one customer (RFC 6177). It returns the zero Prefix for other addresses.
func WiderNetwork(a netip.Addr) netip.Prefix {
	if a = canonical(a); !a.Is6() {
		return netip.Prefix{}
	}
	return prefix(a, 56)
}

// prefix returns the network of an IPv4 address alone, or of the first bits of an IPv6
// address.
func prefix(a netip.Addr, bits int) netip.Prefix {
	if a.Is4() {
		bits = 32
	}
	p, _ := a.Prefix(bits) // fails only for the zero Addr
	return p
}

// Prefixes of IPv6 addresses that contain an IPv4 address.
var (
	translated = netip.MustParsePrefix("::ffff:0:0:0/96") // RFC 2765
	nat64      = netip.MustParsePrefix("64:ff9b::/96")    // RFC 6052
	teredo     = netip.MustParsePrefix("2001::/32")       // RFC 4380: inverted, in the last 4 bytes
	sixToFour  = netip.MustParsePrefix("2002::/16")       // RFC 3056: after the prefix
)

// canonical returns an address without its zone, and as an IPv4 address if it contains
// that of its host: whoever has one IPv4 address has all such IPv6 addresses.
func canonical(a netip.Addr) netip.Addr {
	a = a.Unmap().WithZone("")
	if !a.Is6() {
		return a
	}
	b := a.As16()
	switch {
	case translated.Contains(a), nat64.Contains(a):
		return netip.AddrFrom4([4]byte(b[12:]))
	case teredo.Contains(a):
		return netip.AddrFrom4([4]byte{^b[12], ^b[13], ^b[14], ^b[15]})
	case sixToFour.Contains(a):
		return netip.AddrFrom4([4]byte(b[2:6]))
	}
	return a
}

// widths are the networks that an address counts for, the widest first: the bits that
// they have of an IPv6 address, and how many times the limits of an address apply to them.
// An IPv4 address counts for itself alone, by the last of them.
//
// A customer with a /56 or a /48 has 256 or 65,536 networks of 64 bits, and without
// limits for the wider ones would have the limits of all of them. The wider ones have
// larger limits, because mobile networks give each phone a /64.
var widths = [...]struct{ bits, times, timesWrong int }{
	{48, 16, 4},
	{56, 4, 2},
	{64, 1, 1},
}
