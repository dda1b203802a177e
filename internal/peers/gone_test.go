package peers

import (
	"slices"
	"testing"
	"time"

	"snug/internal/room"
)

// Members of a node that dies leave within 5 s: it counts as gone goneAfter after its
// last heartbeat, which is looked for every checkEvery.
const _ = uint(5*time.Second - (goneAfter + heartbeatEvery + checkEvery)) // negative if it takes longer, which doesn't compile

func TestMembersOfADeadNodeLeave(t *testing.T) {
	t.Parallel()
	n := startThree(t, room.Options{NoOwners: true})
	ann := n[0].join(t, v1("ann"))
	bob := n[1].join(t, v1("bob"))
	ann.expect("joined bob, 2")
	too := n[0].join(t, bob.sameMember("bob")) // bob is on this node, too
	n[1].join(t, v1("cat"))
	ann.expect("joined cat, 3")
	n[1].kill()
	ann.expect("left cat, 2")
	other := n[2].join(t, v1("dan"))
	eventually(t, "the nick of a member of the dead node is free", func() bool { return other.Rename(t.Context(), nick("cat")) == nil })
	if other := n[2].join(t, v1("bob")); other.You().Nick != "bob-2" {
		t.Errorf("the nick of bob, who is on another node, too, was given away: %q joined", other.You().Nick)
	}
	too.Leave()
}

func TestANodeThatStopsSaysGoodbye(t *testing.T) {
	t.Parallel()
	n := startThree(t, room.Options{NoOwners: true})
	ann := n[0].join(t, v1("ann"))
	bob := n[1].join(t, v1("bob"))
	ann.expect("joined bob, 2")
	bob.Leave()
	ann.expect("left bob, 1")
	n[1].stop()
	id := n[1].network.self
	eventually(t, "the goodbye is heard", func() bool {
		n[0].network.mu.Lock()
		defer n[0].network.mu.Unlock()
		return n[0].network.ended[id] && n[0].network.nodes[id] == nil
	})
}

func TestARestartedNodeHasNobodyOfItsEarlierProcess(t *testing.T) {
	t.Parallel()
	url, j := startNATS(t).ClientURL(), newJournal(t)
	one := startNode(t, url, "one", j, room.Options{NoOwners: true}, Options{})
	two := startNode(t, url, "two", j, room.Options{NoOwners: true}, Options{})
	awaitPeers(t, one, two)
	ann := one.join(t, v1("ann"))
	bob := two.join(t, v1("bob"))
	two.join(t, v1("cat"))
	ann.expect("joined bob, 2", "joined cat, 3")
	two.kill()
	two = startNode(t, url, "two", j, room.Options{NoOwners: true}, Options{})
	seen := ann.await(2)
	slices.Sort(seen)
	if want := []string{"left bob, 2", "left cat, 1"}; !slices.Equal(seen, want) && !slices.Equal(seen, []string{"left bob, 1", "left cat, 2"}) {
		t.Errorf("ann has seen %v", seen)
	}
	awaitPeers(t, one, two)
	back := two.join(t, bob.sameMember("bob"))
	ann.expect("joined bob, 2")
	if !slices.Equal(nicksOf(back.welcome.Members), []string{"ann", "bob"}) {
		t.Errorf("bob is welcomed to %v", back.welcome.Members)
	}
}
