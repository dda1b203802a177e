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

func TestAnAddressIsACustomers(t *testing.T) {
	for _, c := range []struct {
		a, b string
		one  bool
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
		if !a.IsValid() || !b.IsValid() || (a == b) != c.one {
			t.Errorf("%s is %v and %s is %v; want them to be one: %t", c.a, a, c.b, b, c.one)
		}
	}
	if Network(netip.Addr{}).IsValid() {
		t.Error("no address has a network")
	}
}

func TestSoManyConnectionsAtOnce(t *testing.T) {
	g := New(Limits{Connections: 2})
	first, _ := g.Enter(ann)
	second, _ := g.Enter(ann)
	if leave, wait := g.Enter(ann); leave != nil || wait <= 0 {
		t.Error("a third is let in")
	}
	if leave, _ := g.Enter(bob); leave == nil {
		t.Error("another address is refused")
	}
	second()
	if leave, _ := g.Enter(ann); leave == nil {
		t.Error("one has left, and there is still no room")
	}
	first()
}

// What a minute allows may come at once, and then as the minute goes by.
func TestSoManyInAMinute(t *testing.T) {
	for name, c := range map[string]struct {
		limits Limits
		take   func(*Guard, netip.Addr) time.Duration
	}{
		"joins": {Limits{Joins: 6}, func(g *Guard, a netip.Addr) time.Duration {
			leave, wait := g.Enter(a)
			if leave != nil {
				leave()
			}
			return wait
		}},
		"rooms": {Limits{Rooms: 6}, (*Guard).Room},
		"wrong passwords": {Limits{Guesses: 6}, func(g *Guard, a netip.Addr) time.Duration {
			tried := false
			right, wait, err := g.Guess(context.Background(), a, func() (bool, error) {
				tried = true
				return false, nil
			})
			if right || err != nil || tried != (wait == 0) {
				panic("a guess that isn't right")
			}
			return wait
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				g := New(c.limits)
				for i := range 6 {
					if wait := c.take(g, ann); wait != 0 {
						t.Fatalf("number %d has to wait for %v", i+1, wait)
					}
				}
				for range 1000 { // those that are refused put nothing off
					if wait := c.take(g, ann); wait != 10*time.Second {
						t.Fatalf("one too many has to wait for %v, want 10s", wait)
					}
				}
				if wait := c.take(g, bob); wait != 0 {
					t.Errorf("another address has to wait for %v", wait)
				}
				time.Sleep(10 * time.Second)
				if wait := c.take(g, ann); wait != 0 {
					t.Errorf("after its wait it has to wait for %v", wait)
				}
				time.Sleep(time.Hour)
				for range 6 {
					c.take(g, ann)
				}
				if wait := c.take(g, ann); wait == 0 {
					t.Error("an hour of quiet is saved up")
				}
			})
		})
	}
}

func TestNoLimitIsNone(t *testing.T) {
	g := New(Limits{})
	for range 10_000 {
		leave, _ := g.Enter(ann)
		_, wait, _ := g.Guess(t.Context(), ann, func() (bool, error) { return false, nil })
		if leave == nil || wait != 0 || g.Room(ann) != 0 {
			t.Fatal("it is refused")
		}
	}
	strict := New(Limits{Connections: 1, Joins: 1, Rooms: 1, Guesses: 1})
	for range 10 { // of whom nobody knows where they come from
		leave, _ := strict.Enter(netip.Addr{})
		_, wait, _ := strict.Guess(t.Context(), netip.Addr{}, func() (bool, error) { return false, nil })
		if leave == nil || wait != 0 || strict.Room(netip.Addr{}) != 0 {
			t.Fatal("those who have no address are taken for one")
		}
	}
}

// A class behind one address comes at once, and everyone knows the password.
func TestRightPasswordsDoNotCount(t *testing.T) {
	g := New(Limits{Guesses: 1})
	var all sync.WaitGroup
	var trying, together atomic.Int64
	for range 200 {
		all.Go(func() {
			right, wait, err := g.Guess(t.Context(), ann, func() (bool, error) {
				if trying.Add(1) > 1 {
					together.Add(1)
				}
				defer trying.Add(-1)
				time.Sleep(time.Microsecond)
				return true, nil
			})
			if !right || wait != 0 || err != nil {
				t.Errorf("the right one: %t, wait for %v, %v", right, wait, err)
			}
		})
	}
	all.Wait()
	if together.Load() > 0 {
		t.Error("one address has had more than one tried at a time")
	}
	failed := errors.New("it can't be tried")
	for range 3 {
		if _, wait, err := g.Guess(t.Context(), ann, func() (bool, error) { return false, failed }); wait != 0 || !errors.Is(err, failed) {
			t.Errorf("one that fails: wait for %v, %v", wait, err)
		}
	}
	if _, wait, _ := g.Guess(t.Context(), ann, func() (bool, error) { return false, nil }); wait != 0 {
		t.Errorf("the first wrong one has to wait for %v", wait)
	}
	if _, wait, _ := g.Guess(t.Context(), ann, func() (bool, error) { return true, nil }); wait == 0 {
		t.Error("after the last wrong one even the right one is tried")
	}
}

func TestWaitingForAGuessEndsWithItsContext(t *testing.T) {
	g := New(Limits{Guesses: 1})
	ctx, cancel := context.WithCancel(t.Context())
	_, _, _ = g.Guess(ctx, ann, func() (bool, error) {
		cancel()
		if _, _, err := g.Guess(ctx, ann, func() (bool, error) { return true, nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		return true, nil
	})
}

func TestWhoIsGoneCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := New(Limits{Connections: 1, Joins: 1})
		stays, _ := g.Enter(ann)
		defer stays()
		for a := bob; a != netip.MustParseAddr("192.0.12.2"); a = a.Next() {
			if leave, _ := g.Enter(a); leave != nil {
				leave()
			}
		}
		time.Sleep(2 * time.Minute)
		if leave, _ := g.Enter(ann); leave != nil {
			t.Error("who has been here all along was forgotten")
		}
		if n := len(g.visitors); n != 1 {
			t.Errorf("%d addresses are remembered, and one is here", n)
		}
	})
}
