package ratelimit

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var (
	ann = netip.MustParseAddr("192.0.2.1")
	bob = netip.MustParseAddr("192.0.2.2")
)

func TestNetworkIsOneCustomer(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"2001:db8::1", "2001:db8::ffff:ffff:ffff:ffff", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"fe80::1%eth0", "fe80::2%eth1", true},
		{"::1", "127.0.0.1", false},
		{"192.0.2.1", "64:ff9b::c000:201", true},                          // NAT64
		{"192.0.2.1", "64:ff9b::c000:202", false},                         //
		{"192.0.2.1", "2002:c000:201::1", true},                           // 6to4
		{"192.0.2.1", "2002:c000:201:ffff:1:2:3:4", true},                 //
		{"192.0.2.1", "2001:0:1234:5678:0:63bf:3fff:fdfe", true},          // Teredo
		{"192.0.2.1", "2001:0:8765:4321:ffff:1:3fff:fdfe", true},          //
		{"192.0.2.1", "::ffff:0:192.0.2.1", true},                         // translated
		{"2001:0:1234:5678:0:63bf:3fff:fdfe", "2001:1::3fff:fdfe", false}, // not Teredo
		{"64:ff9b:1::c000:201", "192.0.2.1", false},                       // a NAT64 of one's choice
	} {
		a, b := Network(netip.MustParseAddr(c.a)), Network(netip.MustParseAddr(c.b))
		if !a.IsValid() || !b.IsValid() || (a == b) != c.same {
			t.Errorf("%s is %v and %s is %v; want the same: %t", c.a, a, c.b, b, c.same)
		}
	}
	if Network(netip.Addr{}).IsValid() {
		t.Error("the zero Addr has a network")
	}
}

func TestOpenConnectionsAreLimited(t *testing.T) {
	l := New(Limits{Connections: 2})
	first, _ := l.AllowConnection(ann)
	second, _ := l.AllowConnection(ann)
	if release, wait := l.AllowConnection(ann); release != nil || wait <= 0 {
		t.Error("a third connection is allowed")
	}
	if release, _ := l.AllowConnection(bob); release == nil {
		t.Error("another address is refused")
	}
	second()
	if release, _ := l.AllowConnection(ann); release == nil {
		t.Error("a connection is refused after another was released")
	}
	first()
}

// A quota may be used up at once, and then refills evenly over the minute.
func TestQuotasPerMinute(t *testing.T) {
	for name, c := range map[string]struct {
		limits Limits
		use    func(*Limiter, netip.Addr) time.Duration
	}{
		"joins": {Limits{ConnectionsPerMinute: 6}, func(l *Limiter, a netip.Addr) time.Duration {
			release, wait := l.AllowConnection(a)
			if release != nil {
				release()
			}
			return wait
		}},
		"rooms": {Limits{RoomsPerMinute: 6}, (*Limiter).AllowRoom},
		"wrong passwords": {Limits{WrongPasswordsPerMinute: 6}, func(l *Limiter, a netip.Addr) time.Duration {
			checked := false
			right, wait, err := l.CheckPassword(context.Background(), a, func() (bool, error) {
				checked = true
				return false, nil
			})
			if right || err != nil || checked != (wait == 0) {
				panic("a wrong password was handled wrongly")
			}
			return wait
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := New(c.limits)
				for i := range 6 {
					if wait := c.use(l, ann); wait != 0 {
						t.Fatalf("use %d is refused for %v", i+1, wait)
					}
				}
				for range 1000 { // refused attempts change nothing
					if wait := c.use(l, ann); wait != 10*time.Second {
						t.Fatalf("beyond the quota the wait is %v, want 10s", wait)
					}
				}
				if wait := c.use(l, bob); wait != 0 {
					t.Errorf("another address is refused for %v", wait)
				}
				time.Sleep(10 * time.Second)
				if wait := c.use(l, ann); wait != 0 {
					t.Errorf("after the wait it is refused for %v", wait)
				}
				time.Sleep(time.Hour)
				for range 6 {
					c.use(l, ann)
				}
				if wait := c.use(l, ann); wait == 0 {
					t.Error("an idle hour raises the quota")
				}
			})
		})
	}
}

