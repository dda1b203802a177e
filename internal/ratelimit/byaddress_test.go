package ratelimit

import (
	"net/netip"
	"testing"
	"testing/synctest"
)

// A customer has many networks of 64 bits, and not as many times the rate of an address.
func TestWiderNetworksHaveRates(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for network, want := range map[string]int{
			"2001:db8:1:100::/56": 4 * 5,
			"2001:db8:2::/48":     16 * 5,
		} {
			r, allowed := NewByAddress(1, 5), 0
			for range 10 {
				for _, a := range addressesIn(network) {
					if r.Take(a) == 0 {
						allowed++
					}
				}
			}
			if allowed != want {
				t.Errorf("%d from a %s, want %d", allowed, network, want)
			}
			for _, other := range []string{"2001:db8:3::1", "192.0.2.1"} {
				if r.Take(netip.MustParseAddr(other)) != 0 {
					t.Errorf("after %s, %s is refused", network, other)
				}
			}
		}
	})
}

func TestARefusedAddressTakesNothingFromItsNeighbours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewByAddress(1, 5)
		for range 1000 {
			r.Take(netip.MustParseAddr("2001:db8:1:101::1"))
		}
		if r.Take(netip.MustParseAddr("2001:db8:1:102::1")) != 0 {
			t.Error("a neighbour is refused")
		}
	})
}
