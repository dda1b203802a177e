package push

import (
	"testing"
	"time"

	"snug/internal/journal"
	"snug/internal/room/policy"
	"snug/protocol"
)

// A browser shows the newest message of a room alone: one that is older would show nothing.
func TestWhatIsOlderThanWhatWasToldIsNotSent(t *testing.T) {
	now := time.Now()
	d := &device{room: &cursor{run: &run{}, ttl: TTL}, waiting: [urgencies]item{high: {3, now, whyMention}, normal: {2, now, whyMessage}}}
	if i, _, _, ok := d.next(now); !ok || i.seq != 3 {
		t.Fatalf("next is %+v", i)
	}
	d.told, d.waiting[high] = 3, item{}
	if i, _, _, ok := d.next(now); ok || d.waits() {
		t.Errorf("then comes %+v", i)
	}
}

func TestWhatIsReadIsNotTold(t *testing.T) {
	c := &cursor{run: &run{}, ttl: TTL, devices: map[string]*device{"k": {device: policy.Device{Member: bob.Member, Level: protocol.PushAll}, seen: 1}}}
	now := time.Now()
	page := []journal.Entry{
		{Event: protocol.Event{Type: protocol.EventMessage, Seq: 1, From: ann, At: now, Body: calls("read").Encode()}},
		{Event: protocol.Event{Type: protocol.EventMessage, Seq: 2, From: ann, At: now, Body: hello("new").Encode()}},
	}
	found := make(findings)
	if err := c.find(page, now, found); err != nil {
		t.Fatal(err)
	}
	if got := found["k"]; got == nil || got.items[high].seq != 0 || got.items[normal].seq != 2 {
		t.Errorf("found: %+v", got)
	}
}

func TestARoomThatKeepsLittleIsPushedForNoLonger(t *testing.T) {
	c := &cursor{run: &run{}, ttl: time.Minute}
	now := time.Now()
	if left := c.left(now); left > time.Minute || left < time.Second {
		t.Errorf("a new message may be delivered for %v", left)
	}
	if left := c.left(now.Add(-2 * time.Minute)); left != 0 {
		t.Errorf("one that isn't kept may be delivered for %v", left)
	}
}

// Whoever has a push service that takes long, under any number of names, leaves room for others.
func TestSlowServicesHaveAPartOfThePushes(t *testing.T) {
	r := &run{Sender: &Sender{options: Options{PerHost: 2, Slow: 2}}, busy: make(map[string]int)}
	at := func(endpoint string, slow bool) *device {
		return &device{room: &cursor{run: r}, device: policy.Device{Endpoint: endpoint}, slow: slow}
	}
	var under []*device
	for _, d := range []*device{at("https://a.example:1/", true), at("https://b.example:2/", true)} {
		if _, slow, ok := d.reserve(); !ok || !slow {
			t.Fatalf("%s has no place", d.device.Endpoint)
		}
		under = append(under, d)
	}
	if _, _, ok := at("https://c.example/", true).reserve(); ok {
		t.Error("a third slow one has a place")
	}
	quick := at("https://c.example/", false)
	if _, slow, ok := quick.reserve(); !ok || slow {
		t.Error("one that isn't slow has none")
	}
	if _, _, ok := quick.reserve(); !ok {
		t.Error("the second push to a host has none")
	}
	if _, _, ok := quick.reserve(); ok {
		t.Error("a third push to a host has a place")
	}
	under[0].slow = false // it was quicker this time
	under[0].giveBack("a.example:1", true)
	if r.slow != 1 || r.busy["a.example:1"] != 0 {
		t.Errorf("%d slow pushes are left, %v", r.slow, r.busy)
	}
}
