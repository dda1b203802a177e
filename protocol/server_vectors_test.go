package protocol

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

var (
	ada   = Member{Member: "m1", Nick: "ada", Role: RoleMember}
	guest = Member{Member: "m2", Nick: "client 1", Role: RoleMember, Guest: true}
	bob   = Member{Member: "m3", Nick: "bob", Role: RoleMember}
	owner = Member{Member: "m1", Nick: "ada", Role: RoleOwner}
)

// about returns an event of ada's about message 41.
func about(seq uint64, typ EventType, id string, body json.RawMessage) Event {
	e := message(seq, id, MessageBody{})
	e.Type, e.Target, e.Body = typ, 41, body
	return e
}

// moderated returns a moderated event of ada, the owner.
func moderated(seq uint64, id string, b ModeratedBody) Event {
	e := message(seq, id, MessageBody{})
	e.Type, e.From, e.Body = EventModerated, owner, b.Encode()
	return e
}

// pinned returns a moderated event about message 41.
func pinned(seq uint64, id string, a Action) Event {
	e := moderated(seq, id, ModeratedBody{Action: a})
	e.Target = 41
	return e
}

// message is an event of ada's, whose time is in another zone and has microseconds: it is
// sent in UTC and milliseconds.
func message(seq uint64, id string, b MessageBody) Event {
	return Event{Type: EventMessage, Seq: seq, ID: id, At: at("2026-03-01T14:00:00.250999+02:00"), From: ada, Body: b.Encode()}
}

func logged(e Event) []byte                      { return e.AppendJSON(nil) }
func unlogged(typ EventType, fields any) []byte  { return AppendEvent(nil, typ, fields) }
func refused(e *Error, id, ref string) []byte    { e.ID, e.Ref = id, ref; return AppendError(nil, e) }
func later(e *Error, after time.Duration) *Error { e.RetryAfter = after; return e }

