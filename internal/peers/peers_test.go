package peers

import (
	"slices"
	"sync"
	"testing"

	"snug/internal/room"
	"snug/protocol"
)

func TestMembersSeeEachOtherAcrossNodes(t *testing.T) {
	n := startThree(t, room.Options{NoOwners: true})
	ann := n[0].join(t, v1("ann"))
	bob := n[1].join(t, v1("bob"))
	ann.expect("joined bob, 2")
	cat := n[2].join(t, v1("cat"))
	ann.expect("joined cat, 3")
	bob.expect("joined cat, 3")
	if got := nicksOf(cat.welcome.Members); !slices.Equal(got, []string{"ann", "bob", "cat"}) || cat.welcome.Count != 3 {
		t.Errorf("cat is welcomed to %v, %d; want all three", got, cat.welcome.Count)
	}
	bob.Typing(t.Context())
	ann.expect("typing")
	cat.expect("typing")
	if err := answered(t, func() error { return bob.Rename(t.Context(), nick("Rob")) }); err != nil {
		t.Fatal(err)
	}
	ann.expect("renamed to Rob")
	cat.expect("renamed to Rob")
	bob.Leave()
	ann.expect("left Rob, 2")
	cat.expect("left Rob, 2")
	cat.Leave()
	ann.expect("left cat, 1")
}

func TestAMemberOnTwoNodesIsOneMember(t *testing.T) {
	n := startThree(t, room.Options{NoOwners: true})
	ann := n[0].join(t, v1("ann"))
	bob := n[1].join(t, v1("bob"))
	ann.expect("joined bob, 2")
	too := n[2].join(t, bob.sameMember("robert"))
	if too.welcome.You.Member != bob.welcome.You.Member || too.You().Nick != "bob" || too.welcome.Count != 2 {
		t.Fatalf("on another node bob is %+v, of %d", too.welcome.You, too.welcome.Count)
	}
	here := n[0].join(t, bob.sameMember("bobby"))
	if here.You().Nick != "bob" {
		t.Errorf("on a third it is %q", here.You().Nick)
	}
	if err := answered(t, func() error { return too.Rename(t.Context(), nick("Rob")) }); err != nil {
		t.Fatal(err)
	}
	ann.expect("renamed to Rob")
	eventually(t, "bob is Rob on all nodes", func() bool { return bob.You().Nick == "Rob" && here.You().Nick == "Rob" })
	bob.Typing(t.Context()) // a client that has received this has received the renaming on that node before
	ann.expect("typing")
	here.Leave()
	too.Leave()
	// The member keeps the nick on the node where it stays, although another node leased it.
	other := n[2].join(t, v1("Rob"))
	if got := other.You().Nick; got != "Rob-2" {
		t.Errorf("another gets %q, want Rob-2", got)
	}
	ann.expect("joined Rob-2, 3")
	bob.Leave()
	ann.expect("left Rob, 2")
	eventually(t, "Rob is free", func() bool { return other.Rename(t.Context(), nick("Rob")) == nil })
	ann.expect("renamed to Rob")
}

func TestANickBelongsToOneMemberInTheCluster(t *testing.T) {
	n := startThree(t, room.Options{NoOwners: true})
	ann := n[0].join(t, v1("Ann"))
	bob := n[1].join(t, v1("bob"))
	refused(t, answered(t, func() error { return bob.Rename(t.Context(), nick("ＡＮＮ")) }), protocol.NickTaken)
	if other := n[2].join(t, v1("ann")); other.You().Nick != "ann-2" {
		t.Errorf("the second ann is %q, want ann-2", other.You().Nick)
	}
	ann.Leave()
	eventually(t, "a nick that was returned is free", func() bool { return bob.Rename(t.Context(), nick("ann")) == nil })
}

func TestConcurrentClaimsOfOneNick(t *testing.T) {
	n := startThree(t, room.Options{NoOwners: true})
	const each = 8
	var mu sync.Mutex
	var got []string
	var joining sync.WaitGroup
	for i := range 3 * each {
		joining.Go(func() {
			c, err := n[i%3].askJoin(t, "lobby", v1("zoe"))
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
		t.Errorf("they got %v, want zoe once, and other nicks that differ", got)
	}
}
