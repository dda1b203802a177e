package text_test

import (
	"testing"
	"time"

	"snug/internal/text"
	"snug/protocol"
)

func TestModerationIsDescribedInALine(t *testing.T) {
	zoe := protocol.Member{Member: "m1", Nick: "zoe", Role: protocol.RoleOwner}
	for want, body := range map[string]protocol.ModeratedBody{
		"zoe owns the room":        {Action: protocol.ActionClaim, Member: "m1", Nick: "zoe", Role: protocol.RoleOwner},
		"zoe kicked bob: spam":     {Action: protocol.ActionKick, Member: "m2", Nick: "bob", Reason: "spam", Until: new(time.Now())},
		"zoe banned m2":            {Action: protocol.ActionBan, Member: "m2"},
		"zoe made an invite":       {Action: protocol.ActionInvite},
		"zoe took an invite back":  {Action: protocol.ActionUninvite},
		"zoe let in eve":           {Action: protocol.ActionAdmit, Member: "m5", Nick: "eve"},
		"zoe came in by an invite": {Action: protocol.ActionAdmit, Member: "m1", Nick: "zoe"},
		"zoe pinned a message":     {Action: protocol.ActionPin},
		"zoe unpinned a message":   {Action: protocol.ActionUnpin},
		"zoe closed the room":      {Action: protocol.ActionClose},
		"the room closes at 2026-03-01 12:00:00, and its messages are erased": {Action: protocol.ActionExpiring, Until: new(time.Date(2026, 3, 1, 12, 0, 0, 0, time.Local))},
		"zoe set that messages are removed after 7d, set that the room stays, named the room Tea \\x1b": {Action: protocol.ActionSet, Settings: &protocol.SettingsChange{
			KeepSeconds: new(int64(7 * 86400)), Expires: new(""), Name: new("Tea \x1b"),
		}},
		"zoe lifted the ban on bob":                   {Action: protocol.ActionUnban, Member: "m2", Nick: "bob"},
		"zoe made bob a moderator":                    {Action: protocol.ActionRole, Member: "m2", Nick: "bob", Role: protocol.RoleModerator},
		"zoe made bob an owner":                       {Action: protocol.ActionRole, Member: "m2", Nick: "bob", Role: protocol.RoleOwner},
		"zoe connected the app Alerts":                {Action: protocol.ActionHook, Member: "m9", Nick: "Alerts"},
		"zoe removed the app Alerts":                  {Action: protocol.ActionUnhook, Member: "m9", Nick: "Alerts"},
		"zoe locked the room":                         {Action: protocol.ActionSet, Settings: &protocol.SettingsChange{Locked: new(true)}},
		"zoe set the topic to \\x1b[2J":               {Action: protocol.ActionSet, Settings: &protocol.SettingsChange{Topic: new("\x1b[2J")}},
		"zoe let only members read":                   {Action: protocol.ActionSet, Settings: &protocol.SettingsChange{Reading: new(protocol.ReadingMembers)}},
		"zoe let anyone read":                         {Action: protocol.ActionSet, Settings: &protocol.SettingsChange{Reading: new("")}},
		"zoe ended slow mode":                         {Action: protocol.ActionSet, Settings: &protocol.SettingsChange{SlowMS: new(int64(0))}},
		"zoe kicked \\u202ebob: \\a":                  {Action: protocol.ActionKick, Nick: "\u202ebob", Reason: "\a"},
		"":                                            {Action: "polished", Member: "m2"},
		"zoe set slow mode to one message every 1.5s": {Action: protocol.ActionSet, Settings: &protocol.SettingsChange{SlowMS: new(int64(1500))}},
		"zoe unlocked the room, removed the password, ended slow mode, removed the topic": {Action: protocol.ActionSet, Settings: &protocol.SettingsChange{
			Topic: new(""), Locked: new(false), Password: new(false), SlowMS: new(int64(0)),
		}},
	} {
		e := protocol.Event{Type: protocol.EventModerated, From: zoe, Body: body.Encode()}
		if got := text.Moderation(&e); got != want {
			t.Errorf("described as %q, want %q", got, want)
		}
	}
}
