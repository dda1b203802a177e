package room

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"snug/internal/room/policy"
	"snug/protocol"
)

// merged is a roster and its model: who is on which node.
type merged struct {
	testRoster
	here  []*Participant
	there map[string]map[string]Present // by node and member
}

func TestAMergedRosterIsTheUnionOfWhatTheNodesHave(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := merged{testRoster: testRoster{roster: newRoster()}, there: map[string]map[string]Present{"x": {}, "y": {}}}
		m.shared = true
		node := rapid.SampledFrom([]string{"x", "y"})
		id := rapid.Map(rapid.IntRange(0, 7), func(n int) string { return fmt.Sprint("m", n) })
		name := rapid.SampledFrom([]string{"ann", "Ann", "bob", "cat", "dan"})
		present := rapid.Custom(func(rt *rapid.T) Present {
			return Present{
				Member: id.Draw(rt, "member"), Nick: nick(name.Draw(rt, "nick")), Stamp: rapid.Uint64Range(0, 4).Draw(rt, "stamp"),
				Role: rapid.SampledFrom([]protocol.Role{"", protocol.RoleModerator, protocol.RoleOwner}).Draw(rt, "role"),
			}
		})
		some := func(rt *rapid.T) int {
			if len(m.here) == 0 {
				rt.Skip()
			}
			return rapid.IntRange(0, len(m.here)-1).Draw(rt, "connection")
		}
		rt.Repeat(map[string]func(*rapid.T){
			"come": func(rt *rapid.T) {
				p, _ := m.come(id.Draw(rt, "member"), name.Draw(rt, "nick"))
				m.here = append(m.here, p)
			},
			"leave": func(rt *rapid.T) {
				i := some(rt)
				if who, last := m.leave(m.here[i]); !last && len(who.conns) == 0 {
					m.resolveNick(who)
				}
				m.here = slices.Delete(m.here, i, i+1)
			},
			"rename": func(rt *rapid.T) { m.rename(m.here[some(rt)].member, nick(name.Draw(rt, "nick"))) },
			"meet": func(rt *rapid.T) {
				on, p := node.Draw(rt, "node"), present.Draw(rt, "present")
				was := m.byID[p.Member]
				if _, first, _ := m.upsertRemote(on, p, protocol.RoleMember); first != (was == nil) {
					rt.Fatalf("%s is the first: %t", p.Member, first)
				}
				m.there[on][p.Member] = p
			},
			"depart": func(rt *rapid.T) {
				on, who := node.Draw(rt, "node"), rapid.SliceOfDistinct(id, rapid.ID[string]).Draw(rt, "members")
				m.removeRemote(on, who)
				for _, id := range who {
					delete(m.there[on], id)
				}
			},
			"list": func(rt *rapid.T) {
				on := node.Draw(rt, "node")
				all := rapid.SliceOfDistinct(present, func(p Present) string { return p.Member }).Draw(rt, "members")
				m.removeRemote(on, m.missing(on, all))
				clear(m.there[on])
				for _, p := range all {
					m.upsertRemote(on, p, protocol.RoleMember)
					m.there[on][p.Member] = p
				}
			},
			"": m.check,
		})
	})
}

// check compares the roster with the model.
func (m *merged) check(rt *rapid.T) {
	want := map[string]protocol.Role{}
	for _, p := range m.here {
		want[p.member.Member.Member] = protocol.RoleMember
	}
	for _, all := range m.there {
		for id, p := range all {
			want[id] = policy.Higher(policy.Higher(protocol.RoleMember, want[id]), p.Role)
		}
	}
	got := map[string]protocol.Role{}
	for i, who := range m.list() {
		got[who.Member] = who.Role
		if m.members[i] != m.byID[who.Member] || m.members[i].Member != who || m.members[i].nick.Shown != who.Nick {
			rt.Fatalf("%+v isn't found where it belongs", who)
		}
	}
	if !maps.Equal(got, want) || len(m.members) != len(want) || len(m.byID) != len(want) {
		rt.Fatalf("the roster has %v, want %v", got, want)
	}
	for key, who := range m.byNick {
		if who.nick.key != key || m.byID[who.Member.Member] != who {
			rt.Fatalf("%s is %+v's, who doesn't go by it or isn't there", key, who.Member)
		}
	}
	for _, who := range m.members {
		m.latest(rt, who)
	}
	m.checkMentionable(rt)
}

// latest checks that no node has a later nick of a member than the one it goes by.
func (m *merged) latest(rt *rapid.T, who *member) {
	known := len(who.conns) > 0
	for _, all := range m.there {
		p, there := all[who.Member.Member]
		if there && (p.Stamp > who.stamp || p.Stamp == who.stamp && p.Nick.Shown > who.Nick) {
			rt.Fatalf("%s goes by %s of %d, and on another node later by %s of %d", p.Member, who.Nick, who.stamp, p.Nick.Shown, p.Stamp)
		}
		known = known || there && p.Nick == who.nick && p.Stamp == who.stamp
	}
	if !known {
		rt.Fatalf("%s goes by %s, which it has on no node", who.Member.Member, who.Nick)
	}
}

func TestABanHoldsForAddressesOnOtherNodes(t *testing.T) {
	r := newRoster()
	r.shared = true
	r.upsertRemote("x", Present{Member: "m", Nick: nick("ann"), Addresses: []string{"a", "b"}}, protocol.RoleMember)
	r.upsertRemote("y", Present{Member: "m", Nick: nick("ann"), Addresses: []string{"b", "c"}}, protocol.RoleMember)
	r.removeRemote("x", []string{"m"})
	if got := r.about("m").addresses; !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("it came from %v", got)
	}
	r.removeRemote("y", []string{"m"})
	if m := r.about("m"); m.Nick != "ann" || len(m.addresses) != 3 {
		t.Errorf("of one who has left is known %+v, %v", m.Member, m.addresses)
	}
}
