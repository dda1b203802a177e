package room

import (
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/local"
	"snug/internal/journal/memory"
	"snug/protocol"
)

// keeps checks that the decisions of a cast still hold.
func keeps(t *testing.T, g *Registry, c *cast) {
	t.Helper()
	for name, want := range map[string]string{"owner": "ok", "owner2": "ok", "moderator": "ok", "member": "banned", "member2": "ok", "guest2": "ok"} {
		if got := tryJoin(t, g, c.by[name].back("elsewhere")); got != want {
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
		if got := tryJoin(t, g, r); got != q.want {
			t.Errorf("%s: %s, want %s", what, got, q.want)
		}
	}
	owner := mustJoin(t, g, c.by["owner"].back(""))
	if owner.You().Role != protocol.RoleOwner || owner.welcome.Settings != (protocol.Settings{Topic: "tea", Password: true, SlowMS: 5000}) {
		t.Errorf("the owner finds %+v", owner.welcome)
	}
	moderator := mustJoin(t, g, c.by["moderator"].back(""))
	if moderator.You().Role != protocol.RoleModerator {
		t.Errorf("the moderator is %s", moderator.You().Role)
	}
	bans, err := moderator.Bans(t.Context())
	if err != nil || len(bans) != 1 || bans[0].Member != c.member("member") || bans[0].By.Member != c.member("moderator") {
		t.Errorf("the bans are %+v, %v", bans, err)
	}
}

func (c *cast) decide() {
	c.by["moderator"].mustModerate(Moderation{Action: protocol.ActionBan, Member: c.member("member")})
	c.by["owner"].mustModerate(setting(protocol.SettingsChange{Topic: new("tea"), SlowMS: new(int64(5000))}))
	c.by["owner"].mustModerate(password("secret"))
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
	keeps(t, newRegistry(t, Options{Journal: closeAtEnd(t, reopen())}), c)
}

func TestWhatWasDecidedHoldsWhenItsEntriesAreGone(t *testing.T) {
	j := memoryJournal(t, memory.Options{Keep: 3})
	c := newCast(t, Options{Journal: j, Idle: time.Millisecond})
	c.decide()
	c.running.Wait() // the room has ended
	keeps(t, newRegistry(t, Options{Journal: j}), c)
}
