package peers

import (
	"slices"
	"sync"
	"testing"

	"snug/internal/room"
	"snug/protocol"
)

func TestMembersSeeEachOtherAcrossNodes(t *testing.T) {
	n := three(t, room.Options{NoOwners: true})
	ann := n[0].enter(t, v1("ann"))
	bob := n[1].enter(t, v1("bob"))
	ann.sees("joined bob, 2")
	cat := n[2].enter(t, v1("cat"))
	ann.sees("joined cat, 3")
	bob.sees("joined cat, 3")
	if got := nicksOf(cat.welcome.Members); !slices.Equal(got, []string{"ann", "bob", "cat"}) || cat.welcome.Count != 3 {
		t.Errorf("cat is welcomed to %v, %d; want all three", got, cat.welcome.Count)
	}
	bob.Typing(t.Context())
	ann.sees("typing")
	cat.sees("typing")
	if err := bob.Rename(t.Context(), nick("Rob")); err != nil {
		t.Fatal(err)
	}
	ann.sees("renamed to Rob")
	cat.sees("renamed to Rob")
	bob.Leave()
	ann.sees("left Rob, 2")
	cat.sees("left Rob, 2")
	cat.Leave()
	ann.sees("left cat, 1")
}

func TestOneMemberOnTwoNodesIsOne(t *testing.T) {
	n := three(t, room.Options{NoOwners: true})
	ann := n[0].enter(t, v1("ann"))
	bob := n[1].enter(t, v1("bob"))
	ann.sees("joined bob, 2")
	too := n[2].enter(t, bob.again("robert"))
	if too.welcome.You.Member != bob.welcome.You.Member || too.You().Nick != "bob" || too.welcome.Count != 2 {
		t.Fatalf("on another node bob is %+v, of %d", too.welcome.You, too.welcome.Count)
	}
	here := n[0].enter(t, bob.again("bobby"))
	if here.You().Nick != "bob" {
		t.Errorf("on a third it is %q", here.You().Nick)
	}
	if err := too.Rename(t.Context(), nick("Rob")); err != nil {
		t.Fatal(err)
	}
	ann.sees("renamed to Rob")
	within(t, patience, "it goes by Rob everywhere", func() bool { return bob.You().Nick == "Rob" && here.You().Nick == "Rob" })
	bob.Typing(t.Context()) // whoever has heard that from its node has heard of Rob there, too
	ann.sees("typing")
	here.Leave()
	too.Leave()
	// It has the nick on the node where it stays, though another has given it that.
	other := n[2].enter(t, v1("Rob"))
	if got := other.You().Nick; got != "Rob-2" {
		t.Errorf("another gets %q, want Rob-2", got)
	}
	ann.sees("joined Rob-2, 3")
	bob.Leave()
	ann.sees("left Rob, 2")
	within(t, patience, "Rob is to be had", func() bool { return other.Rename(t.Context(), nick("Rob")) == nil })
	ann.sees("renamed to Rob")
}

func TestANickIsOneMembersInTheWholeCluster(t *testing.T) {
	n := three(t, room.Options{NoOwners: true})
	ann := n[0].enter(t, v1("Ann"))
	bob := n[1].enter(t, v1("bob"))
	refused(t, bob.Rename(t.Context(), nick("ＡＮＮ")), protocol.NickTaken)
	if other := n[2].enter(t, v1("ann")); other.You().Nick != "ann-2" {
		t.Errorf("the second ann goes by %q, want ann-2", other.You().Nick)
	}
	ann.Leave()
	within(t, patience, "what is given back is to be had", func() bool { return bob.Rename(t.Context(), nick("ann")) == nil })
}

func TestOneNickClaimedAtOnceOnThreeNodes(t *testing.T) {
	n := three(t, room.Options{NoOwners: true})
	const each = 8
	var mu sync.Mutex
	var got []string
	var joining sync.WaitGroup
	for i := range 3 * each {
		joining.Go(func() {
			c, err := n[i%3].try(t, "lobby", v1("zoe"))
			if err != nil {
				t.Error(err)
				return
			}
			mu.Lock()
			defer mu.Unlock()
			got = append(got, c.welcome.You.Nick)
		})
	}
	joining.Wait()
	slices.Sort(got)
	if len(slices.Compact(slices.Clone(got))) != 3*each || !slices.Contains(got, "zoe") {
		t.Errorf("at once they got %v, want zoe once, and as many others", got)
	}
}
