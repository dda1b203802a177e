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
	n := startThree(t, room.Options{NoOwners: true})
	ann := n[0].join(t, v1("ann"))
	var all []*client
	for i := range 199 {
		all = append(all, n[1+i%2].join(t, v1(fmt.Sprint("m", i))))
	}
	eventually(t, "200 members are announced", func() bool {
		// The last two join on different nodes, whose changes may arrive in either order.
		seen := ann.read()
		return len(seen) > 0 && seen[len(seen)-1].Count == 200
	})
	over := n[2].join(t, v1("one too many"))
	if over.welcome.Count != 201 || len(over.welcome.Members) != 200 {
		t.Errorf("welcomed to %d of %d", len(over.welcome.Members), over.welcome.Count)
	}
	ann.expect("crowd, 201")
	over.Leave()
	for _, c := range all[149:] {
		c.Leave()
	}
	eventually(t, "150 members are left", func() bool {
		seen := ann.read()
		return len(seen) > 0 && seen[len(seen)-1].String() == "crowd, 150"
	})
	all[148].Leave()
	ann.expect("members, 149")
	all[147].Leave()
	ann.expect("left m147, 148")
}

func TestADeadNodesCrowdLeavesInOneEvent(t *testing.T) {
	n := startThree(t, room.Options{NoOwners: true})
	ann := n[0].join(t, v1("ann"))
	for i := range 300 {
		n[1].join(t, v1(fmt.Sprint("m", i)))
	}
	eventually(t, "all members are counted", func() bool {
		seen := ann.read()
		return len(seen) > 0 && seen[len(seen)-1].String() == "crowd, 301"
	})
	n[1].kill()
	ann.expect("members, 1")
}

func TestAKickAndABanReachOtherNodes(t *testing.T) {
	n := startThree(t, room.Options{})
	owner := n[0].join(t, v1("olga"))
	bob := v1("bob")
	bob.Address = "192.0.2.1"
	b := n[1].join(t, bob)
	b2 := n[2].join(t, b.sameMember("bob"))
	owner.expect("joined bob, 2")
	if e := moderate(owner, room.Moderation{ID: "1", Action: protocol.ActionKick, Member: b.You().Member}); e != nil {
		t.Fatal(e)
	}
	eventually(t, "bob is expelled on both nodes", func() bool {
		return b.expelled() == protocol.GoodbyeKicked && b2.expelled() == protocol.GoodbyeKicked
	})
	b.Leave()
	b2.Leave()
	owner.expect("moderated", "left bob, 1")
	// The address of a member on another node reaches this one, and a ban covers it even
	// after the member has left.
	if e := moderate(owner, room.Moderation{ID: "2", Action: protocol.ActionBan, Member: b.You().Member}); e != nil {
		t.Fatal(e)
	}
	owner.expect("moderated")
	bob.Nick = nick("another")
	_, err := n[2].askJoin(t, "lobby", bob)
	refused(t, err, protocol.Banned)
	bob.Address = "192.0.2.2"
	n[2].join(t, bob)
	owner.expect("joined another, 2")
}

func TestRevokedSeatsAreRevokedOnAllNodes(t *testing.T) {
	n := startThree(t, room.Options{})
	owner := n[0].join(t, v1("olga"))
	b := n[1].join(t, v1("bob"))
	b2 := n[2].join(t, b.sameMember("bob"))
	owner.expect("joined bob, 2")
	if e := moderate(owner, room.Moderation{ID: "1", Action: protocol.ActionRevoke, Member: b.You().Member}); e != nil {
		t.Fatal(e)
	}
	eventually(t, "bob is disconnected from both nodes", func() bool {
		return b.expelled() == protocol.GoodbyeRevoked && b2.expelled() == protocol.GoodbyeRevoked
	})
	for i := range n {
		if again := n[i].join(t, b.sameMember("bob")); again.You().Member == b.You().Member {
			t.Errorf("on node %d, the old seat brings the member back", i)
		}
	}
}

// moderate carries out a moderation.
func moderate(c *client, m room.Moderation) error {
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
	n := startThree(t, room.Options{NoOwners: true})
	ann := n[0].join(t, v1("ann"))
	bob := n[1].join(t, v1("bob"))
	ann.expect("joined bob, 2")
	if err := bob.Grant(t.Context(), protocol.RoleModerator); err != nil {
		t.Fatal(err)
	}
	eventually(t, "bob is a moderator on another node", func() bool {
		c := n[2].join(t, v1("observer"))
		defer c.Leave()
		return slices.ContainsFunc(c.welcome.Members, func(m protocol.Member) bool {
			return m.Nick == "bob" && m.Role == protocol.RoleModerator
		})
	})
}

func TestTheLimitOfMembersCountsThoseOnOtherNodes(t *testing.T) {
	n := startThree(t, room.Options{NoOwners: true, MaxMembers: 2})
	n[0].join(t, v1("ann"))
	bob := n[1].join(t, v1("bob"))
	_, err := n[2].askJoin(t, "lobby", v1("cat"))
	refused(t, err, protocol.RoomFull)
	if _, err := n[2].askJoin(t, "lobby", bob.sameMember("bob")); err != nil {
		t.Errorf("a member that is in the room already: %v", err)
	}
}

