package peers

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"snug/internal/journal"
	"snug/internal/room"
	"snug/protocol"
)

func TestACrowdIsOneOverAllNodes(t *testing.T) {
	n := three(t, room.Options{NoOwners: true})
	ann := n[0].enter(t, v1("ann"))
	var all []*client
	for i := range 199 {
		all = append(all, n[1+i%2].enter(t, v1(fmt.Sprint("m", i))))
	}
	within(t, patience, "200 are named", func() bool {
		seen := ann.read()
		return len(seen) > 0 && seen[len(seen)-1].String() == "joined m198, 200"
	})
	over := n[2].enter(t, v1("one too many"))
	if over.welcome.Count != 201 || len(over.welcome.Members) != 200 {
		t.Errorf("welcomed to %d of %d", len(over.welcome.Members), over.welcome.Count)
	}
	ann.sees("crowd, 201")
	over.Leave()
	for _, c := range all[149:] {
		c.Leave()
	}
	within(t, patience, "150 are left", func() bool {
		seen := ann.read()
		return len(seen) > 0 && seen[len(seen)-1].String() == "crowd, 150"
	})
	all[148].Leave()
	ann.sees("members, 149")
	all[147].Leave()
	ann.sees("left m147, 148")
}

func TestACrowdThatDiesIsOneWord(t *testing.T) {
	n := three(t, room.Options{NoOwners: true})
	ann := n[0].enter(t, v1("ann"))
	for i := range 300 {
		n[1].enter(t, v1(fmt.Sprint("m", i)))
	}
	within(t, patience, "all are counted", func() bool {
		seen := ann.read()
		return len(seen) > 0 && seen[len(seen)-1].String() == "crowd, 301"
	})
	n[1].kill()
	ann.sees("members, 1")
}

func TestAKickAndABanReachOtherNodes(t *testing.T) {
	n := three(t, room.Options{})
	owner := n[0].enter(t, v1("olga"))
	bob := v1("bob")
	bob.Address = "192.0.2.1"
	b := n[1].enter(t, bob)
	b2 := n[2].enter(t, b.again("bob"))
	owner.sees("joined bob, 2")
	if e := order(owner, room.Moderation{ID: "1", Action: protocol.ActionKick, Member: b.You().Member}); e != nil {
		t.Fatal(e)
	}
	within(t, patience, "bob is put out on both nodes", func() bool {
		return b.expelled() == protocol.GoodbyeKicked && b2.expelled() == protocol.GoodbyeKicked
	})
	b.Leave()
	b2.Leave()
	owner.sees("moderated", "left bob, 1")
	// What a ban holds for came with him from the other node: here by one who has
	// left it already.
	if e := order(owner, room.Moderation{ID: "2", Action: protocol.ActionBan, Member: b.You().Member}); e != nil {
		t.Fatal(e)
	}
	owner.sees("moderated")
	bob.Nick = nick("another")
	_, err := n[2].try(t, "lobby", bob)
	refused(t, err, protocol.Banned)
	bob.Address = "192.0.2.2"
	n[2].enter(t, bob)
	owner.sees("joined another, 2")
}

// order carries a moderation out.
func order(c *client, m room.Moderation) error {
	d, err := c.Moderate(c.t.Context(), m)
	if err != nil {
		return err
	}
	told := make(chan error, 1)
	if err := c.Append(c.t.Context(), d, func(_ journal.Outcome, err error) { told <- err }); err != nil {
		return err
	}
	return <-told
}

func TestRolesByTokensAreSeenEverywhere(t *testing.T) {
	n := three(t, room.Options{NoOwners: true})
	ann := n[0].enter(t, v1("ann"))
	bob := n[1].enter(t, v1("bob"))
	ann.sees("joined bob, 2")
	if err := bob.Grant(t.Context(), protocol.RoleModerator); err != nil {
		t.Fatal(err)
	}
	within(t, patience, "bob is a moderator for one on another node", func() bool {
		c := n[2].enter(t, v1("looker"))
		defer c.Leave()
		return slices.ContainsFunc(c.welcome.Members, func(m protocol.Member) bool {
			return m.Nick == "bob" && m.Role == protocol.RoleModerator
		})
	})
}

