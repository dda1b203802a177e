package room

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// For a day a closed room's code admits nobody. Then it is that of a new room, which knows
// nothing of the old one.
func TestAClosedRoomsCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRegistry(t, Options{})
		ann, bob := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("bob"))
		ann.mustModerate(Moderation{Action: protocol.ActionSet, Settings: protocol.SettingsChange{Name: new("Tea room"), Locked: new(true)}})
		bob.mustSend("secret")
		if o, err := ann.moderate(Moderation{Action: protocol.ActionClose}); err != nil {
			t.Fatalf("close became %+v, %v", o, err)
		}
		synctest.Wait()
		for who, c := range map[string]*client{"the owner": ann, "a member": bob} {
			if c.end != protocol.GoodbyeClosed {
				t.Errorf("%s is told %q", who, c.end)
			}
			if _, err := c.say(Message{ID: "late", Content: "late"}); code(t, err) != string(protocol.Closed) {
				t.Errorf("%s still speaks: %v", who, err)
			}
			c.Leave()
		}
		come := func() error {
			q := v1("ann")
			q.Seat = ann.welcome.You.Seat
			_, _, err := g.Join(t.Context(), "lobby", q)
			return err
		}
		for range 3 { // the Room that has seen the end, those after it, and nearly a day later
			var e *protocol.Error
			if err := come(); !errors.As(err, &e) || e.Code != protocol.Closed || e.RetryAfter <= 0 {
				t.Errorf("who comes back gets %v", err)
			}
			if _, err := g.Describe(t.Context(), "lobby"); code(t, err) != string(protocol.Closed) {
				t.Errorf("a closed room is described: %v", err)
			}
			time.Sleep(7 * time.Hour)
		}
		time.Sleep(4 * time.Hour)
		zoe := mustJoin(t, g, v1("zoe"))
		w := zoe.welcome
		if w.Epoch == ann.welcome.Epoch || w.Head != 1 || w.You.Role != protocol.RoleOwner || w.Settings != (protocol.Settings{}) {
			t.Errorf("a day later, there is %+v", w)
		}
		zoe.sees("1 moderated")
		zoe.mustModerate(Moderation{Action: protocol.ActionSet, Settings: protocol.SettingsChange{Locked: new(true)}})
		if err := come(); code(t, err) != string(protocol.Locked) {
			t.Errorf("a seat of the room before: %v", err)
		}
		q := v1("zoe")
		q.Seat = w.You.Seat
		if again := mustJoin(t, g, q).welcome.You; again.Member.Member != w.You.Member.Member || again.Seat != w.You.Seat {
			t.Errorf("a seat of the room itself gives %+v", again)
		}
	})
}

func TestMembersAreToldWhatIsNoLongerKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newRegistry(t, Options{})
		ann := mustJoin(t, g, v1("ann"))
		ann.mustSend("one", "two")
		ann.sees("1 moderated", "2 ann: one", "3 ann: two")
		expired := journal.Draft{Room: "lobby", StateOnly: true, Expire: -1}
		if _, err := outcome(func(done journal.Done) error { return ann.room.journal.Append(t.Context(), expired, done) }); err != nil {
			t.Fatal(err)
		}
		time.Sleep(protocol.CrowdEvery)
		ann.sees("pruned up to 4")
		time.Sleep(time.Hour)
		ann.mustSend("three") // as its frame is no longer in memory, ann is behind…
		time.Sleep(time.Hour)
		ann.sees("4 ann: three", "members [ann], 1", "pruned up to 4") // …and is told again
	})
}
