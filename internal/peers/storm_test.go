package peers

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"snug/internal/room"
	"snug/protocol"
)

// Nodes are cut off for a while, some for so long that they count as gone, while members
// join, leave and rename themselves on all of them.
func TestAllNodesAgreeAfterCuts(t *testing.T) {
	t.Parallel()
	direct, j := startNATS(t).ClientURL(), newJournal(t)
	var nodes [3]*testNode
	var cables [3]*cable
	for i := range nodes {
		cables[i] = newCable(t, direct)
		nodes[i] = startNode(t, cables[i].url(), fmt.Sprint("n", i), j, room.Options{NoOwners: true}, Options{})
	}
	awaitPeers(t, nodes[:]...)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	m := model{t: t, nodes: nodes, code: "storm"}
	m.addObservers(t)
	for _, long := range []bool{false, true} {
		// A long round ends when a node counts as gone, a short one after some steps.
		gone := func() bool {
			return slices.ContainsFunc(nodes[:], func(h *testNode) bool { return len(h.network.others()) < 2 })
		}
		for i := 0; i < 4 || long && !gone(); i++ {
			cables[random.IntN(3)].setCut(true)
			for range 3 {
				m.step(t, random)
			}
			if !long || random.IntN(4) == 0 {
				cables[random.IntN(3)].setCut(false)
			}
		}
		for _, c := range cables {
			c.setCut(false)
		}
		eventually(t, "all nodes see the same members", m.agreed)
	}
}

// addObservers lets an observer join the room on each node.
func (m *model) addObservers(t *testing.T) {
	t.Helper()
	for i, h := range m.nodes {
		c := h.joinRetrying(t, m.code, v1(fmt.Sprint("observer", i)))
		m.observers[i] = &observer{c, map[string]string{}}
		for _, who := range c.welcome.Members {
			m.observers[i].nicks[who.Member] = who.Nick
		}
	}
}

// step lets somebody join, leave or rename themselves, if that is possible now.
func (m *model) step(t *testing.T, random *rand.Rand) {
	t.Helper()
	some := func() *client { return m.conns[random.IntN(len(m.conns))] }
	name := fmt.Sprint("m", random.IntN(5))
	switch n := random.IntN(4); {
	case n < 2 || len(m.conns) == 0:
		q := v1(name)
		if len(m.conns) > 0 && random.IntN(2) == 0 {
			q.Seat = some().welcome.You.Seat
		}
		c, err := m.nodes[random.IntN(3)].tryJoin(t, m.code, q)
		if err != nil {
			refused(t, err, protocol.Unavailable)
			return
		}
		m.conns = append(m.conns, c)
	case n == 2:
		c := some()
		c.Leave()
		m.conns = slices.DeleteFunc(m.conns, func(other *client) bool { return other == c })
	default:
		some().rename(nick(name))
	}
}