func TestARoomEndsWhereNobodyIsAndOpensAgain(t *testing.T) {
	n := startThree(t, room.Options{NoOwners: true, Idle: time.Millisecond})
	ann := n[0].join(t, v1("ann"))
	for i := range 5 {
		name := fmt.Sprint("bob", i)
		bob := n[1].join(t, v1(name))
		if got := nicksOf(bob.welcome.Members); !slices.Equal(got, []string{"ann", name}) {
			t.Fatalf("the %dth time bob finds %v", i, got)
		}
		ann.expect(fmt.Sprintf("joined %s, 2", name))
		bob.Leave()
		ann.expect(fmt.Sprintf("left %s, 1", name))
		eventually(t, "the room ends on the node where nobody is", func() bool { return n[1].Open() == 0 })
	}
	subs := n[1].nc.NumSubscriptions()
	for i := range 50 {
		c, err := n[1].askJoin(t, fmt.Sprint("room", i), v1("bob"))
		if err != nil {
			t.Fatal(err)
		}
		c.Leave()
	}
	eventually(t, "closed rooms have no subscriptions", func() bool { return n[1].Open() == 0 && n[1].nc.NumSubscriptions() <= subs })
	if n[0].Open() != 1 {
		t.Errorf("%d rooms are open where ann is in one", n[0].Open())
	}
}

func TestMembersOfADrainedNodeComeBackAsTheSame(t *testing.T) {
	n := startThree(t, room.Options{NoOwners: true})
	ann := n[0].join(t, v1("ann"))
	bob := n[1].join(t, v1("bob"))
	ann.expect("joined bob, 2")
	bob.Leave()
	n[1].stop()
	back := n[2].join(t, bob.sameMember("bob"))
	if back.welcome.You.Member != bob.welcome.You.Member || back.You().Nick != "bob" {
		t.Errorf("bob comes back as %+v", back.welcome.You)
	}
	ann.expect("left bob, 1", "joined bob, 2")
}

func TestCodesWithSpecialCharactersOfNATS(t *testing.T) {
	n := startThree(t, room.Options{NoOwners: true})
	for _, code := range []string{"a.b", "a", "b", "a.b.c", "комната", "ｗ-1"} {
		canonical, err := room.ParseCode(code)
		if err != nil {
			t.Fatal(err)
		}
		for i, h := range n {
			c, err := h.askJoin(t, string(canonical), v1(fmt.Sprint("n", i)))
			if err != nil {
				t.Fatal(err)
			}
			if c.welcome.Count != i+1 {
				t.Errorf("in %s there are %d, want %d", code, c.welcome.Count, i+1)
			}
		}
	}
}

func TestInvalidNodeNamesAreRefused(t *testing.T) {
	for _, name := range []string{"", ".a", "a b", "*", ">", strings.Repeat("x", 65)} {
		if _, err := New(nil, name, Options{}); err == nil {
			t.Errorf("%q is accepted as a name", name)
		}
	}
}

func TestAHookIsOneOnAllNodes(t *testing.T) {
	n := startThree(t, room.Options{})
	owner := n[0].join(t, v1("olga"))
	d, err := owner.Moderate(t.Context(), room.Moderation{ID: "1", Action: protocol.ActionHook, Name: "Alerts"})
	if err != nil {
		t.Fatal(err)
	}
	made := d.Hook
	// Meanwhile, a member on another node takes the hook's nick.
	ann := n[1].join(t, v1("alerts"))
	owner.expect("joined alerts, 2")
	told := make(chan error, 1)
	if err := owner.Append(t.Context(), d, func(_ journal.Outcome, err error) { told <- err }); err != nil {
		t.Fatal(err)
	}
	if err := <-told; err != nil {
		t.Fatal(err)
	}
	owner.expect("moderated", "renamed to alerts-2")
	if got := ann.You().Nick; got != "alerts-2" {
		t.Errorf("she goes by %q", got)
	}
	// Any node takes what is posted, also one where nobody has been in the room.
	for i, node := range n {
		code, member, ok := node.OpenHook(strings.TrimPrefix(made.URL, room.HookPath))
		if !ok {
			t.Fatalf("node %d doesn't open the secret", i)
		}
		hook, err := node.VisitHook(t.Context(), code, member)
		if err != nil {
			t.Fatal(err)
		}
		draft, err := hook.Send(t.Context(), room.Message{ID: fmt.Sprint("m", i), Content: "@alerts-2: it is well"})
		if err == nil {
			_, err = hook.Commit(t.Context(), draft)
		}
		if err != nil {
			t.Fatal(err)
		}
		hook.Settle(t.Context())
		// It mentions who is on another node.
		page, err := hook.ReadBefore(t.Context(), protocol.MaxSeq, 1)
		if err != nil || len(page.Events) != 1 {
			t.Fatal(page, err)
		}
		if m, err := page.Events[0].Message(); err != nil || !slices.Equal(m.Mentions, []string{ann.You().Member}) {
			t.Errorf("from node %d, it says %s, %v", i, page.Events[0].Body, err)
		}
		hook.Leave()
	}
	if c := n[2].join(t, v1("ALERTS")); c.You().Nick != "ALERTS-3" {
		t.Errorf("a newcomer goes by %q", c.You().Nick)
	}
}
