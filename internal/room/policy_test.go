package room

import (
	"log/slog"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"snug/internal/journal"
	"snug/internal/journal/local"
	"snug/internal/journal/memory"
	"snug/protocol"
)

// A room that is open and has followed its log, and one that is opened from what
// the journal keeps, come to the same.
func TestWhatARoomHasFollowedIsWhatTheJournalKeeps(t *testing.T) {
	member := rapid.SampledFrom([]string{"m1", "m2", "m3", "a/b"})
	instant := func(rt *rapid.T) *time.Time {
		if rapid.Bool().Draw(rt, "for good") {
			return nil
		}
		return new(time.UnixMilli(rapid.Int64Range(0, 4_000_000_000_000).Draw(rt, "until")).UTC())
	}
	rapid.Check(t, func(rt *rapid.T) {
		j := memory.Open(memory.Options{Keep: 2}) // the entries are pruned, and what they did isn't
		defer j.Close()
		followed, err := newPolicy(nil)
		if err != nil {
			rt.Fatal(err)
		}
		for range rapid.IntRange(0, 20).Draw(rt, "entries") {
			body, private := protocol.ModeratedBody{Action: rapid.SampledFrom([]protocol.Action{
				protocol.ActionClaim, protocol.ActionKick, protocol.ActionBan, protocol.ActionUnban,
				protocol.ActionRole, protocol.ActionSet, "of a later version",
			}).Draw(rt, "action")}, hidden{}
			switch body.Action {
			case protocol.ActionSet:
				var s protocol.SettingsChange
				if rapid.Bool().Draw(rt, "topic") {
					s.Topic = new(rapid.SampledFrom([]string{"", "tea", "<b>"}).Draw(rt, "topic"))
				}
				if rapid.Bool().Draw(rt, "lock") {
					s.Locked = new(rapid.Bool().Draw(rt, "locked"))
				}
				if rapid.Bool().Draw(rt, "slow") {
					s.SlowMS = new(rapid.Int64Range(0, 2).Draw(rt, "slow_ms"))
				}
				if rapid.Bool().Draw(rt, "password") {
					if s.Password = new(rapid.Bool().Draw(rt, "is there")); *s.Password {
						private.Password = "hash"
					}
				}
				body.Settings = &s
			default:
				body.Member, body.Until = member.Draw(rt, "member"), instant(rt)
				body.Role = rapid.SampledFrom([]protocol.Role{protocol.RoleOwner, protocol.RoleModerator, protocol.RoleMember}).Draw(rt, "role")
				body.Nick, body.Reason = "Nick <&>", rapid.String().Draw(rt, "reason")
				private.Addresses = rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b"}), 0, 2).Draw(rt, "addresses")
				private.Expired = rapid.SliceOfN(member, 0, 2).Draw(rt, "expired")
			}
			d, err := moderated("lobby", "id", protocol.Member{Member: "m1", Nick: "ann"}, body, private)
			if err != nil {
				rt.Fatal(err)
			}
			if _, err := outcome(func(done journal.Done) error { return j.Append(t.Context(), d, done) }); err != nil {
				rt.Fatal(err)
			}
			changes, err := project(&d.Event, d.Private)
			if err != nil {
				rt.Fatal(err)
			}
			for _, c := range changes {
				if err := followed.apply(c); err != nil {
					rt.Fatal(err)
				}
			}
		}
		snapshot, feed, err := j.Follow(t.Context(), "lobby")
		if err != nil {
			rt.Fatal(err)
		}
		feed.Close()
		opened, err := newPolicy(snapshot.State)
		if err != nil || !reflect.DeepEqual(opened, followed) {
			rt.Fatalf("opened it is\n%+v, followed\n%+v; %v", opened, followed, err)
		}
	})
}

// keeps checks that what was decided in a room holds.
func keeps(t *testing.T, g *Registry, c *cast) {
	t.Helper()
	for name, want := range map[string]string{"owner": "ok", "owner2": "ok", "moderator": "ok", "member": "banned", "member2": "ok", "guest2": "ok"} {
		if got := comes(t, g, c.by[name].back("elsewhere")); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for what, q := range map[string]struct {
		address, password, want string
	}{
		"new, from the banned address": {"member", "secret", "banned"},
		"new":                          {"elsewhere", "", "bad-password"},
		"new, with the password":       {"elsewhere", "secret", "ok"},
	} {
		r := from(q.address)
		r.Password = q.password
		if got := comes(t, g, r); got != q.want {
			t.Errorf("%s: %s, want %s", what, got, q.want)
		}
	}
	owner := enter(t, g, c.by["owner"].back(""))
	if owner.You().Role != protocol.RoleOwner || owner.welcome.Settings != (protocol.Settings{Topic: "tea", Password: true, SlowMS: 5000}) {
		t.Errorf("the owner finds %+v", owner.welcome)
	}
	moderator := enter(t, g, c.by["moderator"].back(""))
	if moderator.You().Role != protocol.RoleModerator {
		t.Errorf("the moderator is %s", moderator.You().Role)
	}
	bans, err := moderator.Bans(t.Context())
	if err != nil || len(bans) != 1 || bans[0].Member != c.member("member") || bans[0].By.Member != c.member("moderator") {
		t.Errorf("the bans are %+v, %v", bans, err)
	}
}

func (c *cast) decide() {
	c.by["moderator"].orders(Moderation{Action: protocol.ActionBan, Member: c.member("member")})
	c.by["owner"].orders(setting(protocol.SettingsChange{Topic: new("tea"), SlowMS: new(int64(5000))}))
	c.by["owner"].orders(password("secret"))
	for _, who := range c.by {
		who.Leave()
	}
}

func TestWhatWasDecidedHoldsAfterARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "log.snug")
	reopen := func() journal.Journal {
		j, err := local.Open(t.Context(), file, local.Options{Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	j := reopen()
	c := newCast(t, Options{Journal: j})
	c.decide()
	c.Close()
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	keeps(t, owned(t, Options{Journal: closing(t, reopen())}), c)
}

func TestWhatWasDecidedHoldsWhenItsEntriesAreGone(t *testing.T) {
	j := kept(t, memory.Options{Keep: 3})
	c := newCast(t, Options{Journal: j, Idle: time.Millisecond})
	c.decide()
	c.running.Wait() // the room has ended
	keeps(t, owned(t, Options{Journal: j}), c)
}
