package protocol

import (
	"time"
	"unicode"
)

// Settings are the settings of a room.
type Settings struct {
	Name     string `json:"name,omitempty"` // shown as the room's title; the code is its address
	Topic    string `json:"topic"`
	Locked   bool   `json:"locked"`
	Password bool   `json:"password"` // whether the room has one
	SlowMS   int64  `json:"slow_ms"`
	Reading  string `json:"reading,omitempty"` // who may read without joining: ReadingMembers, or anyone if it is empty

	KeepSeconds int64  `json:"keep_seconds,omitempty"` // messages are removed when they are older; 0 for never
	Expires     string `json:"expires,omitempty"`      // when the room closes by itself, as TimeLayout; empty for never
}

// ReadingMembers is the setting that lets nobody but members read a room.
const ReadingMembers = "members"

// SettingsChange has the settings that were changed; the others are nil.
type SettingsChange struct {
	Name        *string `json:"name,omitempty"`
	Topic       *string `json:"topic,omitempty"`
	Locked      *bool   `json:"locked,omitempty"`
	Password    *bool   `json:"password,omitempty"` // whether there is one
	SlowMS      *int64  `json:"slow_ms,omitempty"`
	Reading     *string `json:"reading,omitempty"`
	KeepSeconds *int64  `json:"keep_seconds,omitempty"`
	Expires     *string `json:"expires,omitempty"`
}

// Apply makes the change to to.
func (c *SettingsChange) Apply(to *Settings) {
	apply(&to.Name, c.Name)
	apply(&to.Topic, c.Topic)
	apply(&to.Locked, c.Locked)
	apply(&to.Password, c.Password)
	apply(&to.SlowMS, c.SlowMS)
	apply(&to.Reading, c.Reading)
	apply(&to.KeepSeconds, c.KeepSeconds)
	apply(&to.Expires, c.Expires)
}

func apply[T any](to, change *T) {
	if change != nil {
		*to = *change
	}
}

func (c *Command) checkSettings() *Error {
	if c.Name == nil && c.Topic == nil && c.Locked == nil && c.Password == nil && c.SlowMS == nil && c.Reading == nil && c.KeepSeconds == nil && c.Expires == nil {
		return Errorf(BadField, `nothing is set: at least one of "name", "topic", "locked", "password", "slow_ms", "reading", "keep_seconds", "expires" is wanted`)
	}
	if r := c.Reading; r != nil && *r != "" && *r != ReadingMembers {
		return Errorf(BadField, `"reading" is %s: %q for members only, or empty for anyone`, quote(*r), ReadingMembers)
	}
	if c.Name != nil {
		if err := checkShown("name", *c.Name, MaxNameChars); err != nil {
			return err
		}
	}
	if c.Topic != nil {
		if err := checkShown("topic", *c.Topic, MaxTopicChars); err != nil {
			return err
		}
	}
	if err := c.checkPassword(); err != nil {
		return err
	}
	if s := c.SlowMS; s != nil && (*s < 0 || *s > MaxSlow.Milliseconds()) {
		return Errorf(BadField, `"slow_ms" is %d: a time from 0 to %d`, *s, MaxSlow.Milliseconds())
	}
	if s := c.KeepSeconds; s != nil && *s != 0 && (*s < int64(MinKeep/time.Second) || *s > int64(MaxKeep/time.Second)) {
		return Errorf(BadField, `"keep_seconds" is %d: a time from %d to %d, or 0 to keep messages`, *s, int64(MinKeep/time.Second), int64(MaxKeep/time.Second))
	}
	return c.checkExpires()
}

// canBeSeen reports whether a character leaves a mark by itself. Spaces don't, nor do characters
// that join, direct or modify others, or stand for a letter that is missing. Those that Go's tables
// don't know may be new emoji, which can be seen.
func canBeSeen(r rune) bool {
	const brailleBlank = '\u2800'
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Z, unicode.M, unicode.Other_Default_Ignorable_Code_Point) && r != brailleBlank
}

// checkExpires checks the form of "expires", and writes it as all times are written.
func (c *Command) checkExpires() *Error {
	if c.Expires == nil || *c.Expires == "" {
		return nil
	}
	at, err := time.Parse(time.RFC3339Nano, *c.Expires)
	if err != nil || at.Year() < 1970 || at.Year() > 9999 {
		return Errorf(BadField, `"expires" is %s: a time such as 2026-03-01T12:00:00Z, or empty for never`, quote(*c.Expires))
	}
	*c.Expires = at.UTC().Format(TimeLayout)
	return nil
}
