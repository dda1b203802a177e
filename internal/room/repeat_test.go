package room

import (
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/memory"
	"snug/protocol"
)

// A repeat is recognised even if the command has changed what it is judged by.
func TestARepeatedCommandAddsNothing(t *testing.T) {
	moderation := func(m Moderation) func(c *cast) (journal.Outcome, error) {
		return func(c *cast) (journal.Outcome, error) {
			m := m
			m.ID = "again"
			if m.Member != "" {
				m.Member = c.member(m.Member)
			}
			return c.by["owner"].moderate(m)
		}
	}
	for what, command := range map[string]func(c *cast) (journal.Outcome, error){
		"kick":                  moderation(Moderation{Action: protocol.ActionKick, Member: "member", Reason: "x"}),
		"ban":                   moderation(Moderation{Action: protocol.ActionBan, Member: "member", For: time.Hour}),
		"ban for good":          moderation(Moderation{Action: protocol.ActionBan, Member: "nobody"}),
		"unban":                 moderation(Moderation{Action: protocol.ActionUnban, Member: "guest"}),
		"hand on":               moderation(Moderation{Action: protocol.ActionRole, Member: "member", Role: protocol.RoleOwner}),
		"step down":             moderation(Moderation{Action: protocol.ActionRole, Member: "owner", Role: protocol.RoleMember}),
		"demote an owner":       moderation(Moderation{Action: protocol.ActionRole, Member: "owner2", Role: protocol.RoleMember}),
		"topic":                 moderation(setting(protocol.SettingsChange{Topic: new("tea")})),
		"password":              moderation(password("secret")),
		"delete":                func(c *cast) (journal.Outcome, error) { return c.by["moderator"].erase("again", c.said["member"]) },
		"delete an own message": func(c *cast) (journal.Outcome, error) { return c.by["member"].erase("again", c.said["member"]) },
		"edit":                  func(c *cast) (journal.Outcome, error) { return c.by["member"].edit("again", c.said["member"], "new") },
		"react":                 func(c *cast) (journal.Outcome, error) { return c.by["member"].react("again", c.said["owner"]) },
		"send":                  func(c *cast) (journal.Outcome, error) { return c.by["member"].say(Message{ID: "again", Content: "hi"}) },
	} {
		t.Run(what, func(t *testing.T) {
			c := newCast(t, Options{})
			c.by["owner2"].mustModerate(Moderation{Action: protocol.ActionBan, Member: c.member("guest")})
			first, err := command(c)
			if err != nil || first.Duplicate {
				t.Fatalf("became %+v, %v", first, err)
			}
			// Meanwhile everyone may do less, and the target may be gone.
			for _, after := range []func(){
				func() {},
				func() { _, _ = c.by["owner2"].erase("gone", c.said["member"]) },
				func() {
					_, _ = c.by["owner2"].moderate(Moderation{Action: protocol.ActionRole, Member: c.member("moderator"), Role: protocol.RoleMember})
				},
				func() {
					_, _ = c.by["owner2"].moderate(setting(protocol.SettingsChange{SlowMS: new(int64(60_000))}))
				},
			} {
				after()
				c.by["owner"].Settle(t.Context())
				head := c.by["owner"].room.Head()
				if o, err := command(c); err != nil || o != (journal.Outcome{Seq: first.Seq, Duplicate: true}) {
					t.Errorf("again: %+v, %v; want that it is a repeat of %d", o, err, first.Seq)
				}
				c.by["owner"].Settle(t.Context())
				if now := c.by["owner"].room.Head(); now != head {
					t.Errorf("it has added %d events", now-head)
				}
			}
		})
	}
}

