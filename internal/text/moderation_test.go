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
		"zoe owns the room":                           {Action: protocol.ActionClaim, Member: "m1", Nick: "zoe", Role: protocol.RoleOwner},
		"zoe kicked bob: spam":                        {Action: protocol.ActionKick, Member: "m2", Nick: "bob", Reason: "spam", Until: new(time.Now())},
		"zoe banned m2":                               {Action: protocol.ActionBan, Member: "m2"},
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

func TestSpansAreShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Hour: "1h", 90 * time.Minute: "1h30m", 10 * time.Minute: "10m", 10 * time.Second: "10s", 1500 * time.Millisecond: "1.5s",
		100 * time.Minute: "1h40m", time.Hour + time.Second: "1h0m1s", 0: "0s",
	} {
		if got := text.Span(d); got != want {
			t.Errorf("%v is %q, want %q", d, got, want)
		}
	}
}