func at(s string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

// serverVectors has every frame of "server" in testdata/vectors.json, as this package
// writes it.
var serverVectors = map[string][]byte{
	"message":                  logged(message(41, "m-1", MessageBody{Content: "hello <b>&</b> 😀"})),
	"message, a reply":         logged(message(42, "m-2", MessageBody{Content: "hello back", ReplyTo: 41})),
	"message, erased":          logged(message(44, "m-3", MessageBody{Deleted: true})),
	"message with mentions":    logged(message(69, "m-6", MessageBody{Content: "@bob, @Alerts is wrong", Mentions: []string{"m3", "m9"}})),
	"message, an id to escape": logged(message(45, `"\`, MessageBody{Content: "x"})),
	"message with files": logged(message(67, "m-4", MessageBody{Content: "look", Files: []File{
		{ID: "4FJQZKX2W7M3N5R6T8Y9ABCDEF", Name: "Grüße <1>.png", Type: "image/png", Size: 48213, Width: 640, Height: 480, Alt: `a "kite"`},
		{ID: "ABCDEF4FJQZKX2W7M3N5R6T8Y9", Name: "notes.txt", Type: "text/plain", Size: 12},
	}})),
	"message with a file alone": logged(message(68, "m-5", MessageBody{ReplyTo: 67, Files: []File{
		{ID: "4FJQZKX2W7M3N5R6T8Y9ABCDE2", Name: "a.zip", Type: "application/zip", Size: 1},
	}})),
	"welcome, with files": unlogged(EventWelcome, Welcome{
		Room: "lobby", Epoch: "Zk3f", First: 41, Head: 43, Resumed: true,
		You: You{ada, "s3cret"}, Members: []Member{ada}, Count: 1,
		Limits: Limits{ContentChars: 4000, FrameBytes: 52096, EventBytes: 2048000, MessageRate: 10, RetryMS: 2000, FileBytes: 26214400},
	}),
	"message from plain": logged(Event{
		Type: EventMessage, Seq: 43, ID: "k7", At: at("2026-03-01T12:00:01Z"), From: guest, Body: MessageBody{Content: "content1"}.Encode(),
	}),

	"edited":               logged(about(46, EventEdited, "c-1", EditedBody{Content: "hello there"}.Encode())),
	"edited, text away":    logged(about(46, EventEdited, "c-1", EditedBody{}.Encode())),
	"edited, erased":       logged(about(46, EventEdited, "c-1", ErasedBody(EventEdited))),
	"deleted":              logged(about(47, EventDeleted, "c-6", nil)),
	"reacted":              logged(about(48, EventReacted, "c-8", ReactedBody{"👍", false}.Encode())),
	"reacted, with U+FE0F": logged(about(48, EventReacted, "c-8b", ReactedBody{"❤", false}.Encode())),
	"reacted, taken back":  logged(about(49, EventReacted, "c-9", ReactedBody{"👍", true}.Encode())),

	"moderated, a claim": logged(moderated(1, "claim", ModeratedBody{Action: ActionClaim, Member: "m1", Nick: "ada", Role: RoleOwner})),
	"moderated, a kick": logged(moderated(50, "c-17", ModeratedBody{
		Action: ActionKick, Member: "m3", Nick: "bob", Reason: "spam", Until: new(at("2026-03-01T14:01:00.250999+02:00")),
	})),
	"moderated, a ban for good":      logged(moderated(51, "c-23", ModeratedBody{Action: ActionBan, Member: "m3", Nick: "bob"})),
	"moderated, a ban lifted":        logged(moderated(52, "c-29", ModeratedBody{Action: ActionUnban, Member: "m3", Nick: "bob"})),
	"moderated, a role":              logged(moderated(53, "c-31", ModeratedBody{Action: ActionRole, Member: "m3", Nick: "bob", Role: RoleModerator})),
	"moderated, seats revoked":       logged(moderated(53, "c-34b", ModeratedBody{Action: ActionRevoke, Member: "m3", Nick: "bob"})),
	"moderated, a hook":              logged(moderated(57, "c-50", ModeratedBody{Action: ActionHook, Member: "m9", Nick: "Alerts"})),
	"moderated, a hook removed":      logged(moderated(58, "c-52", ModeratedBody{Action: ActionUnhook, Member: "m9", Nick: "Alerts"})),
	"moderated, settings":            logged(moderated(54, "c-35", ModeratedBody{Action: ActionSet, Settings: change("tea", true, true, 5000)})),
	"moderated, settings taken back": logged(moderated(55, "c-36", ModeratedBody{Action: ActionSet, Settings: change("", false, false, 0)})),

	"moderated, an invite":                 logged(moderated(59, "c-76", ModeratedBody{Action: ActionInvite})),
	"moderated, an invite taken back":      logged(moderated(60, "c-80", ModeratedBody{Action: ActionUninvite})),
	"moderated, a newcomer admitted":       logged(moderated(61, "c-82", ModeratedBody{Action: ActionAdmit, Member: "m5", Nick: "zoe"})),
	"moderated, a message pinned":          logged(pinned(62, "c-60", ActionPin)),
	"moderated, a message unpinned":        logged(pinned(63, "c-62", ActionUnpin)),
	"moderated, the room closes by itself": logged(moderated(64, "x-1", ModeratedBody{Action: ActionExpiring, Until: new(at("2026-03-01T13:00:00Z"))})),
	"moderated, the room is closed":        logged(moderated(65, "c-63", ModeratedBody{Action: ActionClose})),
	"moderated, name and times": logged(moderated(66, "c-64", ModeratedBody{Action: ActionSet, Settings: &SettingsChange{
		Name: new("Tea room"), KeepSeconds: new(int64(86400)), Expires: new("2026-03-01T12:00:00.000Z"),
	}})),
	"welcome, with pins and read state": unlogged(EventWelcome, Welcome{
		Room: "lobby", Epoch: "Zk3f", First: 41, Head: 43, Resumed: true,
		You: You{ada, "s3cret"}, Members: []Member{ada}, Count: 1, Pins: []uint64{41}, Seen: 42,
		Settings: Settings{Name: "Tea room", KeepSeconds: 86400, Expires: "2026-03-01T12:00:00.000Z"},
		Limits:   Limits{ContentChars: 4000, FrameBytes: 52096, EventBytes: 2048000, MessageRate: 10, RetryMS: 2000},
	}),
	"pruned": unlogged(EventPruned, Pruned{43}),
	"invite": unlogged(EventInvite, Invite{Ref: "i1", ID: "c-76", Invite: "i-1", URL: "https://example.com/r/lobby#invite=s3cret", Uses: 1, Until: new(at("2026-03-01T13:00:00Z"))}),
	"invites": unlogged(EventInvites, Invites{"i2", []InviteInfo{
		{Invite: "i-1", By: owner, URL: "https://example.com/r/lobby#invite=s3cret", Uses: 1, Until: new(at("2026-03-01T13:00:00Z"))},
		{Invite: "i-2", By: owner},
	}}),
	"invites, none": unlogged(EventInvites, Invites{Ref: "i3"}),
	"knock":         unlogged(EventKnock, Knock{Member: "m5", Nick: "zoe", Note: "we met at the fair"}),
	"knock, gone":   unlogged(EventKnock, Knock{Member: "m5", Gone: true}),
	"seen":          unlogged(EventSeen, Seen{42}),
	"transfer":      unlogged(EventTransfer, Transfer{"t2", "K7QT2-9XWZR", "https://example.com/r/lobby#transfer=K7QT2-9XWZR", at("2026-03-01T12:02:00Z")}),
	"push":          unlogged(EventPush, Push{"p1", PushMentions}),
	"welcome, with push": unlogged(EventWelcome, Welcome{
		Room: "lobby", Epoch: "Zk3f", First: 41, Head: 43, Resumed: true,
		You: You{ada, "s3cret"}, Members: []Member{ada}, Count: 1, Pins: []uint64{41}, Seen: 42,
		Settings: Settings{Name: "Tea room", KeepSeconds: 86400, Expires: "2026-03-01T12:00:00.000Z"},
		Limits:   Limits{ContentChars: 4000, FrameBytes: 52096, EventBytes: 2048000, MessageRate: 10, RetryMS: 2000},
		PushKey:  "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs", Build: "5d0f1c2b3a49586776859403",
	}),
	"goodbye, closed":                          unlogged(EventGoodbye, Goodbye{Code: GoodbyeClosed}),
	"error for one who comes to a closed room": refused(later(Errorf(Closed, "the room was closed: its code can be used again in 23h0m0s"), 23*time.Hour), "", ""),

	"joined":  unlogged(EventJoined, Presence{bob, 3}),
	"left":    unlogged(EventLeft, Presence{bob, 2}),
	"renamed": unlogged(EventRenamed, Renamed{"m1", "Ada L."}),
	"typing":  unlogged(EventTyping, Typing{"m1"}),
	"crowd":   unlogged(EventCrowd, Crowd{201}),
	"readers": unlogged(EventReaders, Readers{2}),
	"members": unlogged(EventMembers, Members{Members: []Member{ada, guest}, Count: 2}),

	"welcome": unlogged(EventWelcome, Welcome{
		Room: "lobby", Epoch: "Zk3f", First: 41, Head: 43, Resumed: true,
		You: You{ada, "s3cret"}, Members: []Member{ada}, Count: 1,
		Limits: Limits{ContentChars: 4000, FrameBytes: 52096, EventBytes: 2048000, MessageRate: 10, RetryMS: 2000},
	}),
	"history": AppendHistory(nil, "h2", []Event{
		message(41, "m-1", MessageBody{Content: "hello"}),
		message(42, "m-2", MessageBody{Content: "hello back", ReplyTo: 41}),
	}, true),
	"history, nothing there": AppendHistory(nil, "h3", nil, false),
	"search": AppendSearch(nil, Search{Ref: "s1", More: true, Next: 40, Events: []Event{
		message(42, "m-2", MessageBody{Content: "green tea", ReplyTo: 41, Edited: true}),
		message(41, "m-1", MessageBody{Content: "tea?"}),
	}}),
	"search, incomplete": AppendSearch(nil, Search{Ref: "s3", Incomplete: true}),
	"bans": unlogged(EventBans, Bans{"b1", []Ban{
		{Member: "m3", Nick: "bob", By: owner, Reason: "spam", Until: new(at("2026-03-01T13:00:00Z"))},
		{Member: "m4", By: owner},
	}}),
	"message from a hook": logged(Event{
		Type: EventMessage, Seq: 56, ID: "h-1", At: at("2026-03-01T12:00:00.250Z"), Body: MessageBody{Content: "disk full", As: "grafana"}.Encode(),
		From: Member{Member: "m9", Nick: "Alerts", Role: RoleMember, Bot: true},
	}),
	"message that was imported": logged(Event{
		Type: EventMessage, Seq: 61, ID: "import-1", At: at("2026-03-01T12:00:00.250Z"),
		Body: MessageBody{Content: "long ago", SentAt: new(at("2019-07-20T20:17:00Z"))}.Encode(), From: Member{Member: "import-1", Nick: "zoe", Role: RoleMember},
	}),
	"hook":           unlogged(EventHook, Hook{Ref: "k1", ID: "c-50", Member: "m9", Name: "Alerts", URL: "https://example.com/hooks/s3cret"}),
	"hook, outgoing": unlogged(EventHook, Hook{ID: "c-50", Member: "m9", Name: "Alerts", URL: "https://example.com/hooks/s3cret", SigningSecret: "whsec_c2VjcmV0"}),
	"hooks": unlogged(EventHooks, Hooks{"k2", []HookInfo{
		{Member: "m9", Name: "Alerts", By: owner, URL: "https://example.com/hooks/s3cret", Used: new(at("2026-03-01T13:00:00Z"))},
		{Member: "m10", Name: "echo", By: owner, URL: "https://example.com/hooks/s3cret2", To: "https://example.com/echo", Events: HookEvents{HookMentions}, SigningSecret: "whsec_c2VjcmV0"},
		{Member: "m11", Name: "audit", By: owner, Events: HookEvents{"moderated"}},
	}}),
	"hooks, none":     unlogged(EventHooks, Hooks{Ref: "k3"}),
	"bans, nobody":    unlogged(EventBans, Bans{Ref: "b2"}),
	"ack":             unlogged(EventAck, Ack{"m-1", 41, true}),
	"gap":             unlogged(EventGap, Gap{1, 40}),
	"pong":            unlogged(EventPong, Pong{}),
	"pong with ref":   unlogged(EventPong, Pong{"p1"}),
	"goodbye":         unlogged(EventGoodbye, Goodbye{GoodbyeDraining, 1500}),
	"goodbye, kicked": unlogged(EventGoodbye, Goodbye{Code: GoodbyeKicked}),
	"goodbye, banned": unlogged(EventGoodbye, Goodbye{Code: GoodbyeBanned}),
	"welcome, by a token": unlogged(EventWelcome, Welcome{
		Room: "lobby", Epoch: "Zk3f", First: 41, Head: 43, Resumed: true,
		You: You{ada, "s3cret"}, Members: []Member{ada}, Count: 1,
		Limits:  Limits{ContentChars: 4000, FrameBytes: 52096, EventBytes: 2048000, MessageRate: 10, RetryMS: 2000},
		TokenMS: 3_600_000,
	}),
	"auth":                unlogged(EventAuth, Auth{TokenMS: 3_600_000}),
	"auth with ref":       unlogged(EventAuth, Auth{"t1", 3_600_000}),
	"auth, not asked for": unlogged(EventAuth, Auth{}),
	"seat":                unlogged(EventSeat, Seat{"s3cret2"}),
	"goodbye, revoked":    unlogged(EventGoodbye, Goodbye{Code: GoodbyeRevoked}),
	"goodbye, expired":    unlogged(EventGoodbye, Goodbye{Code: GoodbyeExpired}),

	"error for a command with id":  refused(Errorf(Empty, "a message needs content"), "m-7", ""),
	"error for a command with ref": refused(Errorf(BadField, `"limit" is 0: a number of events from 1 to 200`), "", "h5"),
	"error for no command":         refused(Errorf(BadJSON, "not a JSON object: one is wanted, {…}"), "", ""),
	// Rounded up: a client that comes back after 99 ms would be refused again.
	"error with a wait": refused(later(Errorf(RateLimited, "too fast: 10 messages a second are taken"), 99*time.Millisecond+1), "m-9", ""),
	"error for one who is banned": refused(&Error{
		Code: Banned, Message: "you are banned from this room (spam): come back in 1h0m0s", RetryAfter: time.Hour,
		Reason: "spam", Until: new(at("2026-03-01T15:00:00+02:00")),
	}, "", ""),
	"error for one whose address is banned, for good": refused(&Error{
		Code: Banned, Message: "you, or somebody at your address, are banned from this room: ask its owner to let you in again", Address: true,
	}, "", ""),
	"error in slow mode": refused(later(Errorf(SlowMode, "the room is in slow mode: one message in 5s from each"), 4200*time.Millisecond), "m-10", ""),
}

// change returns a change of all settings.
func change(topic string, locked, password bool, slowMS int64) *SettingsChange {
	return &SettingsChange{Topic: &topic, Locked: &locked, Password: &password, SlowMS: &slowMS}
}

func TestServerVectors(t *testing.T) {
	vs := readVectors(t).Server
	if len(vs) != len(serverVectors) {
		t.Errorf("%d frames in the file, %d here", len(vs), len(serverVectors))
	}
	seen := map[string]bool{}
	for _, v := range vs {
		t.Run(v.Name, func(t *testing.T) {
			if got := string(serverVectors[v.Name]); got != v.Frame {
				t.Errorf("\n got %s\nwant %s", got, v.Frame)
			}
			typ, _ := asJSON(t, []byte(v.Frame))["type"].(string)
			seen[typ] = true
		})
	}
	for typ := range constants(t, "EventType") {
		if !seen[typ] {
			t.Errorf("no vector shows %s", typ)
		}
	}
}

func TestModeratedBodyComesBack(t *testing.T) {
	for _, want := range []ModeratedBody{
		{Action: ActionBan, Member: "m3", Nick: "<b>", Reason: "a \u2028 \" x", Until: new(at("2026-03-01T12:01:00.250Z"))},
		{Action: ActionRole, Member: "m3", Role: RoleMember},
		{Action: ActionSet, Settings: change("", false, false, 0)},
		{Action: ActionSet, Settings: &SettingsChange{Topic: new("tea")}},
	} {
		e := moderated(1, "x", want)
		if got, err := e.Moderated(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("got %+v, %v, want %+v", got, err, want)
		}
	}
}

func TestASettingsChangeLeavesTheOthersAlone(t *testing.T) {
	all := Settings{Topic: "tea", Locked: true, Password: true, SlowMS: 5000}
	for _, c := range []struct {
		change SettingsChange
		want   Settings
	}{
		{SettingsChange{}, all},
		{SettingsChange{Name: new("Tea room"), KeepSeconds: new(int64(60)), Expires: new("2026-03-01T12:00:00.000Z")},
			Settings{Name: "Tea room", Topic: "tea", Locked: true, Password: true, SlowMS: 5000, KeepSeconds: 60, Expires: "2026-03-01T12:00:00.000Z"}},
		{SettingsChange{Topic: new("")}, Settings{Locked: true, Password: true, SlowMS: 5000}},
		{SettingsChange{Locked: new(false)}, Settings{Topic: "tea", Password: true, SlowMS: 5000}},
		{SettingsChange{Password: new(false)}, Settings{Topic: "tea", Locked: true, SlowMS: 5000}},
		{SettingsChange{SlowMS: new(int64(0))}, Settings{Topic: "tea", Locked: true, Password: true}},
	} {
		got := all
		if c.change.Apply(&got); got != c.want {
			t.Errorf("%+v makes %+v, want %+v", c.change, got, c.want)
		}
	}
}

func TestMessageBodyComesBack(t *testing.T) {
	want := MessageBody{Content: "a \u2028 <b> \" \x00", ReplyTo: MaxSeq}
	e := message(1, "x", want)
	if got, err := e.Message(); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
}

func TestAppendFunctionsAppend(t *testing.T) {
	e := message(1, "x", MessageBody{Content: "y"})
	for name, appendTo := range map[string]func([]byte) []byte{
		"event":    e.AppendJSON,
		"unlogged": func(b []byte) []byte { return AppendEvent(b, EventPong, Pong{}) },
		"error":    func(b []byte) []byte { return AppendError(b, Errorf(Empty, "x")) },
		"history":  func(b []byte) []byte { return AppendHistory(b, "r", []Event{e}, false) },
		"plain":    func(b []byte) []byte { return AppendPlain(b, PlainMessage{}) },
	} {
		alone := string(appendTo(nil))
		room := append(make([]byte, 0, 4096), "before"...)
		if got := string(appendTo(room)); got != "before"+alone {
			t.Errorf("%s: appended %q, want %q after what was there", name, got, alone)
		}
		if string(room) != "before" {
			t.Errorf("%s: what was there is now %q", name, room)
		}
	}
	if !json.Valid(e.AppendJSON(nil)) {
		t.Error("not JSON")
	}
}
