package policy

import (
	"fmt"
	"strconv"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// keyWarned is the key of a room's state that says about which end its members were warned.
const keyWarned = KeySettings + "expires-warned"

// Lifetime is how long a room and its messages last, by the room's settings.
type Lifetime struct {
	Keep    time.Duration // messages that are older are removed; 0 for never
	Expires time.Time     // when the room is closed; the zero time for never
	Warned  bool          // its members were told that it will be

	keep, expires, warned []byte // the values in the journal; nil for none
}

// ReadLifetime returns the lifetime of a room by its state.
func ReadLifetime(state map[string][]byte) (l Lifetime, err error) {
	l.keep, l.expires, l.warned = state[keyKeep], state[keyExpires], state[keyWarned]
	if l.keep != nil {
		seconds, err := strconv.ParseInt(string(l.keep), 10, 64)
		if err != nil {
			return l, fmt.Errorf("read the room's %s: %w", keyKeep, err)
		}
		l.Keep = time.Duration(seconds) * time.Second
	}
	if l.expires != nil {
		if l.Expires, err = time.Parse(time.RFC3339Nano, string(l.expires)); err != nil {
			return l, fmt.Errorf("read the room's %s: %w", keyExpires, err)
		}
		l.Warned = string(l.warned) == string(l.expires)
	}
	return l, nil
}

// LifetimeKeys is how the keys of a room's state begin that ReadLifetime needs.
const LifetimeKeys = KeySettings

// HasLifetime reports whether the state of a room gives it or its messages an end.
func HasLifetime(state map[string][]byte) bool {
	return state[keyKeep] != nil || state[keyExpires] != nil
}

// WarnAt returns when the members are told that the room will be closed.
func (l *Lifetime) WarnAt() time.Time { return l.Expires.Add(-protocol.WarnBefore) }

// Prune returns the draft that removes the messages that are too old by the log's clock. The
// journal refuses it with [journal.ErrChanged] if the setting isn't what l has.
func (l *Lifetime) Prune(room string) journal.Draft {
	return journal.Draft{Room: room, StateOnly: true, Expire: l.Keep, If: []journal.Condition{{Key: keyKeep, Value: l.keep}}}
}

// Warn returns the draft of the event that tells the members that the room will be closed. The
// journal refuses it with [journal.ErrChanged] if the setting isn't what l has, or if it is too
// early by the log's clock.
func (l *Lifetime) Warn(room, id string, from protocol.Member) (journal.Draft, error) {
	d, err := draft(room, id, from, protocol.ModeratedBody{Action: protocol.ActionExpiring, Until: &l.Expires}, private{})
	d.If = []journal.Condition{{Key: keyExpires, Value: l.expires}, {Key: keyWarned, Value: l.warned}} // the last one, or two nodes could both warn
	d.NotBefore = l.WarnAt()
	return d, err
}

// Close returns the draft that closes the room at its end. The journal refuses it as it does
// that of Warn.
func (l *Lifetime) Close(room, id string, from protocol.Member) (journal.Draft, error) {
	d, err := draft(room, id, from, protocol.ModeratedBody{Action: protocol.ActionClose}, private{})
	d.If = []journal.Condition{{Key: keyExpires, Value: l.expires}}
	d.NotBefore, d.Close = l.Expires, true
	return d, err
}

// warnedChange notes that the members were told of the end at until.
func warnedChange(until *time.Time) journal.Change {
	c := journal.Change{Key: keyWarned}
	if until != nil {
		c.Value = until.UTC().AppendFormat(nil, protocol.TimeLayout)
	}
	return c
}
