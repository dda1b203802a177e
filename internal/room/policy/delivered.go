package policy

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"snug/internal/journal"
)

// Delivered is how far the deliveries of an outgoing hook have come. It is in the room's
// state, written without an entry, so the room itself doesn't follow it.
type Delivered struct {
	Seq     uint64    `json:"seq"`              // the last event that was delivered, or isn't for the hook
	Failing time.Time `json:"failing,omitzero"` // since when the delivery of the next one has failed
	Paused  bool      `json:"paused,omitempty"` // it has failed for too long

	stored []byte // the value in the journal; nil if there is none
}

// HookKeys is how the keys of a room's state begin that are about hooks.
const HookKeys = "hook"

// ReadDelivered returns how far a hook has come by its room's state; ok is false if that
// doesn't say.
func ReadDelivered(state map[string][]byte, member string) (d Delivered, ok bool, err error) {
	value, ok := state[keyHookAt+member]
	if !ok {
		return Delivered{}, false, nil
	}
	if err := json.Unmarshal(value, &d); err != nil {
		return Delivered{}, false, fmt.Errorf("read the room's %s: %w", keyHookAt+member, err)
	}
	d.stored = value
	return d, true, nil
}

// Note returns the draft that stores d as how far the hook has come, and d as it is when
// that is done. The journal refuses the draft with [journal.ErrChanged] if the hook was
// removed, or if it isn't at last any more, which is what the journal had.
func (h *Hook) Note(room string, d, last Delivered) (journal.Draft, Delivered, error) {
	value, err := json.Marshal(d)
	if err != nil {
		return journal.Draft{}, d, fmt.Errorf("encode how far a hook has come: %w", err)
	}
	d.stored = value
	key := keyHookAt + h.Member
	return journal.Draft{
		Room:      room,
		StateOnly: true,
		If:        []journal.Condition{h.Unchanged(), {Key: key, Value: last.stored}},
		State:     []journal.Change{{Key: key, Value: value}},
	}, d, nil
}

// ReadOutgoing returns the outgoing hooks of a room by its state. The first one that can't be read is in
// err, and the others are returned.
func ReadOutgoing(state map[string][]byte) (hooks []Hook, err error) {
	for _, key := range slices.Sorted(maps.Keys(state)) {
		h, ok, e := ReadHook(journal.Change{Key: key, Value: state[key]})
		if e != nil {
			err = cmp.Or(err, e)
		} else if ok && h.To != "" {
			hooks = append(hooks, h)
		}
	}
	return hooks, err
}
