package room

import (
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"snug/internal/journal/memory"
	"snug/internal/room/policy"
	"snug/protocol"
)

func TestABanHoldsForTheMemberAndForNewOnesFromItsAddresses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRegistry(t, Options{})
		owner, troll, neighbour := mustJoin(t, g, from("home")), mustJoin(t, g, from("cafe")), mustJoin(t, g, from("cafe"))
		second := mustJoin(t, g, troll.back("train")) // another connection, and another address
		owner.mustModerate(Moderation{Action: protocol.ActionBan, Member: troll.You().Member, For: time.Hour, Reason: "spam"})
		for _, c := range []*client{troll, second} {
			if c.end != protocol.GoodbyeBanned {
				t.Errorf("a connection of the banned was told %q", c.end)
			}
			c.Leave()
		}
		if neighbour.end != "" {
			t.Error("who was there from the same address is put out, too")
		}
		check := func(when string, want map[string]string) {
			t.Helper()
			for who, q := range map[string]Request{
				"the member":                        troll.back("cafe"),
				"the member from elsewhere":         troll.back("library"),
				"a new seat from the address":       from("cafe"),
				"a new seat from the other address": from("train"),
				"a new seat from elsewhere":         from("library"),
				"a new seat from nowhere":           from(""),
				"an old seat from the address":      neighbour.back("cafe"),
				"the owner from the address":        owner.back("cafe"),
			} {
				expected := want[who]
				if expected == "" {
					expected = "ok"
				}
				if got := tryJoin(t, g, q); got != expected {
					t.Errorf("%s, %s: %s, want %s", when, who, got, expected)
				}
			}
		}
		banned := map[string]string{
			"the member": "banned", "the member from elsewhere": "banned",
			"a new seat from the address": "banned", "a new seat from the other address": "banned",
		}
		check("at once", banned)
		var told *protocol.Error
		if _, _, err := g.Join(t.Context(), "lobby", troll.back("cafe")); !errors.As(err, &told) || told.RetryAfter != time.Hour {
			t.Errorf("the banned is told %v", err)
		}
		time.Sleep(time.Hour - time.Second)
		check("just before its end", banned)
		if bans, err := owner.Bans(t.Context()); err != nil || len(bans) != 1 || bans[0].Member != troll.You().Member || bans[0].Reason != "spam" || bans[0].Nick == "" {
			t.Errorf("the bans are %+v, %v", bans, err)
		}
		time.Sleep(time.Second)
		check("at its end", nil)
		if bans, err := owner.Bans(t.Context()); err != nil || len(bans) != 0 {
			t.Errorf("at the end there are %v, %v", bans, err)
		}

		again := mustJoin(t, g, troll.back("cafe"))
		owner.mustModerate(Moderation{Action: protocol.ActionBan, Member: troll.You().Member})
		again.Leave()
		time.Sleep(1000 * time.Hour)
		banned["a new seat from elsewhere"] = "banned" // the member was there meanwhile
		check("for good", banned)
		owner.mustModerate(Moderation{Action: protocol.ActionUnban, Member: troll.You().Member})
		check("lifted", nil)
	})
}

func TestABanIsExplainedInFields(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRegistry(t, Options{})
		owner, troll, neighbour := mustJoin(t, g, from("home")), mustJoin(t, g, from("cafe")), mustJoin(t, g, from("train"))
		start := time.Now()
		time.Sleep(300 * time.Millisecond)
		owner.mustModerate(Moderation{Action: protocol.ActionKick, Member: troll.You().Member, Reason: "spam"})
		owner.mustModerate(Moderation{Action: protocol.ActionBan, Member: neighbour.You().Member})
		troll.Leave()
		neighbour.Leave()
		until := start.Add(61 * time.Second) // a minute after 0.3 s, to the full second
		for what, c := range map[string]struct {
			q    Request
			want protocol.Error
		}{
			"the kicked": {troll.back("library"), protocol.Error{
				Message:    "you were kicked from this room (spam): come back in 1m1s",
				RetryAfter: 60700 * time.Millisecond, Reason: "spam", Until: &until,
			}},
			"a new seat from the address of the kicked": {from("cafe"), protocol.Error{
				Message:    "you, or somebody at your address, were kicked from this room (spam): come back in 1m1s",
				RetryAfter: 60700 * time.Millisecond, Reason: "spam", Until: &until, Address: true,
			}},
			"the banned": {neighbour.back("library"), protocol.Error{
				Message: "you are banned from this room: ask its owner to let you in again",
			}},
			"a new seat from the address of the banned": {from("train"), protocol.Error{
				Message: "you, or somebody at your address, are banned from this room: ask its owner to let you in again",
				Address: true,
			}},
		} {
			c.want.Code = protocol.Banned
			var got *protocol.Error
			if _, _, err := g.Join(t.Context(), "lobby", c.q); !errors.As(err, &got) {
				t.Errorf("%s: %v", what, err)
			} else if diff := cmp.Diff(&c.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		time.Sleep(time.Until(until))
		if got := tryJoin(t, g, troll.back("cafe")); got != "ok" {
			t.Errorf("at the second that was told: %s", got)
		}
	})
}

func TestAKickKeepsOutForAMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRegistry(t, Options{})
		owner, troll := mustJoin(t, g, from("home")), mustJoin(t, g, from("cafe"))
		owner.mustModerate(Moderation{Action: protocol.ActionKick, Member: troll.You().Member})
		if troll.end != protocol.GoodbyeKicked {
			t.Errorf("the kicked was told %q", troll.end)
		}
		troll.Leave()
		time.Sleep(time.Minute - time.Second)
		for what, q := range map[string]Request{"the member": troll.back("cafe"), "a new seat": from("cafe")} {
			if got := tryJoin(t, g, q); got != "banned" {
				t.Errorf("%s after 59 s: %s", what, got)
			}
		}
		if bans, err := owner.Bans(t.Context()); err != nil || len(bans) != 0 {
			t.Errorf("a kick is listed as a ban: %v, %v", bans, err)
		}
		time.Sleep(time.Second)
		if a, b := tryJoin(t, g, troll.back("cafe")), tryJoin(t, g, from("cafe")); a != "ok" || b != "ok" {
			t.Errorf("after a minute: %s, %s", a, b)
		}
	})
}

func TestTwoBansFromOneNetworkKeepOutNewOnes(t *testing.T) {
	g := newRegistry(t, Options{})
	in := func(address, network string) Request {
		q := from(address)
		q.Network = network
		return q
	}
	owner := mustJoin(t, g, from("home"))
	for _, address := range []string{"2001:db8::/64", "2001:db8:0:1::/64"} {
		if got := tryJoin(t, g, in("2001:db8:0:9::/64", "2001:db8::/56")); got != "ok" {
			t.Errorf("before two bans: %s", got)
		}
		troll := mustJoin(t, g, in(address, "2001:db8::/56"))
		owner.mustModerate(Moderation{Action: protocol.ActionBan, Member: troll.You().Member})
		troll.Leave()
	}
	if got := tryJoin(t, g, in("2001:db8:0:9::/64", "2001:db8::/56")); got != "banned" {
		t.Errorf("from a third address of the network: %s", got)
	}
	if got := tryJoin(t, g, in("2001:db8:1::/64", "2001:db8:1::/56")); got != "ok" {
		t.Errorf("from another network: %s", got)
	}
}

func TestBansAreBoundedAndEndedOnesDoNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRegistry(t, Options{Journal: memoryJournal(t, memory.Options{Keep: 10})})
		owner := mustJoin(t, g, v1("ann"))
		ban := func(i int) error {
			_, err := owner.moderate(Moderation{ID: "b" + strconv.Itoa(i), Action: protocol.ActionBan, Member: "m" + strconv.Itoa(i), For: time.Hour})
			return err
		}
		for i := range protocol.MaxBans {
			if err := ban(i); err != nil {
				t.Fatal(err)
			}
		}
		if err := ban(protocol.MaxBans); code(t, err) != "too-many" {
			t.Errorf("one more: %v", err)
		}
		time.Sleep(time.Hour)
		for i := range protocol.MaxBans {
			if err := ban(2*protocol.MaxBans + i); err != nil {
				t.Fatalf("number %d when the others are over: %v", i, err)
			}
		}
		snapshot, feed, err := g.options.Journal.Follow(t.Context(), "lobby")
		if err != nil {
			t.Fatal(err)
		}
		feed.Close()
		if n := len(snapshot.State); n > protocol.MaxBans+10 {
			t.Errorf("the journal keeps %d keys", n)
		}
		if p, err := policy.New(snapshot.State); err != nil || len(p.Bans(time.Now())) != protocol.MaxBans {
			t.Errorf("%d bans are kept, %v", len(p.Bans(time.Now())), err)
		}
	})
}
