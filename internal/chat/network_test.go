package chat

import (
	"net/netip"
	"testing"
)

func TestNetworksThatBansApplyTo(t *testing.T) {
	for address, want := range map[string][2]string{
		"192.0.2.7":              {"192.0.2.7/32", ""},
		"::ffff:192.0.2.7":       {"192.0.2.7/32", ""},
		"2001:db8:0:1234::7":     {"2001:db8:0:1234::/64", "2001:db8:0:1200::/56"},
		"2001:db8:0:12ff::7":     {"2001:db8:0:12ff::/64", "2001:db8:0:1200::/56"},
		"2001:db8:0:1300::7%eth": {"2001:db8:0:1300::/64", "2001:db8:0:1300::/56"},
	} {
		h := handshake{from: netip.MustParseAddr(address)}
		if got := [2]string{h.network(), h.widerNetwork()}; got != want {
			t.Errorf("%s: %q, want %q", address, got, want)
		}
	}
	unknown := handshake{}
	if unknown.network() != "" || unknown.widerNetwork() != "" {
		t.Errorf("an unknown address is %q in %q", unknown.network(), unknown.widerNetwork())
	}
}
