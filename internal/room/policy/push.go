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

// KeyDevice begins the keys of a room's state that have devices. Then follow the member, a slash,
// and a hash of the endpoint.
const KeyDevice = "push/"

// Device is a browser that is told of messages while no page of its member's is seen (RFC 8030).
type Device struct {
	Member   string             `json:"-"`
	Endpoint string             `json:"endpoint"` // a secret: whoever knows it and the keys can send to the browser
	P256DH   string             `json:"p256dh"`   // in base64url, as the secret
	Auth     string             `json:"auth"`
	Level    protocol.PushLevel `json:"level"`
	Quiet    *protocol.Quiet    `json:"quiet,omitempty"`
	Nick     string             `json:"nick"`            // the member's, when it was last said
	Seats    uint64             `json:"seats,omitempty"` // the generation of the member's seats: a device ends with them
	At       time.Time          `json:"at"`              // when it was last said, to the day

	stored []byte // the value in the journal
}

// key is that of the room's state.
func (d *Device) key() string {
	sum := sha256.Sum256([]byte(d.Endpoint))
	return KeyDevice + d.Member + "/" + base64.RawURLEncoding.EncodeToString(sum[:12])
}

// Devices returns the devices of the members of a room, in no order. Those of members who are
// banned, or whose seats were revoked since, are left out.
func (p *Policy) Devices(now time.Time) []Device {
	var all []Device
	for _, d := range p.devices {
		if p.holds(&d, now) {
			all = append(all, d)
		}
	}
	return all
}

func (p *Policy) holds(d *Device, now time.Time) bool {
	ban, banned := p.bans[d.Member]
	return d.Seats == p.seats[d.Member] && (!banned || ban.over(now))
}

// Register returns the draft that makes d a device of its member, in place of what the room had
// for its endpoint. ok is false if the room has the same already. Of too many devices of a member
// or a room, the ones that were said the longest ago are forgotten. The error is a
// [*protocol.Error] if the member's seats were revoked. The journal refuses the draft with
// [journal.ErrChanged] if they are by then, or another draft came before.
func (p *Policy) Register(room string, d Device, seats uint64, now time.Time) (draft journal.Draft, ok bool, err error) {
	if seats < p.seats[d.Member] {
		return draft, false, protocol.Errorf(protocol.Forbidden, "your seats were revoked: join the room with a new one")
	}
	d.Seats, d.At = p.seats[d.Member], now.UTC().Truncate(24*time.Hour)
	value, err := json.Marshal(&d)
	if err != nil {
		return draft, false, fmt.Errorf("encode a device: %w", err)
	}
	key, was := d.key(), p.devices[d.key()].stored
	if bytes.Equal(value, was) {
		return draft, false, nil
	}
	draft = journal.Draft{
		Room: room, StateOnly: true,
		If:    []journal.Condition{{Key: key, Value: was}, p.seatUnchanged(d.Member)},
		State: []journal.Change{{Key: key, Value: value}},
	}
	var others, own []Device
	for k, other := range p.devices {
		switch {
		case k == key:
		case !p.holds(&other, now):
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

func oldest(devices []Device) (key string) {
	d := slices.MinFunc(devices, func(a, b Device) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.key(), b.key()))
	})
	return d.key()
}

// Unregister returns the draft that removes a device; ok is false if there is none. The journal
// refuses it with [journal.ErrChanged] if the device was said anew.
func (p *Policy) Unregister(room, member, endpoint string) (draft journal.Draft, ok bool) {
	key := (&Device{Member: member, Endpoint: endpoint}).key()
	d, ok := p.devices[key]
	return journal.Draft{
		Room: room, StateOnly: true,
		If: []journal.Condition{{Key: key, Value: d.stored}}, State: []journal.Change{{Key: key}},
	}, ok
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
	p.devices[c.Key] = d
	return true, nil
}