func TestTheSameIDWithOtherContentIsAConflict(t *testing.T) {
	c := newCast(t, Options{})
	owner := c.by["owner"]
	for _, m := range [][2]Moderation{
		{password("secret"), password("other")},
		{password("secret"), password("")},
		{setting(protocol.SettingsChange{Topic: new("a")}), setting(protocol.SettingsChange{Topic: new("b")})},
		{{Action: protocol.ActionBan, Member: "m", For: time.Hour}, {Action: protocol.ActionBan, Member: "m", For: time.Minute}},
		{{Action: protocol.ActionBan, Member: "m"}, {Action: protocol.ActionUnban, Member: "m"}},
		{{Action: protocol.ActionBan, Member: "n", Reason: "a"}, {Action: protocol.ActionBan, Member: "n", Reason: "b"}},
	} {
		id := auto(owner)
		m[0].ID, m[1].ID = id, id
		owner.mustModerate(m[0])
		if _, err := owner.moderate(m[1]); code(t, err) != "id-conflict" {
			t.Errorf("%+v after %+v: %v", m[1], m[0], err)
		}
	}
}

func TestSlowModeHoldsForAMemberAndNotForAConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRegistry(t, Options{})
		owner, member := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("bob"))
		second := mustJoin(t, g, member.back(""))
		owner.mustModerate(setting(protocol.SettingsChange{SlowMS: new(int64(10_000))}))
		says := func(c *client, id, want string) {
			t.Helper()
			if _, err := c.say(Message{ID: id, Content: "hi"}); code(t, err) != want {
				t.Errorf("%s: %v, want %s", id, err, want)
			}
		}
		says(member, "1", "ok")
		says(member, "2", "slow-mode")
		says(second, "3", "slow-mode")
		says(mustJoin(t, g, plain("p")), "", "ok")
		says(owner, "1", "ok")
		says(owner, "2", "ok")
		time.Sleep(10*time.Second - time.Millisecond)
		says(second, "4", "slow-mode")
		member.Leave()
		second.Leave()
		again := mustJoin(t, g, member.back(""))
		says(again, "5", "slow-mode")
		time.Sleep(time.Millisecond)
		says(again, "6", "ok")
		says(again, "7", "slow-mode")
		if o, err := again.say(Message{ID: "6", Content: "hi"}); err != nil || !o.Duplicate {
			t.Errorf("a repeat of what was taken: %+v, %v", o, err)
		}
		owner.mustModerate(setting(protocol.SettingsChange{SlowMS: new(int64(0))}))
		says(again, "8", "ok")
		says(again, "9", "ok")
	})
}

// Or the message, which has to be sent again, would be refused by slow mode.
func TestAFailedAppendGivesTheTurnBack(t *testing.T) {
	j := &deaf{Journal: memoryJournal(t, memory.Options{})}
	g := newRegistry(t, Options{Journal: j})
	owner, member := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("bob"))
	owner.mustModerate(setting(protocol.SettingsChange{SlowMS: new(int64(60_000))}))
	for range 3 {
		j.deaf.Store(true)
		if _, err := member.say(Message{ID: "1", Content: "hi"}); code(t, err) != "unavailable" {
			t.Errorf("got %v", err)
		}
	}
	j.deaf.Store(false)
	if _, err := member.say(Message{ID: "1", Content: "hi"}); err != nil {
		t.Errorf("sent again: %v", err)
	}
}

func TestReactionsAreStoredInOneForm(t *testing.T) {
	g := newOwnerless(t, Options{})
	ann, bob := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("bob"))
	ann.mustSend("hi")
	for _, r := range []struct {
		from      *client
		id, emoji string
		remove    bool
		duplicate bool
	}{
		{ann, "1", "❤", false, false},
		{bob, "1", "❤\uFE0F", false, false},
		{ann, "1", "❤", false, true}, // what is repeated is what was sent
		{ann, "2", "❤\uFE0E", true, false},
	} {
		o, err := r.from.submit(r.from.React(r.id, 1, r.emoji, r.remove))
		if err != nil || o.Duplicate != r.duplicate {
			t.Errorf("%s, %+q: %+v, %v", r.id, r.emoji, o, err)
		}
	}
	ann.Settle(t.Context())
	page, err := ann.ReadAfter(t.Context(), 1, 10)
	if err != nil || len(page.Events) != 3 {
		t.Fatalf("%+v, %v", page.Events, err)
	}
	for _, e := range page.Events {
		if b, err := e.Reacted(); err != nil || b.Emoji != "❤\uFE0F" {
			t.Errorf("%d is %+q, %v", e.Seq, b.Emoji, err)
		}
	}
}
