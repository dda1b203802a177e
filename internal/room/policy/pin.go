package policy

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"snug/internal/journal"
	"snug/protocol"
)

// The keys of a room's state that are about pins. A pinned message has the number of its pin.
const (
	keyPin      = "pin/" // and the seq of the message
	keyPinsMade = "pins-made"
)

// Pins returns the pinned messages that are kept, in the order in which they were pinned.
// first is the oldest event that is kept.
func (p *Policy) Pins(first uint64) []uint64 {
	var pins []uint64
	for seq := range p.pins {
		if seq >= first {
			pins = append(pins, seq)
		}
	}
	slices.SortFunc(pins, func(a, b uint64) int { return cmp.Compare(p.pins[a], p.pins[b]) })
	return pins
}

// Unpin returns the change that takes back the pin of a message, if it has one. An event that
// erases a message makes it, too.
func Unpin(seq uint64) journal.Change {
	return journal.Change{Key: keyPin + strconv.FormatUint(seq, 10)}
}

// NoteErased notes that a message is erased.
func (p *Policy) NoteErased(seq uint64) { delete(p.pins, seq) }

// setPin makes a change of the room's state, if it is about a pin.
func (p *Policy) setPin(c journal.Change) (is bool, err error) {
	if c.Key == keyPinsMade {
		p.pinsMade, err = readNumber(c)
		return true, err
	}
	message, is := strings.CutPrefix(c.Key, keyPin)
	if !is {
		return false, nil
	}
	seq, err := strconv.ParseUint(message, 10, 64)
	if err != nil {
		return true, fmt.Errorf("read the room's %s: %w", c.Key, err)
	}
	delete(p.pins, seq)
	number, err := readNumber(c)
	if number > 0 {
		put(&p.pins, seq, number)
	}
	return true, err
}

// pinsMadeChange counts the pins that a room has ever had. As its value is a condition of
// making one, of two that are made at once only one is: they could be too many.
func pinsMadeChange(made uint64) journal.Change { return numberChange(keyPinsMade, made) }

// pinChanges are the changes of pinning message seq.
func pinChanges(seq uint64, hidden *private) []journal.Change {
	pin := Unpin(seq)
	pin.Value = strconv.AppendUint(nil, hidden.PinsMade, 10)
	changes := []journal.Change{pin, pinsMadeChange(hidden.PinsMade)}
	for _, gone := range hidden.Unpinned {
		changes = append(changes, Unpin(gone))
	}
	return changes
}

// unkeptPins returns up to a number of pinned messages that are no longer kept.
func (p *Policy) unkeptPins(first uint64, limit int) []uint64 {
	var gone []uint64
	for seq := range p.pins {
		if seq < first && len(gone) < limit {
			gone = append(gone, seq)
		}
	}
	slices.Sort(gone)
	return gone
}

// judgePin returns why an order to pin or unpin is refused; nil if it isn't.
func (p *Policy) judgePin(o *Order) *protocol.Error {
	_, pinned := p.pins[o.Message]
	switch {
	case !AtLeast(o.From.Role, protocol.RoleModerator):
		return Forbidden("pin messages")
	case o.Action == protocol.ActionUnpin && !pinned:
		return protocol.Errorf(protocol.NotFound, "message %d isn't pinned", o.Message)
	case o.Action == protocol.ActionPin && !pinned && len(p.Pins(o.First)) >= protocol.MaxPins:
		return protocol.Errorf(protocol.TooMany, "the room has %d pinned messages: unpin one first", protocol.MaxPins)
	}
	return nil
}
