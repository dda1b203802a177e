package policy

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// The keys of a room's state that are about push.
const (
	// PushKeys is how they begin.
	PushKeys = "push"
	// KeyDevice begins those that have devices. Then follow the member, a slash, and a hash of the
	// endpoint.
	KeyDevice = "push/"
	// keyPushed has the newest event of which devices were told, or needn't be. It is written
	// without an entry, so the room itself doesn't follow it.
	keyPushed = "pushed"
)

// Device is a browser that is told of messages while no page of its member's is visible: a push
// subscription (RFC 8030).
type Device struct {
	Member   string             `json:"-"`
	Endpoint string             `json:"endpoint"` // a secret, as are the next two
	P256DH   string             `json:"p256dh"`   // in base64url
	Auth     string             `json:"auth"`     // in base64url
	Level    protocol.PushLevel `json:"level"`
	Quiet    *protocol.Quiet    `json:"quiet,omitempty"`
	Nick     string             `json:"nick"`            // the member's, when it was registered
	Site     string             `json:"site,omitempty"`  // the server's own URL where it was registered, if it is https
	Seats    uint64             `json:"seats,omitempty"` // the generation of the member's seats: a device ends with them
	At       time.Time          `json:"at"`              // when it was registered last, to the day

	stored []byte // the value in the journal
}

// Key is the device's key in the room's state.
func (d *Device) Key() string {
	sum := sha256.Sum256([]byte(d.Endpoint))
	return KeyDevice + d.Member + "/" + base64.RawURLEncoding.EncodeToString(sum[:12])
}

// Devices returns the devices of a room that are told of messages, in no order. Those of members who
// are kicked or banned, or whose seats were revoked since, are left out.
func (p *Policy) Devices(now time.Time) []Device {
	return slices.DeleteFunc(p.RegisteredDevices(), func(d Device) bool {
		ban, banned := p.bans[d.Member]
		return banned && !ban.over(now)
	})
}

// RegisteredDevices returns the devices of a room, in no order, also those of members who are kicked or
// banned. Those whose members' seats were revoked since are left out.
func (p *Policy) RegisteredDevices() []Device {
	var all []Device
	for _, d := range p.devices {
		if p.holds(&d) {
			all = append(all, d)
		}
	}
	return all
}

// holds reports whether the seats that a device was registered with are valid.
func (p *Policy) holds(d *Device) bool { return d.Seats == p.seats[d.Member] }

// Register returns the draft that makes d a device of its member, in place of what the room had
// for its endpoint. seats is the generation of the seat that the member came with, and head the
// room's newest event, after which the first device of a room is told. ok is false if the room has
// the same already. Of too many devices of a member or a room, the one that was registered the
// longest ago is forgotten. The error is a [*protocol.Error] if the member's seats were revoked. The
// journal refuses the draft with [journal.ErrChanged] if they are by then, or the device has changed.
func (p *Policy) Register(room string, d Device, seats, head uint64, now time.Time) (draft journal.Draft, ok bool, err error) {
	if seats < p.seats[d.Member] {
		return draft, false, protocol.Errorf(protocol.Forbidden, "your seats were revoked: join the room with a new one")
	}
	d.Seats, d.At = p.seats[d.Member], now.UTC().Truncate(24*time.Hour)
	value, err := json.Marshal(&d)
	if err != nil {
		return draft, false, fmt.Errorf("encode a device: %w", err)
	}
	key := d.Key()
	was := p.devices[key].stored
	if bytes.Equal(value, was) {
		return draft, false, nil
	}
	draft = journal.Draft{
		Room: room, StateOnly: true,
		If:    []journal.Condition{{Key: key, Value: was}, p.seatUnchanged(d.Member)},
		State: []journal.Change{{Key: key, Value: value}},
	}
	if len(p.devices) == 0 {
		draft.State = append(draft.State, numberChange(keyPushed, head))
	}
	var others, own []Device
	for k, other := range p.devices {
		switch {
		case k == key:
		case !p.holds(&other):
			draft.State = append(draft.State, journal.Change{Key: k})
		default:
			if others = append(others, other); other.Member == d.Member {
				own = append(own, other)
			}
		}
	}
	if len(own) >= protocol.MaxDevices {
		draft.State = append(draft.State, journal.Change{Key: oldest(own)})
	} else if len(others) >= protocol.MaxRoomDevices {
		draft.State = append(draft.State, journal.Change{Key: oldest(others)})
	}
	return draft, true, nil
}

// oldest returns the key of the device that was registered the longest ago.
func oldest(devices []Device) (key string) {
	d := slices.MinFunc(devices, func(a, b Device) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Key(), b.Key()))
	})
	return d.Key()
}

// Unregister returns the draft that removes the device of a member with an endpoint; ok is false if
// there is none. The journal refuses the draft with [journal.ErrChanged] if the device has changed.
func (p *Policy) Unregister(room, member, endpoint string) (draft journal.Draft, ok bool) {
	key := (&Device{Member: member, Endpoint: endpoint}).Key()
	d, ok := p.devices[key]
	if !ok {
		return draft, false
	}
	return d.Remove(room), true
}

// Remove returns the draft that removes d, as Unregister does.
func (d *Device) Remove(room string) journal.Draft {
	return journal.Draft{
		Room: room, StateOnly: true,
		If: []journal.Condition{{Key: d.Key(), Value: d.stored}}, State: []journal.Change{{Key: d.Key()}},
	}
}

// Pushed returns the newest event of which a room's devices were told, or needn't be, by the room's
// state.
func Pushed(state map[string][]byte) (seq uint64, err error) {
	return readNumber(journal.Change{Key: keyPushed, Value: state[keyPushed]})
}

// NotePushed returns the draft that sets what Pushed returns. The journal refuses it with
// [journal.ErrChanged] if that isn't was.
func NotePushed(room string, was, seq uint64) journal.Draft {
	return journal.Draft{
		Room: room, StateOnly: true,
		If: []journal.Condition{journal.Condition(numberChange(keyPushed, was))}, State: []journal.Change{numberChange(keyPushed, seq)},
	}
}

// setDevice makes a change of the room's state, if it is about a device.
func (p *Policy) setDevice(c journal.Change) (is bool, err error) {
	rest, is := strings.CutPrefix(c.Key, KeyDevice)
	if !is {
		return false, nil
	}
	delete(p.devices, c.Key)
	if c.Value == nil {
		return true, nil
	}
	var d Device
	if err := json.Unmarshal(c.Value, &d); err != nil {
		return true, fmt.Errorf("read the room's device: %w", err)
	}
	d.stored = c.Value
	if i := strings.LastIndexByte(rest, '/'); i >= 0 {
		d.Member = rest[:i]
	}
	put(&p.devices, c.Key, d)
	return true, nil
}