func TestTheLimitOfMembersCountsThoseOnOtherNodes(t *testing.T) {
	n := three(t, room.Options{NoOwners: true, MaxMembers: 2})
	n[0].enter(t, v1("ann"))
	bob := n[1].enter(t, v1("bob"))
	_, err := n[2].try(t, "lobby", v1("cat"))
	refused(t, err, protocol.RoomFull)
	if _, err := n[2].try(t, "lobby", bob.again("bob")); err != nil {
		t.Errorf("one who is in the room already: %v", err)
	}
}

func TestARoomEndsWhereNobodyIsAndOpensAgain(t *testing.T) {
	n := three(t, room.Options{NoOwners: true, Idle: time.Millisecond})
	ann := n[0].enter(t, v1("ann"))
	for i := range 5 {
		name := fmt.Sprint("bob", i)
		bob := n[1].enter(t, v1(name))
		if got := nicksOf(bob.welcome.Members); !slices.Equal(got, []string{"ann", name}) {
			t.Fatalf("the %dth time bob finds %v", i, got)
		}
		ann.sees(fmt.Sprintf("joined %s, 2", name))
		bob.Leave()
		ann.sees(fmt.Sprintf("left %s, 1", name))
		within(t, patience, "the room ends where nobody is, though somebody is elsewhere", func() bool { return n[1].Open() == 0 })
	}
	subs := n[1].nc.NumSubscriptions()
	for i := range 50 {
		c, err := n[1].try(t, fmt.Sprint("room", i), v1("bob"))
		if err != nil {
			t.Fatal(err)
		}
		c.Leave()
	}
	within(t, patience, "what isn't open isn't listened to", func() bool { return n[1].Open() == 0 && n[1].nc.NumSubscriptions() <= subs })
	if n[0].Open() != 1 {
		t.Errorf("%d rooms are open where ann is in one", n[0].Open())
	}
}

func TestMembersOfADrainedNodeComeBackAsTheSame(t *testing.T) {
	n := three(t, room.Options{NoOwners: true})
	ann := n[0].enter(t, v1("ann"))
	bob := n[1].enter(t, v1("bob"))
	ann.sees("joined bob, 2")
	bob.Leave()
	n[1].stop()
	back := n[2].enter(t, bob.again("bob"))
	if back.welcome.You.Member != bob.welcome.You.Member || back.You().Nick != "bob" {
		t.Errorf("bob comes back as %+v", back.welcome.You)
	}
	ann.sees("left bob, 1", "joined bob, 2")
}

func TestCodesThatMeanSomethingToNATSAreCodes(t *testing.T) {
	n := three(t, room.Options{NoOwners: true})
	for _, code := range []string{"a.b", "a", "b", "a.b.c", "комната", "ｗ-1"} {
		canonical, err := room.ParseCode(code)
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range n {
			c, err := h.try(t, string(canonical), v1(fmt.Sprint("n", i)))
			if err != nil {
				t.Fatal(err)
			}
			if c.welcome.Count != i+1 {
				t.Errorf("in %s there are %d, want %d", code, c.welcome.Count, i+1)
			}
		}
	}
}

func TestANodeWithoutOthersIsQuick(t *testing.T) {
	h := start(t, serve(t).ClientURL(), "alone", kept(t), room.Options{NoOwners: true}, Options{})
	h.enter(t, v1("ann"))
	began := time.Now()
	for i := range 20 {
		c, err := h.try(t, fmt.Sprint("room", i), v1("ann"))
		if err != nil {
			t.Fatal(err)
		}
		c.Leave()
	}
	if took := time.Since(began); took > answerWithin {
		t.Errorf("20 rooms took %v to be opened, with nobody to wait for", took)
	}
}

func TestNamesAreChecked(t *testing.T) {
	for _, name := range []string{"", ".a", "a b", "*", ">", strings.Repeat("x", 65)} {
		if _, err := New(nil, name, Options{}); err == nil {
			t.Errorf("%q is taken for a name", name)
		}
	}
}
