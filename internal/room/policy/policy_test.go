package policy

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"snug/internal/journal"
	"snug/internal/journal/memory"
	"snug/protocol"
)

// A policy that has applied a room's log, and one that is made of the room's state in the
// journal, are equal.
func TestThePolicyEqualsTheRoomsState(t *testing.T) {
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
		followed, err := New(nil)
		if err != nil {
			rt.Fatal(err)
		}
		for range rapid.IntRange(0, 20).Draw(rt, "entries") {
			body, hidden := protocol.ModeratedBody{Action: rapid.SampledFrom([]protocol.Action{
				protocol.ActionClaim, protocol.ActionKick, protocol.ActionBan, protocol.ActionUnban,
				protocol.ActionRole, protocol.ActionSet, protocol.ActionRevoke, protocol.ActionHook, protocol.ActionUnhook, "of a later version",
			}).Draw(rt, "action")}, private{}
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
						hidden.Password = "hash"
					}
				}
				body.Settings = &s
			default:
				body.Member, body.Until = member.Draw(rt, "member"), instant(rt)
				body.Role = rapid.SampledFrom([]protocol.Role{protocol.RoleOwner, protocol.RoleModerator, protocol.RoleMember}).Draw(rt, "role")
				body.Nick, body.Reason = "Nick <&>", rapid.String().Draw(rt, "reason")
				hidden.Addresses = rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b"}), 0, 2).Draw(rt, "addresses")
				if body.Action == protocol.ActionHook {
					hidden.Hook = &Hook{Created: time.UnixMilli(rapid.Int64Range(0, 4_000_000_000_000).Draw(rt, "created")).UTC(), Secret: "s", To: rapid.SampledFrom([]string{"", "https://example.com"}).Draw(rt, "to")}
					hidden.HooksMade = rapid.Uint64Range(1, 3).Draw(rt, "made")
				}
				hidden.Seats = rapid.Uint64Range(0, 3).Draw(rt, "generation")
				hidden.Expired = rapid.SliceOfN(member, 0, 2).Draw(rt, "expired")
			}
			d, err := draft("lobby", "id", protocol.Member{Member: "m1", Nick: "ann"}, body, hidden)
			if err != nil {
				rt.Fatal(err)
			}
			committed := make(chan error, 1)
			if err := j.Append(t.Context(), d, func(_ journal.Outcome, err error) { committed <- err }); err != nil {
				rt.Fatal(err)
			}
			if err := <-committed; err != nil {
				rt.Fatal(err)
			}
			if err := followed.Apply(&d.Event, d.Private); err != nil {
				rt.Fatal(err)
			}
		}
		snapshot, feed, err := j.Follow(t.Context(), "lobby")
		if err != nil {
			rt.Fatal(err)
		}
		feed.Close()
		opened, err := New(snapshot.State)
		if err != nil {
			rt.Fatal(err)
		}
		all := cmp.Exporter(func(reflect.Type) bool { return true })
		if diff := cmp.Diff(followed, opened, all, cmpopts.EquateEmpty()); diff != "" {
			rt.Fatalf("followed (-) and opened (+) it isn't the same:\n%s", diff)
		}
	})
}

func TestOfSeveralThingsThatCannotBeReadTheFirstIsNamed(t *testing.T) {
	state := make(map[string][]byte)
	for _, key := range []string{keyBan + "m1", keyBan + "m2", keyHook + "m1", keyHook + "m2", keyHook + "m3", keySlow, keyKeep} {
		state[key] = []byte("{")
	}
	for what, read := range map[string]struct {
		err   func() error
		first string
	}{
		"a policy":       {func() error { _, err := New(state); return err }, keyBan + "m1"},
		"settings":       {func() error { _, err := ReadSettings(state); return err }, keyKeep},
		"outgoing hooks": {func() error { _, err := ReadOutgoing(state); return err }, keyHook + "m1"},
	} {
		for range 20 {
			if err := read.err(); err == nil || !strings.Contains(err.Error(), read.first) {
				t.Fatalf("%s: %v, want %s to be named", what, err, read.first)
			}
		}
	}
}

func TestOfBansThatEndTogetherOneIsAlwaysNamed(t *testing.T) {
	state := make(map[string][]byte)
	for _, member := range []string{"m1", "m2", "m3", "m4"} {
		state[keyBan+member] = []byte(`{"member":"` + member + `","reason":"for ` + member + `","addresses":["here"]}`)
	}
	for range 20 {
		p, err := New(state)
		if err != nil {
			t.Fatal(err)
		}
		refusal := p.Admit(Visitor{Member: "new", Address: "here", IsNew: true}, time.Now()).Refusal
		if refusal == nil || refusal.Reason != "for m1" {
			t.Fatalf("it is refused with %v", refusal)
		}
	}
}
