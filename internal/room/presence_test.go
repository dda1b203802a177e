package room

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"snug/protocol"
)

func TestJoinsAndLeavesAreAnnouncedToOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		ann := mustJoin(t, g, v1("ann"))
		bob := mustJoin(t, g, v1("bob"))
		mute := mustJoin(t, g, plain("guest"))
		ann.sees("joined bob, 2", "joined guest, 3")
		bob.sees("joined guest, 3") // but not its own
		bob.mustSend("hi")
		synctest.Wait() // events that are not in the log have no order in it
		if err := bob.Rename(t.Context(), nick("Rob")); err != nil {
			t.Fatal(err)
		}
		bob.Typing(t.Context())
		synctest.Wait()
		bob.mustSend("ho")
		renamed, typing := "renamed "+bob.You().Member+" to Rob", "typing "+bob.You().Member
		for _, c := range []*client{ann, bob} {
			c.sees("1 bob: hi", renamed, typing, "2 Rob: ho")
			c.gets()
		}
		mute.sees("bob: hi", "Rob: ho")
		mute.Leave()
		bob.Leave()
		ann.sees("left guest, 2", "left Rob, 1")
	})
}

func TestASeatOnTwoConnectionsIsOneMember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		ann, bob := mustJoin(t, g, v1("ann")), mustJoin(t, g, v1("bob"))
		again := v1("robert")
		again.Seat = bob.welcome.You.Seat
		second := mustJoin(t, g, again)
		if second.welcome.You != bob.welcome.You || second.welcome.Count != 2 {
			t.Errorf("the second connection is %+v of %d, want %+v of 2", second.welcome.You, second.welcome.Count, bob.welcome.You)
		}
		ann.sees("joined bob, 2")
		if err := second.Rename(t.Context(), nick("Rob")); err != nil {
			t.Fatal(err)
		}
		if bob.You() != second.You() || bob.You().Nick != "Rob" {
			t.Errorf("one goes by %q, the other by %q", bob.You().Nick, second.You().Nick)
		}
		bob.Leave()
		second.mustSend("still here")
		synctest.Wait()
		second.Leave()
		ann.sees("renamed "+bob.You().Member+" to Rob", "1 Rob: still here", "left Rob, 1")

		third := mustJoin(t, g, again) // later: the same member, with the nick that it asks for now
		if you := third.You(); you.Member != bob.You().Member || you.Nick != "robert" {
			t.Errorf("came back as %+v, want the member %s as robert", you, bob.You().Member)
		}
	})
}

func TestASeatIsValidInOneRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		ann := mustJoin(t, g, v1("ann"))
		q := v1("ann")
		q.Seat = ann.welcome.You.Seat
		p, welcome, err := g.Join(t.Context(), "kitchen", q)
		if err != nil {
			t.Fatal(err)
		}
		defer p.Leave()
		if welcome.You.Member.Member == ann.You().Member || welcome.Epoch == ann.welcome.Epoch {
			t.Errorf("in another room it is %+v, of epoch %s", welcome.You, welcome.Epoch)
		}
	})
}

func TestANickBelongsToOneMember(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		ann, other := mustJoin(t, g, v1("Ann")), mustJoin(t, g, v1("ＡＮＮ"))
		if got := other.welcome.You.Nick; got != "ANN-2" {
			t.Errorf("the second Ann was welcomed as %q, want ANN-2", got)
		}
		refusedAs(t, "ann", other.Rename(t.Context(), nick("ann")), protocol.NickTaken)
		if other.You().Nick != "ANN-2" {
			t.Errorf("refused, and goes by %q", other.You().Nick)
		}
		ann.sees("joined ANN-2, 2")
		ann.Leave()
		if err := other.Rename(t.Context(), nick("ann")); err != nil {
			t.Errorf("a nick that was given back: %v", err)
		}
	})
}

// crowd fills the lobby with the given number of members.
func crowd(t *testing.T, g *Registry, members int) (all []*client) {
	for i := range members {
		q := v1(fmt.Sprint("n", i))
		all = append(all, mustJoin(t, g, q))
	}
	return all
}

func TestACrowdGetsCountsOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		all := crowd(t, g, 200)
		ann, bob := all[0], all[1]
		synctest.Wait()
		if seen := len(ann.read()); seen != 199 {
			t.Errorf("200 are named: %d were, without the client itself", seen)
		}
		bob.read()
		all = append(all, mustJoin(t, g, v1("one too many")))
		if w := all[200].welcome; w.Count != 201 || len(w.Members) != 200 {
			t.Errorf("welcomed to %d of %d", len(w.Members), w.Count)
		}
		ann.sees()
		time.Sleep(protocol.CrowdEvery)
		ann.sees("crowd of 201")

		for range 50 { // 5 s of joining and leaving
			p := mustJoin(t, g, v1("passer-by"))
			time.Sleep(50 * time.Millisecond)
			p.Leave()
			time.Sleep(50 * time.Millisecond)
		}
		synctest.Wait()
		if seen := ann.read(); len(seen) < 4 || len(seen) > 6 || !strings.HasPrefix(seen[0], "crowd of 20") {
			t.Errorf("in 5 s of coming and going: %v, want a count once a second", seen)
		}
		time.Sleep(protocol.CrowdEvery)
		bob.read()
		synctest.Wait()
		if seen := ann.read(); len(seen) > 1 || len(seen) == 1 && seen[0] != "crowd of 201" {
			t.Errorf("then: %v, want the last count", seen)
		}
		time.Sleep(time.Minute)
		ann.sees()

		bob.Typing(t.Context())
		if err := bob.Rename(t.Context(), nick("Rob")); err != nil {
			t.Fatal(err)
		}
		bob.mustSend("hi")
		bob.gets("renamed " + bob.You().Member + " to Rob")
		bob.sees("1 Rob: hi")
		ann.sees("1 Rob: hi")
		ann.gets()
		leaveTo(t, ann, all)
	})
}

// leaveTo ends a crowd: all but 149 members leave, then one more.
func leaveTo(t *testing.T, ann *client, all []*client) {
	for _, c := range all[150:] {
		c.Leave()
	}
	time.Sleep(2 * protocol.CrowdEvery)
	ann.sees("crowd of 150")
	all[149].Leave()
	synctest.Wait()
	frames := ann.all()
	if len(frames) != 1 || frames[0].Type != protocol.EventMembers || frames[0].Count != 149 || len(frames[0].Members) != 149 {
		t.Fatalf("below 150 again: %v, want all members", frames)
	}
	if !slices.Contains(nicks(frames[0].Members), "Rob") {
		t.Error("the nick that was taken in the crowd isn't told after it")
	}
	time.Sleep(2 * protocol.CrowdEvery)
	ann.sees() // no count, as it is no longer a crowd
	all[148].Leave()
	ann.sees("left n148, 148")
}

func TestAPlainMembersRenameInACrowdIsNotAnEventToIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newOwnerless(t, Options{})
		mute := mustJoin(t, g, plain("guest"))
		crowd(t, g, 200)
		if err := mute.Rename(t.Context(), nick("other")); err != nil {
			t.Fatal(err)
		}
		mute.gets()
		mute.sees()
	})
}
