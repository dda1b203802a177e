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
		if n := len(l.networks); n != 1 {
			t.Errorf("%d addresses are remembered, want 1", n)
		}
	})
}
