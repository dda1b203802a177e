package policy

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"snug/protocol"
)

var registered = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func device(member string, n int) Device {
	return Device{Member: member, Endpoint: fmt.Sprintf("https://push.example/%s/%d", member, n), Level: protocol.PushAll, Nick: member}
}

// register has a policy take a device, as a journal would.
func register(t *testing.T, p *Policy, d Device, now time.Time) {
	t.Helper()
	draft, ok, err := p.Register("room1", d, 0, 7, now)
	if err != nil || !ok {
		t.Fatalf("%s isn't registered: %v, %v", d.Endpoint, ok, err)
	}
	if err := p.Change(draft.State); err != nil {
		t.Fatal(err)
	}
}

func has(p *Policy, endpoint string, now time.Time) bool {
	for _, d := range p.Devices(now) {
		if d.Endpoint == endpoint {
			return true
		}
	}
	return false
}

func TestADeviceIsReplacedAndRemoved(t *testing.T) {
	p, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := device("m1", 1)
	register(t, &p, d, registered)
	if _, ok, err := p.Register("room1", d, 0, 7, registered.Add(time.Hour)); ok || err != nil {
		t.Errorf("the same again is stored again: %v, %v", ok, err)
	}
	register(t, &p, d, registered.Add(24*time.Hour)) // it is still there
	d.Level, d.Quiet = protocol.PushMentions, &protocol.Quiet{From: "22:00", To: "07:00", Zone: "UTC"}
	register(t, &p, d, registered)
	all := p.Devices(registered)
	if len(all) != 1 || all[0].Member != "m1" || all[0].Level != protocol.PushMentions || *all[0].Quiet != *d.Quiet {
		t.Errorf("the devices are %+v", all)
	}
	if _, ok := p.Unregister("room1", "m2", d.Endpoint); ok {
		t.Error("another member can remove it")
	}
	draft, ok := p.Unregister("room1", "m1", d.Endpoint)
	if err := p.Change(draft.State); !ok || err != nil || len(p.Devices(registered)) != 0 {
		t.Errorf("it isn't removed: %v, %v", ok, err)
	}
}

func TestADeviceEndsWithItsSeatAndRestsDuringABan(t *testing.T) {
	p, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	d := device("m1", 1)
	register(t, &p, d, registered)
	until := registered.Add(time.Minute)
	put(&p.bans, "m1", Ban{Ban: protocol.Ban{Until: &until}})
	if has(&p, d.Endpoint, registered) || !has(&p, d.Endpoint, until) {
		t.Error("it isn't told again when the ban is over, or before")
	}
	put(&p.seats, "m1", 1)
	if has(&p, d.Endpoint, until) {
		t.Error("it is told though its seat was revoked")
	}
	var refused *protocol.Error
	if _, _, err := p.Register("room1", d, 0, 7, until); !errors.As(err, &refused) || refused.Code != protocol.Forbidden {
		t.Errorf("a revoked seat registers: %v", err)
	}
	draft, ok, err := p.Register("room1", device("m2", 1), 0, 7, until)
	if err != nil || !ok || len(draft.State) != 2 {
		t.Errorf("what holds no longer isn't removed: %+v, %v", draft.State, err)
	}
}

func TestTheOldestDevicesAreForgotten(t *testing.T) {
	p, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	day := func(n int) time.Time { return registered.Add(time.Duration(n) * 24 * time.Hour) }
	for i := range protocol.MaxDevices + 1 {
		register(t, &p, device("m1", i), day(i))
	}
	now := day(100)
	if len(p.Devices(now)) != protocol.MaxDevices || has(&p, device("m1", 0).Endpoint, now) || !has(&p, device("m1", 1).Endpoint, now) {
		t.Errorf("%d devices of a member, or not the newest", len(p.Devices(now)))
	}
	for i := range protocol.MaxRoomDevices {
		register(t, &p, device(fmt.Sprintf("n%d", i), 0), day(50))
	}
	if len(p.Devices(now)) != protocol.MaxRoomDevices || has(&p, device("m1", 1).Endpoint, now) || !has(&p, device("n0", 0).Endpoint, now) {
		t.Errorf("%d devices of a room, or not the newest", len(p.Devices(now)))
	}
}

// The first device of a room is told of what comes after it, not of what was said before.
func TestTheFirstDeviceBeginsAtTheHead(t *testing.T) {
	p, err := New(nil)
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := p.Register("room1", device("m1", 1), 0, 7, registered)
	if err != nil {
		t.Fatal(err)
	}
	state := make(map[string][]byte)
	for _, c := range d.State {
		state[c.Key] = c.Value
	}
	if seq, err := Pushed(state); seq != 7 || err != nil {
		t.Errorf("it is told of what comes after %d, %v", seq, err)
	}
}
