package policy

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// change applies the changes of a draft without an entry.
func change(t *testing.T, p *Policy, d journal.Draft) {
	t.Helper()
	if err := p.Change(d.State); err != nil {
		t.Fatal(err)
	}
}

func TestSeenIsBounded(t *testing.T) {
	p := state(t)
	for i := range protocol.MaxSeen + 1 {
		d, ok := p.SeeUpTo("lobby", fmt.Sprint("m", i), uint64(i+1))
		if !ok {
			t.Fatalf("member %d has seen nothing", i)
		}
		change(t, p, d)
	}
	if n := len(p.seen); n != protocol.MaxSeen || p.Seen("m0") != 0 || p.Seen("m1") != 2 {
		t.Errorf("%d members are known, and the first two have seen %d and %d", n, p.Seen("m0"), p.Seen("m1"))
	}
	if _, ok := p.SeeUpTo("lobby", "m1", 2); ok {
		t.Error("what is known is stored again")
	}
}

func TestTransfersEnd(t *testing.T) {
	p := state(t)
	create := func(code, member string, now time.Time) error {
		d, until, err := p.NewTransfer("lobby", code, member, 0, now)
		if err != nil {
			return err
		}
		if left := until.Sub(now); left <= protocol.TransferFor-2*time.Second || left > protocol.TransferFor {
			t.Errorf("a code lasts for %v", left)
		}
		change(t, p, d)
		return nil
	}
	for i := range protocol.MaxTransfers {
		if err := create(fmt.Sprint("c", i), fmt.Sprint("m", i), now); err != nil {
			t.Fatal(err)
		}
	}
	if err := create("more", "another", now); err == nil {
		t.Error("a room may have any number of codes")
	}
	if err := create("other", "m1", now); err != nil { // in the place of the last one
		t.Fatal(err)
	}
	if _, ok := p.Transfer("c1", now); ok {
		t.Error("a member has two codes")
	}
	found, ok := p.Transfer("other", now)
	if !ok || found.Member != "m1" || found.Redeem("lobby").NotAfter != found.Until {
		t.Errorf("the code stands for %+v, %t", found, ok)
	}
	later := now.Add(protocol.TransferFor + time.Second)
	if _, ok := p.Transfer("other", later); ok {
		t.Error("a code works after its time")
	}
	if err := create("next", "another", later); err != nil {
		t.Fatal(err)
	}
	if n := len(p.transfers); n != 1 {
		t.Errorf("%d codes are left", n)
	}
}

func TestATransferIsOfTheSeatsOfItsTime(t *testing.T) {
	p := state(t)
	d, _, err := p.NewTransfer("lobby", "code", "m1", 0, now)
	if err != nil {
		t.Fatal(err)
	}
	change(t, p, d)
	redeem, _ := p.Transfer("code", now)
	change(t, p, journal.Draft{State: []journal.Change{seatChange("m1", 1)}})
	if _, ok := p.Transfer("code", now); ok {
		t.Error("the code is valid after the revoke")
	}
	if _, _, err := p.NewTransfer("lobby", "other", "m1", 0, now); err == nil {
		t.Error("a revoked seat gets a code")
	}
	for what, d := range map[string]journal.Draft{"made": d, "used": redeem.Redeem("lobby")} {
		if !slices.ContainsFunc(d.If, func(c journal.Condition) bool { return c.Key == keySeat+"m1" && c.Value == nil }) {
			t.Errorf("a code is %s whatever became of the seats: %+v", what, d.If)
		}
	}
}
