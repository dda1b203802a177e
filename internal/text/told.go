package text

import (
	"fmt"
	"strings"
	"time"

	"snug/protocol"
)

// Told says in words what an event tells of: whose room it is, who was put out,
// which settings have changed. It is one line, safe to show,
// and empty for what later servers tell of.
func Told(e *protocol.Event) string {
	body, err := e.Moderated()
	if err != nil {
		return ""
	}
	by, whom := Line(e.From.Nick), Line(body.Nick)
	if whom == "" { // they weren't here lately
		whom = Line(body.Member)
	}
	var what string
	switch body.Action {
	case protocol.ActionClaim:
		what = "owns the room"
	case protocol.ActionKick:
		what = "kicked " + whom
	case protocol.ActionBan:
		what = "banned " + whom
		if body.Until != nil {
			what += " until " + body.Until.Local().Format(time.DateTime)
		}
	case protocol.ActionUnban:
		what = "lifted the ban on " + whom
	case protocol.ActionRole:
		what = fmt.Sprintf("made %s a %s", whom, Line(string(body.Role)))
		if body.Role == protocol.RoleOwner {
			what = "made " + whom + " an owner"
		}
	case protocol.ActionSet:
		if what = changed(body.Settings); what == "" {
			return ""
		}
	default:
		return ""
	}
	if body.Reason != "" {
		what += ": " + Line(body.Reason)
	}
	return by + " " + what
}

// changed says which settings have changed.
func changed(s *protocol.SettingsChange) string {
	if s == nil {
		return ""
	}
	var all []string
	either := func(is bool, what, otherwise string) {
		if !is {
			what = otherwise
		}
		all = append(all, what)
	}
	if s.Locked != nil {
		either(*s.Locked, "locked the room", "unlocked the room")
	}
	if s.Password != nil {
		either(*s.Password, "set a password", "took the password away")
	}
	if s.SlowMS != nil {
		pause := time.Duration(*s.SlowMS) * time.Millisecond
		either(pause > 0, "slowed the room to a message in "+Span(pause)+" from each", "ended slow mode")
	}
	if s.Topic != nil {
		either(*s.Topic != "", "set the topic to "+Line(*s.Topic), "took the topic away")
	}
	return strings.Join(all, ", ")
}

// Span is a duration without the zeros at its end: 1h, not 1h0m0s.
func Span(d time.Duration) string {
	s := d.String()
	if short, is := strings.CutSuffix(s, "m0s"); is {
		s = short + "m"
	}
	if short, is := strings.CutSuffix(s, "h0m"); is {
		s = short + "h"
	}
	return s
}
