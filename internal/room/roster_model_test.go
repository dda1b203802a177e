package room

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"snug/internal/room/mention"
)

func TestNoTwoMembersEverHaveOneNick(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := testRoster{roster: newRoster()}
		var conns []*Participant
		name := rapid.SampledFrom([]string{"ann", "Ann", "ＡＮＮ", "ann-2", "ann-3", "İİİİİİİİİİİİİİİİİİİİİİİİİİİİİİİİ", "İİİİİİİİİİİİİİİİİİİİİİİİİİİİİİ-2", "i"})
		some := func(rt *rapid.T) int {
			if len(conns) == 0 {
				rt.Skip()
			}
			return rapid.IntRange(0, len(conns)-1).Draw(rt, "connection")
		}
		rt.Repeat(map[string]func(*rapid.T){
			"join": func(rt *rapid.T) {
				p, _ := r.come(fmt.Sprint("m", rapid.IntRange(0, 9).Draw(rt, "member")), name.Draw(rt, "nick"))
				conns = append(conns, p)
			},
			"leave": func(rt *rapid.T) {
				i := some(rt)
				r.leave(conns[i])
				conns = slices.Delete(conns, i, i+1)
			},
			"rename":  func(rt *rapid.T) { r.rename(conns[some(rt)].member, nick(name.Draw(rt, "nick"))) },
			"mention": func(*rapid.T) { r.mentionable.makeIndex() },
			"":        func(rt *rapid.T) { r.check(rt, conns) },
		})
	})
}

// check compares the roster with the connections.
func (r *testRoster) check(rt *rapid.T, conns []*Participant) {
	present, taken := map[string]int{}, map[string]string{}
	for _, p := range conns {
		present[p.member.Member.Member]++
	}
	for i, m := range r.members {
		id := m.Member.Member
		key := nick(m.Nick).key
		if other, ok := taken[key]; ok {
			rt.Fatalf("%s and %s both go by %s", other, id, m.Nick)
		}
		taken[key] = id
		if r.byNick[key] != m || r.byID[id] != m || len(m.conns) != present[id] || r.list()[i] != m.Member {
			rt.Fatalf("%+v with %d connections of %d isn't where it belongs", m.Member, len(m.conns), present[id])
		}
	}
	if len(r.members) != len(present) || len(r.byID) != len(present) || len(r.byNick) != len(present) {
		rt.Fatalf("%d members, %d ids, %d nicks; want %d of each", len(r.members), len(r.byID), len(r.byNick), len(present))
	}
	r.checkMentionable(rt)
}

// checkMentionable checks that exactly the members who are here, and those who left lately, can
// be mentioned by their nicks.
func (r *roster) checkMentionable(rt *rapid.T) {
	here := &nickIndex{make(membersByNick), make(map[string]int)}
	for i, p := range r.mentionable.present {
		if p.member.place != i {
			rt.Fatalf("%v has place %d, and thinks that it is %d", p.member.Member, i, p.member.place)
		}
		here.add(p.info)
	}
	if x := r.mentionable.index; x != nil {
		if !maps.Equal(x.nicks, here.nicks) {
			rt.Fatalf("the index has as many nicks of each member: %v, want %v", x.nicks, here.nicks)
		}
		here = x
	}
	for _, c := range []struct {
		what    string
		named   membersByNick
		members []*member
	}{{"here", here.members, r.members}, {"who left", r.mentionable.left, r.left}} {
		count := 0
		for _, members := range c.named {
			count += len(members)
		}
		for _, m := range c.members {
			if !slices.Contains(c.named[mention.Fold(m.nick.Shown)], m.Member.Member) {
				rt.Fatalf("%s, %v can be mentioned, and not %q as %q", c.what, c.named, m.Member.Member, m.nick.Shown)
			}
		}
		if count != len(c.members) {
			rt.Fatalf("%s, %v can be mentioned of %d members", c.what, c.named, len(c.members))
		}
	}
}
