package policy

import (
	"maps"
	"slices"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// The keys of the settings in a room's state. A setting that isn't set has no key.
const (
	// KeySettings is how they begin.
	KeySettings = "set/"
	// KeyName is that of the room's name.
	KeyName = KeySettings + "name"

	keyTopic    = KeySettings + "topic"
	keyLocked   = KeySettings + "locked"
	keyPassword = KeySettings + "password"
	keySlow     = KeySettings + "slow_ms"
	keyReading  = KeySettings + "reading"
	keyKeep     = KeySettings + "keep_seconds"
	keyExpires  = KeySettings + "expires"
)

// ReadSettings returns the settings of the room whose state is given. The state may lack keys
// that don't begin with KeySettings.
func ReadSettings(state map[string][]byte) (protocol.Settings, error) {
	var p Policy
	for _, key := range slices.Sorted(maps.Keys(state)) {
		if _, err := p.setSetting(journal.Change{Key: key, Value: state[key]}); err != nil {
			return p.settings, err
		}
	}
	return p.settings, nil
}

// settingChanges are the changes that s makes; password is the hash of the new one.
func settingChanges(s *protocol.SettingsChange, password string) (changes []journal.Change) {
	set := func(key, value string, present bool) {
		c := journal.Change{Key: key}
		if present {
			c.Value = []byte(value)
		}
		changes = append(changes, c)
	}
	text := func(key string, value *string) {
		if value != nil {
			set(key, *value, *value != "")
		}
	}
	number := func(key string, value *int64) {
		if value != nil {
			changes = append(changes, numberChange(key, uint64(max(*value, 0))))
		}
	}
	if s == nil {
		return nil
	}
	text(KeyName, s.Name)
	text(keyTopic, s.Topic)
	if s.Locked != nil {
		set(keyLocked, "1", *s.Locked)
	}
	number(keySlow, s.SlowMS)
	text(keyReading, s.Reading)
	if s.Password != nil {
		set(keyPassword, password, *s.Password)
	}
	number(keyKeep, s.KeepSeconds)
	text(keyExpires, s.Expires)
	return changes
}

// setSetting makes a change of the room's state, if it is about a setting.
func (p *Policy) setSetting(c journal.Change) (is bool, err error) {
	s := &p.settings
	switch c.Key {
	case KeyName:
		s.Name = string(c.Value)
	case keyTopic:
		s.Topic = string(c.Value)
	case keyLocked:
		s.Locked = c.Value != nil
	case keyPassword:
		p.password, s.Password = string(c.Value), c.Value != nil
	case keyReading:
		s.Reading = string(c.Value)
	case keyExpires:
		s.Expires = string(c.Value)
	case keySlow:
		s.SlowMS, err = settingNumber(c)
	case keyKeep:
		s.KeepSeconds, err = settingNumber(c)
	default:
		return false, nil
	}
	return true, err
}

func settingNumber(c journal.Change) (int64, error) {
	n, err := readNumber(c)
	return int64(n), err
}

// judgeSettings returns why an order to change the settings is refused; nil if it isn't.
func (p *Policy) judgeSettings(o *Order) *protocol.Error {
	if o.From.Role != protocol.RoleOwner {
		return Forbidden("change the settings")
	}
	if e := o.Settings.Expires; e != nil && *e != "" {
		at, err := time.Parse(time.RFC3339Nano, *e)
		if err != nil || at.Before(o.Now.Add(protocol.MinExpiry)) || at.After(o.Now.Add(protocol.MaxKeep)) {
			return protocol.Errorf(protocol.BadField, `"expires" is %s: a time more than a minute and at most ten years from now`, *e)
		}
	}
	return nil
}
