package peers

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"snug/internal/room"
	"snug/protocol"
)

// rooms numbers the rooms of the models.
var rooms atomic.Uint64

// observer is a client that keeps track of who is present.
type observer struct {
	*client
	nicks map[string]string // by member
}

func (o *observer) observe() {
	for _, e := range o.read() {
		switch e.Type {
		case protocol.EventJoined, protocol.EventRenamed:
			o.nicks[e.Member] = e.Nick
		case protocol.EventLeft:
			delete(o.nicks, e.Member)
		case protocol.EventMembers:
			clear(o.nicks)
			for _, m := range e.Members {
				o.nicks[m.Member] = m.Nick
			}
		}
	}
}

// model is a room on three nodes, and the connections that it should have.
type model struct {
	t         *testing.T
	nodes     [3]*testNode
	code      string
	observers [3]*observer
	conns     []*client
}

func TestAllNodesSeeTheUnion(t *testing.T) {
	t.Parallel()
	n := startThree(t, room.Options{NoOwners: true})
	rapid.Check(t, func(rt *rapid.T) {
		m := model{t: t, nodes: n, code: fmt.Sprint("room", rooms.Add(1))}
		m.addObservers(t)
		name := rapid.SampledFrom([]string{"ann", "Ann", "bob", "cat"})
		some := func(rt *rapid.T) int {
			if len(m.conns) == 0 {
				rt.Skip()
			}
			return rapid.IntRange(0, len(m.conns)-1).Draw(rt, "connection")
		}
		rt.Repeat(map[string]func(*rapid.T){
			"come": func(rt *rapid.T) {
				q := v1(name.Draw(rt, "nick"))
				if len(m.conns) > 0 && rapid.Bool().Draw(rt, "again") {
					q.Seat = m.conns[some(rt)].welcome.You.Seat
				}
				m.conns = append(m.conns, n[rapid.IntRange(0, 2).Draw(rt, "node")].joinRetrying(t, m.code, q))
			},
			"leave": func(rt *rapid.T) {
				i := some(rt)
				m.conns[i].Leave()
				m.conns = slices.Delete(m.conns, i, i+1)
			},
			"rename": func(rt *rapid.T) {
				m.conns[some(rt)].rename(nick(name.Draw(rt, "nick")))
			},
		})
		eventually(t, "all nodes see the union", m.agreed)
		for _, c := range m.conns {
			c.Leave()
		}
		for _, o := range m.observers {
			o.Leave()
		}
	})
}

// agreed reports whether all observers see the members that are present.
func (m *model) agreed() bool {
	want := map[string]string{}
	for _, c := range m.conns {
		you := c.You()
		if other, ok := want[you.Member]; ok && other != you.Nick {
			return false
		}
		want[you.Member] = you.Nick
	}
	for _, o := range m.observers {
		want[o.You().Member] = o.You().Nick
	}
	keys := map[string]bool{}
	for _, name := range want {
		keys[nick(name).Key()] = true
	}
	for _, o := range m.observers {
		if o.observe(); !maps.Equal(o.nicks, want) {
			return false
		}
	}
	return len(keys) == len(want)
}

// Members join, leave and rename themselves at the same time, each on several nodes.
func TestAllNodesAgreeAfterConcurrentChanges(t *testing.T) {
	t.Parallel()
	t.Run("one server", func(t *testing.T) { checkConcurrentChanges(t, startThree(t, room.Options{NoOwners: true})) })
	t.Run("three servers", func(t *testing.T) { checkConcurrentChanges(t, startSpread(t)) })
}

func checkConcurrentChanges(t *testing.T, n [3]*testNode) {
	const members = 6
	for round := range 5 {
		m := model{t: t, nodes: n, code: fmt.Sprint("turmoil", round)}
		m.addObservers(t)
		var mu sync.Mutex
		var stay []*client
		var moving sync.WaitGroup
		for id := range members {
			first := n[id%3].joinRetrying(t, m.code, v1("ann"))
			for i := range n {
				moving.Go(func() {
					for step := range 5 {
						c := n[i].joinRetrying(t, m.code, first.sameMember(fmt.Sprint("n", (id+step)%3)))
						c.rename(nick(fmt.Sprint("n", (round+id+i+step)%members)))
						if step < 4 || i == id%3 {
							c.Leave()
							continue
						}
						mu.Lock()
						stay = append(stay, c)
						mu.Unlock()
					}
				})
			}
			if id%2 == 1 { // gone, or still present over another connection
				first.Leave()
				continue
			}
			mu.Lock()
			stay = append(stay, first)
			mu.Unlock()
		}
		moving.Wait()
		m.conns = stay
		eventually(t, "all nodes see the same", m.agreed)
		for _, c := range m.conns {
			c.Leave()
		}
		for _, o := range m.observers {
			o.Leave()
		}
	}
}
