package peers

import (
	"fmt"
	"slices"
	"testing"

	"snug/internal/room"
)

func TestWhoSeesARoomIsKnownOnAllNodes(t *testing.T) {
	t.Parallel()
	n := startThree(t, room.Options{NoOwners: true})
	ann, bob, cat := n[0].join(t, v1("ann")), n[1].join(t, v1("bob")), n[2].join(t, v1("cat"))
	id := func(c *client) string { return c.You().Member }
	all := []string{id(ann), id(bob), id(cat), "nobody"}
	sees := func(on int, want ...string) {
		t.Helper()
		got := n[on].network.Visible(t.Context(), "lobby", all)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("node %d hears that %q see the room, want %q", on, got, want)
		}
	}
	sees(0)
	for _, c := range []*client{ann, bob, cat} {
		c.SetVisible(t.Context(), true)
	}
	sees(0, id(bob), id(cat)) // its own are known without asking
	sees(1, id(ann), id(cat))
	bob.SetVisible(t.Context(), false)
	cat.Leave()
	sees(0)
	if got := n[0].network.Visible(t.Context(), "elsewhere", all); len(got) != 0 {
		t.Errorf("%q see another room", got)
	}
	bob.SetVisible(t.Context(), true)
	var many []string // more than one question has
	for i := range 3 * maxPacketMembers {
		many = append(many, fmt.Sprint("m", i))
	}
	if got := n[0].network.Visible(t.Context(), "lobby", append(many, id(bob))); !slices.Equal(got, []string{id(bob)}) {
		t.Errorf("of many members, %q see the room", got)
	}
	n[2].kill() // and doesn't answer
	sees(0, id(bob))
}

func TestANodeThatIsAloneWaitsForNobody(t *testing.T) {
	t.Parallel()
	n := startNode(t, startNATS(t).ClientURL(), "n", newJournal(t), room.Options{NoOwners: true}, Options{})
	n.join(t, v1("ann")).SetVisible(t.Context(), true)
	if got := n.network.Visible(t.Context(), "lobby", []string{"m1"}); len(got) != 0 {
		t.Errorf("%q see the room elsewhere", got)
	}
	n.nc.Close()
	if got := n.network.Visible(t.Context(), "lobby", []string{"m1"}); len(got) != 0 {
		t.Errorf("%q see the room, by a connection that is closed", got)
	}
}
