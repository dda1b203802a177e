// Package policy decides who may do what in a room: its roles, settings and bans.
//
// A [Policy] is what the moderated events of a room's log have made of the room. The
// same events are projected into the room's state in the journal ([Project]), key for
// key, so a room can be opened from that state without reading its log. A command is
// judged ([Policy.Rule]) by a Policy that may be a moment behind the log; the draft
// therefore carries the conditions that the ruling relies on, and the journal refuses
// it if they no longer hold.
//
// Everything here is a function of its arguments: no clock, no lock, no goroutine.
package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// Policy is the roles, settings, bans, hooks and pins of one room. It is a plain value of the room's
// goroutine. The zero Policy is that of a new room.
type Policy struct {
	claimed  bool // the room has, or had, an owner
	settings protocol.Settings
	password string                   // its hash; empty for none
	roles    map[string]protocol.Role // those above member, by member
	bans     map[string]Ban           // by member
	seats    map[string]uint64        // generations of seats above 0, by member

	hooks     map[string]Hook      // by member
	hookUsed  map[string]time.Time // when they last sent a message, by member
	hooksMade uint64               // how many the room has ever had

	pins     map[uint64]uint64 // their numbers, by the message
	pinsMade uint64            // how many the room has ever had

	seen      map[string]uint64   // how far members have read, by member
	transfers map[string]Transfer // by the keyed code
	devices   map[string]Device   // by their keys in the room's state

	invites     map[string]Invite // by their IDs
	invitesMade uint64            // how many the room has ever had

	knocks   map[string]Knock // by member
	admitted []answered       // the newest ones; see setKnock
}

// The keys of a room's state in the journal.
const (
	keyClaimed = "claimed"
	keyRole    = "role/" // and the member
	keyBan     = "ban/"  // and the member
	keySeat    = "seat/" // and the member

	keyHook      = "hook/"      // and the member
	keyHookUsed  = "hook-used/" // and the member
	keyHookAt    = "hook-at/"   // and the member; see Delivered
	keyHooksMade = "hooks-made"
)

// New returns the policy of a room whose state in the journal is state.
func New(state map[string][]byte) (Policy, error) {
	var p Policy
	for _, key := range slices.Sorted(maps.Keys(state)) { // of several that can't be read, always the same one is named
		if err := p.set(journal.Change{Key: key, Value: state[key]}); err != nil {
			return p, err
		}
	}
	return p, nil
}

// put sets a key of a map, and makes the map if it is nil. A Policy has many maps, and most
// rooms use few of them.
func put[K comparable, V any](m *map[K]V, key K, value V) {
	if *m == nil {
		*m = make(map[K]V)
	}
	(*m)[key] = value
}

// Apply makes the changes of a moderated event of the room's log.
func (p *Policy) Apply(e *protocol.Event, private []byte) error {
	changes, err := Project(e, private)
	if err != nil {
		return err
	}
	for _, c := range changes {
		if member, ok := strings.CutPrefix(c.Key, KeyKnock); ok {
			p.noteAnswered(member, private)
		}
		if err := p.set(c); err != nil {
			return err
		}
	}
	return nil
}

// Change makes changes of the room's state that were made without an entry.
func (p *Policy) Change(changes []journal.Change) error {
	var failed error
	for _, c := range changes {
		failed = errors.Join(failed, p.set(c))
	}
	return failed
}

// set makes one change of the room's state. Keys of later versions are ignored.
func (p *Policy) set(c journal.Change) error {
	removed := c.Value == nil
	if member, ok := strings.CutPrefix(c.Key, keyRole); ok {
		if delete(p.roles, member); !removed {
			put(&p.roles, member, protocol.Role(c.Value))
		}
		return nil
	}
	if member, ok := strings.CutPrefix(c.Key, keyBan); ok {
		delete(p.bans, member)
		if removed {
			return nil
		}
		var b Ban
		if err := json.Unmarshal(c.Value, &b); err != nil {
			return fmt.Errorf("read the room's %s: %w", c.Key, err)
		}
		b.stored = c.Value
		put(&p.bans, member, b)
		return nil
	}
	if member, ok := strings.CutPrefix(c.Key, keySeat); ok {
		delete(p.seats, member)
		generation, err := readNumber(c)
		if generation > 0 {
			put(&p.seats, member, generation)
		}
		return err
	}
	if is, err := p.setHook(c); is {
		return err
	}
	if is, err := p.setSetting(c); is {
		return err
	}
	if is, err := p.setPin(c); is {
		return err
	}
	if is, err := p.setSeen(c); is {
		return err
	}
	if is, err := p.setTransfer(c); is {
		return err
	}
	if is, err := p.setDevice(c); is {
		return err
	}
	if is, err := p.setInvite(c); is {
		return err
	}
	if is, err := p.setKnock(c); is {
		return err
	}
	if c.Key == keyClaimed {
		p.claimed = !removed
	}
	return nil
}

// Settings returns the room's settings.
func (p *Policy) Settings() protocol.Settings { return p.settings }

// Claimed reports whether the room has, or ever had, an owner.
func (p *Policy) Claimed() bool { return p.claimed }
