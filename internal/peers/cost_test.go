package peers

import (
	"fmt"
	"slices"
	"testing"

	"github.com/nats-io/nats.go"

	"snug/internal/room"
)

func TestQuietRoomsCostNothing(t *testing.T) {
	t.Parallel()
	url, j := startNATS(t).ClientURL(), newJournal(t)
	var n [3]*testNode
	for i := range n {
		n[i] = startNode(t, url, fmt.Sprint("n", i), j, room.Options{NoOwners: true}, Options{})
	}
	awaitPeers(t, n[:]...)
	const rooms = 300
	for i := range rooms {
		if _, err := n[i%3].askJoin(t, fmt.Sprint("room", i%100), v1(fmt.Sprint("m", i))); err != nil {
			t.Fatal(err)
		}
	}
	observer, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer observer.Close()
	sent, err := observer.SubscribeSync(subjectPrefix + ">")
	if err != nil {
		t.Fatal(err)
	}
	// At some point each node sends three heartbeats in a row without a room in them,
	// and nothing else is sent meanwhile but what probes the nick store.
	quiet := map[string]int{} // heartbeats by node
	eventually(t, "the nodes send nothing but heartbeats", func() bool {
		msg, err := sent.NextMsg(patience)
		if err != nil {
			t.Fatal(err)
		}
		if msg.Subject == probeSubject {
			return false
		}
		p, err := decode(msg.Data)
		if err != nil || p.Heartbeat == 0 || len(p.Rooms) > 0 {
			clear(quiet)
			return false
		}
		quiet[p.Node]++
		return !slices.ContainsFunc(n[:], func(node *testNode) bool { return quiet[node.network.self] < 3 })
	})
}

func TestInboxOfARoomThatDoesNotReadIsBounded(t *testing.T) {
	t.Parallel()
	n := startThree(t, room.Options{NoOwners: true})
	n[1].join(t, v1("bob"))
	l := n[0].network.Open("lobby").(*link)
	defer l.Close()
	<-l.Ready()
	for range 4 {
		l.push(room.News{Node: "x.1", Here: make([]room.Present, maxInbox/3)})
	}
	got := l.Take()
	if len(got) > 4 {
		t.Errorf("%d pieces of news wait", len(got))
	}
	// After that the room is told everything again.
	gone := map[string]bool{}
	var here []room.Present
	eventually(t, "bob is there", func() bool {
		for _, news := range append(got, l.Take()...) {
			if gone[news.Node] = gone[news.Node] || news.All; news.Node == n[1].network.self {
				here = append(here, news.Here...)
			}
		}
		got = nil
		return len(here) > 0
	})
	if !gone["x.1"] || !gone[n[1].network.self] || here[len(here)-1].Nick.Shown != "bob" {
		t.Errorf("gone %v, here %v", gone, here)
	}
}

func TestANodeAloneWaitsForNobody(t *testing.T) {
	t.Parallel()
	h := startNode(t, startNATS(t).ClientURL(), "alone", newJournal(t), room.Options{NoOwners: true}, Options{})
	awaitPeers(t, h)
	l := h.network.Open("lobby").(*link)
	defer l.Close()
	<-l.Ready()
	if l.timeout != nil {
		t.Error("the room waited for nodes that don't exist")
	}
}
