package room

import (
	"encoding/json"
	"fmt"
	"strconv"

	"snug/internal/journal"
	"snug/protocol"
)

// hidden is the private part of a moderated event.
type hidden struct {
	Addresses []string `json:"addresses,omitempty"` // ban, kick: of the member, keyed
	Password  string   `json:"password,omitempty"`  // set: its hash
	Expired   []string `json:"expired,omitempty"`   // ban, kick: whose bans have run out
}

// project returns what a moderated event changes in its room's state. It is a
// function of the event and its private part alone, but for its seq and time.
func project(e *protocol.Event, private []byte) ([]journal.Change, error) {
	body, err := e.Moderated()
	if err != nil {
		return nil, fmt.Errorf("read what was moderated: %w", err)
	}
	var h hidden
	if len(private) > 0 {
		if err := json.Unmarshal(private, &h); err != nil {
			return nil, fmt.Errorf("read what is private of it: %w", err)
		}
	}
	switch body.Action {
	case protocol.ActionClaim:
		return []journal.Change{{Key: keyClaimed, Value: []byte(body.Member)}, role(body.Member, body.Role)}, nil
	case protocol.ActionRole:
		return []journal.Change{role(body.Member, body.Role)}, nil
	case protocol.ActionUnban:
		return []journal.Change{{Key: keyBan + body.Member}}, nil
	case protocol.ActionSet:
		return settings(body.Settings, h.Password), nil
	case protocol.ActionKick, protocol.ActionBan:
		var changes []journal.Change
		for _, member := range h.Expired {
			changes = append(changes, journal.Change{Key: keyBan + member})
		}
		value, err := json.Marshal(ban{
			Ban:       protocol.Ban{Member: body.Member, Nick: body.Nick, By: e.From, Reason: body.Reason, Until: body.Until},
			Kicked:    body.Action == protocol.ActionKick,
			Addresses: h.Addresses,
		})
		if err != nil {
			return nil, fmt.Errorf("write a ban: %w", err)
		}
		return append(changes, journal.Change{Key: keyBan + body.Member, Value: value}), nil
	}
	return nil, nil
}

// role is the change that gives a member a role. That of all who have no other
// isn't kept.
func role(member string, r protocol.Role) journal.Change {
	c := journal.Change{Key: keyRole + member}
	if r != protocol.RoleMember {
		c.Value = []byte(r)
	}
	return c
}

func settings(s *protocol.SettingsChange, password string) (changes []journal.Change) {
	set := func(key, value string, is bool) {
		c := journal.Change{Key: key}
		if is {
			c.Value = []byte(value)
		}
		changes = append(changes, c)
	}
	if s == nil {
		return nil
	}
	if s.Topic != nil {
		set(keyTopic, *s.Topic, *s.Topic != "")
	}
	if s.Locked != nil {
		set(keyLocked, "1", *s.Locked)
	}
	if s.SlowMS != nil {
		set(keySlow, strconv.FormatInt(*s.SlowMS, 10), *s.SlowMS > 0)
	}
	if s.Password != nil {
		set(keyPassword, password, *s.Password)
	}
	return changes
}