func TestZeroMeansNoLimit(t *testing.T) {
	l := New(Limits{})
	for range 10_000 {
		release, _ := l.AllowConnection(ann)
		_, wait, _ := l.CheckPassword(t.Context(), ann, func() (bool, error) { return false, nil })
		if release == nil || wait != 0 || l.AllowRoom(ann) != 0 {
			t.Fatal("refused without a limit")
		}
	}
	strict := New(Limits{Connections: 1, ConnectionsPerMinute: 1, RoomsPerMinute: 1, WrongPasswordsPerMinute: 1})
	for range 10 { // clients whose address is unknown
		release, _ := strict.AllowConnection(netip.Addr{})
		_, wait, _ := strict.CheckPassword(t.Context(), netip.Addr{}, func() (bool, error) { return false, nil })
		if release == nil || wait != 0 || strict.AllowRoom(netip.Addr{}) != 0 {
			t.Fatal("clients without an address share limits")
		}
	}
}

// A class joins at the same time from one address, and everyone knows the password.
func TestRightPasswordsDoNotCount(t *testing.T) {
	l := New(Limits{WrongPasswordsPerMinute: 1})
	var all sync.WaitGroup
	var checking, together atomic.Int64
	for range 200 {
		all.Go(func() {
			right, wait, err := l.CheckPassword(t.Context(), ann, func() (bool, error) {
				if checking.Add(1) > 1 {
					together.Add(1)
				}
				defer checking.Add(-1)
				time.Sleep(time.Microsecond)
				return true, nil
			})
			if !right || wait != 0 || err != nil {
				t.Errorf("the right password: %t, wait %v, %v", right, wait, err)
			}
		})
	}
	all.Wait()
	if together.Load() > 0 {
		t.Error("passwords of one address were checked at the same time")
	}
	failed := errors.New("can't be checked")
	for range 3 {
		if _, wait, err := l.CheckPassword(t.Context(), ann, func() (bool, error) { return false, failed }); wait != 0 || !errors.Is(err, failed) {
			t.Errorf("a check that fails: wait %v, %v", wait, err)
		}
	}
	if _, wait, _ := l.CheckPassword(t.Context(), ann, func() (bool, error) { return false, nil }); wait != 0 {
		t.Errorf("the first wrong password is refused for %v", wait)
	}
	if _, wait, _ := l.CheckPassword(t.Context(), ann, func() (bool, error) { return true, nil }); wait == 0 {
		t.Error("a password is checked after the last wrong one")
	}
}

func TestCheckPasswordWaitsUntilItsContextEnds(t *testing.T) {
	l := New(Limits{WrongPasswordsPerMinute: 1})
	ctx, cancel := context.WithCancel(t.Context())
	_, _, _ = l.CheckPassword(ctx, ann, func() (bool, error) {
		cancel()
		if _, _, err := l.CheckPassword(ctx, ann, func() (bool, error) { return true, nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		return true, nil
	})
}

func TestIdleAddressesAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Limits{Connections: 1, ConnectionsPerMinute: 1})
		keep, _ := l.AllowConnection(ann)
		defer keep()
		for a := bob; a != netip.MustParseAddr("192.0.12.2"); a = a.Next() {
			if release, _ := l.AllowConnection(a); release != nil {
				release()
			}
		}
		time.Sleep(2 * time.Minute)
		if release, _ := l.AllowConnection(ann); release != nil {
			t.Error("an address with an open connection was forgotten")
		}
		_ = l.AllowRoom(bob)
		if n := len(l.v4.networks); n != 2 {
			t.Errorf("%d addresses are remembered, want 2", n)
		}
	})
}

// addressesIn returns 250 addresses of a customer who has a /56 or a /48, each in another /64.
func addressesIn(network string) (all []netip.Addr) {
	p := netip.MustParsePrefix(network)
	for i := range 250 {
		b := p.Addr().As16()
		if p.Bits() < 56 {
			b[6] = byte(i)
		}
		b[7], b[15] = byte(i), 1
		all = append(all, netip.AddrFrom16(b))
	}
	return all
}

func TestWiderNetworksHaveLimitsToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for network, want := range map[string]struct{ connections, rooms, wrong int }{
			"2001:db8:1:100::/56": {4 * 5, 4 * 5, 2 * 5},
			"2001:db8:2::/48":     {16 * 5, 16 * 5, 4 * 5},
		} {
			for what, limits := range map[string]Limits{
				"connections":            {Connections: 5},
				"connections per minute": {ConnectionsPerMinute: 5},
				"rooms":                  {RoomsPerMinute: 5},
				"wrong passwords":        {WrongPasswordsPerMinute: 5},
			} {
				l := New(limits)
				allowed := 0
				for range 3 {
					for _, a := range addressesIn(network) {
						allowed += useOnce(l, what, a)
					}
				}
				n := want.connections
				switch what {
				case "rooms":
					n = want.rooms
				case "wrong passwords":
					n = want.wrong
				}
				if allowed != n {
					t.Errorf("%d %s from a %s, want %d", allowed, what, network, n)
				}
				if useOnce(l, what, netip.MustParseAddr("2001:db8:3::1")) != 1 || useOnce(l, what, ann) != 1 {
					t.Errorf("%s: another network is refused", what)
				}
			}
		}
	})
}

// useOnce uses up one of a quota, and reports with 1 that it was allowed.
func useOnce(l *Limiter, what string, a netip.Addr) (allowed int) {
	var retryAfter time.Duration
	switch what {
	case "rooms":
		retryAfter = l.AllowRoom(a)
	case "wrong passwords":
		_, retryAfter, _ = l.CheckPassword(context.Background(), a, func() (bool, error) { return false, nil })
	default:
		_, retryAfter = l.AllowConnection(a)
	}
	if retryAfter == 0 {
		return 1
	}
	return 0
}

// A /56 gives one password from each /64 at the same time.
func TestPasswordsOfOneCustomerAreCountedOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Limits{WrongPasswordsPerMinute: 5})
		var all sync.WaitGroup
		var checked atomic.Int64
		for _, a := range addressesIn("2001:db8:1:100::/56") {
			all.Go(func() {
				_, _, _ = l.CheckPassword(t.Context(), a, func() (bool, error) {
					checked.Add(1)
					return false, nil
				})
			})
		}
		all.Wait()
		if n := checked.Load(); n != 10 {
			t.Errorf("%d passwords were checked, want 10", n)
		}
	})
}

// What is remembered of addresses is bounded, also within a minute and without limits.
func TestMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Limits{})
		keep, _ := l.AllowConnection(bob)
		defer keep()
		_ = l.AllowRoom(ann)
		b := netip.MustParseAddr("2a00::1").As16()
		for i := range maxIdle + 1000 { // each from a /48 of its own
			b[2], b[3], b[4], b[5] = byte(i>>24), byte(i>>16), byte(i>>8), byte(i)
			if l.AllowRoom(netip.AddrFrom16(b)) != 0 {
				t.Fatal("refused without a limit")
			}
		}
		for _, table := range l.tables {
			if len(table.networks) != maxIdle || table.idle.Len() != maxIdle {
				t.Errorf("%d networks are remembered, %d of them idle; want %d", len(table.networks), table.idle.Len(), maxIdle)
			}
		}
		if len(l.v4.networks) != 2 {
			t.Errorf("%d IPv4 addresses are remembered, want 2: IPv6 displaces none", len(l.v4.networks))
		}
		a := netip.MustParseAddr("10.0.0.0")
		for range maxIdle + 1000 {
			_ = l.AllowRoom(a)
			a = a.Next()
		}
		if n := len(l.v4.networks); n != maxIdle+1 {
			t.Errorf("%d IPv4 addresses are remembered, want %d idle ones and the one with a connection", n, maxIdle)
		}
	})
}

// An address that is refused by the limit of its /48 leaves no trace of its own.
func TestRefusedNetworksAreNotRemembered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := New(Limits{RoomsPerMinute: 1})
		for _, a := range addressesIn("2001:db8:2::/48") {
			_ = l.AllowRoom(a)
		}
		if n := len(l.tables[len(widths)-1].networks); n > 16 {
			t.Errorf("%d networks are remembered, and 16 were allowed", n)
		}
	})
}
