package peers

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"snug/internal/room"
	"snug/protocol"
)

// Nodes are cut off for a while, some for so long that the others take them for
// gone, while members come, go and take nicks on all of them.
func TestAfterAnyCutsAllComeToSeeTheSame(t *testing.T) {
	t.Parallel()
	direct, j := serve(t).ClientURL(), kept(t)
	var nodes [3]*house
	var cables [3]*cable
	for i := range nodes {
		cables[i] = lay(t, direct)
		nodes[i] = start(t, cables[i].url(), fmt.Sprint("n", i), j, room.Options{NoOwners: true}, Options{})
	}
	meet(t, nodes[:]...)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	m := model{t: t, nodes: nodes, code: "storm"}
	m.watch(t)
	for round := range 2 {
		long := round%2 == 1
		end := time.Now().Add(time.Second)
		if long {
			end = end.Add(goneAfter)
		}
		for time.Now().Before(end) {
			cables[random.IntN(3)].set(true)
			for range 3 {
				m.move(t, random)
			}
			if !long || random.IntN(4) == 0 {
				cables[random.IntN(3)].set(false)
			}
		}
		for _, c := range cables {
			c.set(false)
		}
		within(t, 2*patience, "all nodes see the same", m.agreed)
	}
}

// watch lets an observer into the room on each node.
func (m *model) watch(t *testing.T) {
	t.Helper()
	for i, h := range m.nodes {
		c := h.insist(t, m.code, v1(fmt.Sprint("observer", i)))
		m.observers[i] = &observer{c, map[string]string{}}
		for _, who := range c.welcome.Members {
			m.observers[i].there[who.Member] = who.Nick
		}
	}
}

// move lets somebody come, go or take another nick, if that can be.
func (m *model) move(t *testing.T, random *rand.Rand) {
	t.Helper()
	some := func() *client { return m.conns[random.IntN(len(m.conns))] }
	name := fmt.Sprint("m", random.IntN(5))
	switch n := random.IntN(4); {
	case n < 2 || len(m.conns) == 0:
		q := v1(name)
		if len(m.conns) > 0 && random.IntN(2) == 0 {
			q.Seat = some().welcome.You.Seat
		}
		c, err := m.nodes[random.IntN(3)].try(t, m.code, q)
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
		some().takes(nick(name))
	}
}

// takes another nick, if that can be.
func (c *client) takes(n room.Nick) {
	err := c.Rename(c.t.Context(), n)
	if code := room.Refusal(err).Code; err != nil && code != protocol.NickTaken && code != protocol.Unavailable {
		c.t.Errorf("a nick was refused: %v", err)
	}
}

func TestANodeThatStartsAnewIsAnother(t *testing.T) {
	t.Parallel()
	url, j := serve(t).ClientURL(), kept(t)
	one := start(t, url, "one", j, room.Options{NoOwners: true}, Options{})
	two := start(t, url, "two", j, room.Options{NoOwners: true}, Options{})
	meet(t, one, two)
	ann := one.enter(t, v1("ann"))
	bob := two.enter(t, v1("bob"))
	two.enter(t, v1("cat"))
	ann.sees("joined bob, 2", "joined cat, 3")
	two.kill()
	two = start(t, url, "two", j, room.Options{NoOwners: true}, Options{})
	seen := ann.await(2)
	slices.Sort(seen)
	if want := []string{"left bob, 2", "left cat, 1"}; !slices.Equal(seen, want) && !slices.Equal(seen, []string{"left bob, 1", "left cat, 2"}) {
		t.Errorf("ann has seen %v", seen)
	}
	meet(t, one, two)
	back := two.enter(t, bob.again("bob"))
	ann.sees("joined bob, 2")
	if !slices.Equal(nicksOf(back.welcome.Members), []string{"ann", "bob"}) {
		t.Errorf("bob is welcomed to %v", back.welcome.Members)
	}
}

func TestQuietRoomsCostNothing(t *testing.T) {
	t.Parallel()
	n := three(t, room.Options{NoOwners: true})
	const rooms = 300
	for i := range rooms {
		if _, err := n[i%3].try(t, fmt.Sprint("room", i%100), v1(fmt.Sprint("m", i))); err != nil {
			t.Fatal(err)
		}
	}
	within(t, patience, "all has been told", func() bool {
		before := told(n)
		time.Sleep(beatEvery / 2)
		return told(n)-before <= 6
	})
	before := told(n)
	time.Sleep(2 * beatEvery) // what is measured is what is sent meanwhile
	if got := told(n) - before; got > 3*4 {
		t.Errorf("%d messages in two seconds in which nothing happened, want hardly more than a beat a second of each node", got)
	}
}

func TestARoomThatTakesNothingCostsBoundedMemory(t *testing.T) {
	t.Parallel()
	n := three(t, room.Options{NoOwners: true})
	n[1].enter(t, v1("bob"))
	l := n[0].mesh.Open("lobby").(*link)
	defer l.Close()
	<-l.Ready()
	for range 4 {
		l.push(room.News{Node: "x.1", Here: make([]room.Present, inboxHolds/3)})
	}
	got := l.Take()
	if len(got) > 4 {
		t.Errorf("%d pieces of news wait", len(got))
	}
	// Then it is told everything again.
	gone := map[string]bool{}
	var here []room.Present
	within(t, patience, "bob is there", func() bool {
		for _, news := range append(got, l.Take()...) {
			if gone[news.Node] = gone[news.Node] || news.All; news.Node == n[1].mesh.self {
				here = append(here, news.Here...)
			}
		}
		got = nil
		return len(here) > 0
	})
	if !gone["x.1"] || !gone[n[1].mesh.self] || here[len(here)-1].Nick.Shown != "bob" {
		t.Errorf("gone %v, here %v", gone, here)
	}
}
