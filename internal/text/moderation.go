package text

import (
	"fmt"
	"strings"
	"time"

	"snug/protocol"
)

// Moderation describes a moderated event in one line that is safe to show: who owns the
// room, who was removed, which settings have changed. It returns an empty string for
// other events and for actions that it doesn't know. Times are in the local time zone.
func Moderation(e *protocol.Event) string { return ModerationIn(e, time.Local) }

// ModerationIn is Moderation with times in a time zone.
func ModerationIn(e *protocol.Event, zone *time.Location) string {
	body, err := e.Moderated()
	if err != nil {
		return ""
	}
	by, whom := Line(e.From.Nick), Line(body.Nick)
	if whom == "" { // the server doesn't know the nick any more
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
			what += " until " + body.Until.In(zone).Format(time.DateTime)
		}
	case protocol.ActionUnban:
		what = "lifted the ban on " + whom
	case protocol.ActionRole:
		what = fmt.Sprintf("made %s a %s", whom, Line(string(body.Role)))
		if body.Role == protocol.RoleOwner {
			what = "made " + whom + " an owner"
		}
	case protocol.ActionHook:
		what = "connected the app " + whom
	case protocol.ActionUnhook:
		what = "removed the app " + whom
	case protocol.ActionInvite:
		what = "made an invite"
	case protocol.ActionUninvite:
		what = "took an invite back"
	case protocol.ActionAdmit:
		if what = "let in " + whom; body.Member == e.From.Member {
			what = "came in by an invite"
		}
	case protocol.ActionPin:
		what = "pinned a message"
	case protocol.ActionUnpin:
		what = "unpinned a message"
	case protocol.ActionExpiring:
		if body.Until == nil {
			return ""
		}
		return "the room closes at " + body.Until.In(zone).Format(time.DateTime) + ", and its messages are erased"
	case protocol.ActionClose:
		what = "closed the room"
	case protocol.ActionSet:
		if what = changed(body.Settings, zone); what == "" {
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

// changed describes the settings that have changed, with times in a time zone.
func changed(s *protocol.SettingsChange, zone *time.Location) string {
	if s == nil {
		return ""
	}
	var all []string
	add := func(on bool, what, otherwise string) {
		if !on {
			what = otherwise
		}
		all = append(all, what)
	}
	if s.Locked != nil {
		add(*s.Locked, "locked the room", "unlocked the room")
	}
	if s.Password != nil {
		add(*s.Password, "set a password", "removed the password")
	}
	if s.SlowMS != nil {
		pause := time.Duration(*s.SlowMS) * time.Millisecond
		add(pause > 0, "set slow mode to one message every "+Span(pause), "ended slow mode")
	}
	if s.Reading != nil {
		add(*s.Reading == protocol.ReadingMembers, "let only members read", "let anyone read")
	}
	if s.KeepSeconds != nil {
		keep := time.Duration(*s.KeepSeconds) * time.Second
		add(keep > 0, "set that messages are removed after "+Span(keep), "set that messages are kept")
	}
	if s.Expires != nil {
		add(*s.Expires != "", "set that the room closes at "+stampIn(*s.Expires, zone), "set that the room stays")
	}
	if s.Name != nil {
		add(*s.Name != "", "named the room "+Line(*s.Name), "removed the room's name")
	}
	if s.Topic != nil {
		add(*s.Topic != "", "set the topic to "+Line(*s.Topic), "removed the topic")
	}
	return strings.Join(all, ", ")
}
