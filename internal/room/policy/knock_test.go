package policy

import (
	"fmt"
	"testing"
	"time"

	"snug/protocol"
)

// knockAt makes somebody from an address wait from a time on.
func (p *Policy) knockAt(t *testing.T, member, address string, at time.Time) Knock {
	t.Helper()
	d, k, err := p.Wait("lobby", Knock{Member: member, Nick: member, Address: address, Until: at.Add(protocol.KnockFor)}, at)
	if err != nil {
		t.Fatal(err)
	}
	change(t, p, d)
	return k
}

func TestKnocksAreBounded(t *testing.T) {
	p := state(t)
	delete(p.knocks, "zoe")
	for i := range protocol.MaxKnocks - 1 {
		p.knockAt(t, fmt.Sprint("n", i), fmt.Sprint("address", i), now)
	}
	under := []Knock{{Member: "under", Address: "under/net"}}
	for _, c := range []struct {
		name  string
		k     Knock
		under []Knock
		at    time.Time
		want  string
	}{
		{"there is space for one more", Knock{Member: "x", Address: "x"}, nil, now, "ok"},
		{"another one takes the space", Knock{Member: "x", Address: "x"}, under, now, "too-many"},
		{"the same address", Knock{Member: "x", Address: "address3"}, nil, now, "too-many"},
		{"the same address, of a network", Knock{Member: "x", Address: "address3/net"}, nil, now, "too-many"},
		{"an address that is unknown", Knock{Member: "x"}, []Knock{{Member: "n0"}}, now, "ok"},
		{"the same member", Knock{Member: "n3", Address: "x"}, nil, now, "too-many"},
		{"when the others have waited for too long", Knock{Member: "x", Address: "address3"}, under, now.Add(protocol.KnockFor + time.Second), "ok"},
	} {
		if got := refusal(p.JudgeKnock(c.k, c.under, c.at)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
	later := now.Add(protocol.KnockFor + time.Second)
	p.knockAt(t, "last", "last", later)
	if len(p.knocks) != 1 {
		t.Errorf("%d are stored who have waited for too long", len(p.knocks)-1)
	}
}

// Changes that were made without an entry may be told after an entry that was committed later.
func TestWhoIsAdmittedDoesNotWaitAgain(t *testing.T) {
	p := state(t)
	delete(p.knocks, "zoe")
	d, _, err := p.Wait("lobby", Knock{Member: "zoe", Nick: "Zoe", Until: now.Add(time.Minute)}, now)
	if err != nil {
		t.Fatal(err)
	}
	change(t, p, d)
	p.carryOut(t, p.order(protocol.ActionAdmit, "mod", "zoe"))
	change(t, p, d)
	if all := p.Knocks(now); len(all) != 0 {
		t.Errorf("%+v wait", all)
	}
	p.knockAt(t, "zoe", "", now.Add(time.Second))
	if all := p.Knocks(now); len(all) != 1 {
		t.Error("who knocks another time doesn't wait")
	}
}

func TestWhoGoesIsGone(t *testing.T) {
	p := state(t)
	delete(p.knocks, "zoe")
	k := p.knockAt(t, "zoe", "", now)
	change(t, p, k.Gone("lobby"))
	if all := p.Knocks(now); len(all) != 0 {
		t.Errorf("%+v wait", all)
	}
}
