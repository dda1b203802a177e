package room

import (
	"slices"
	"sync"

	"snug/internal/room/mention"
)

// mentionable is whom messages can mention: members by their nicks, as mentions are compared. The
// room's goroutine changes it, and senders read it.
type mentionable struct {
	mu      sync.RWMutex
	present []present     // who are here; each member knows its place
	index   *nickIndex    // of present; nil before somebody is mentioned, which happens in few rooms
	left    membersByNick // who left lately, such as for the moment of a reload
	hooks   membersByNick
	devices membersByNick // members with devices, who may be away
}

// membersByNick has the members who go by a nick, by its [mention.Fold]. Nicks that differ in
// a room may be one here. A list doesn't change once it is here: senders may read it.
type membersByNick map[string][]string

// present is a member who is here. The info is that of the moment in which the member took the nick: it
// has the member and the nick, and not always the role. The member itself is the room's goroutine's.
type present struct {
	info   *memberInfo
	member *member
}

// nickIndex is what a mention is looked up in.
type nickIndex struct {
	members membersByNick
	nicks   map[string]int // how many nicks a member goes by, by member
}

// named returns the members who go by a nick, by its fold. It is a [mention.Named]. Those who
// are away count only if nobody who is here goes by the nick, and somebody who is here by another nick
// doesn't.
func (n *mentionable) named(folded []byte) []string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	if n.index == nil {
		n.mu.RUnlock()
		n.makeIndex()
		n.mu.RLock()
	}
	for _, members := range []membersByNick{n.index.members, n.hooks} {
		if named := members[string(folded)]; named != nil {
			return named
		}
	}
	var away []string // a member may be in it twice, which is for Find to know
	for _, members := range []membersByNick{n.left, n.devices} {
		for _, member := range members[string(folded)] {
			if n.index.nicks[member] == 0 {
				away = append(away, member)
			}
		}
	}
	return away
}

// makeIndex makes the index unless it is there.
func (n *mentionable) makeIndex() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.index != nil { // another sender was faster
		return
	}
	n.index = &nickIndex{make(membersByNick), make(map[string]int)}
	for _, p := range n.present {
		n.index.add(p.info)
	}
}

func (x *nickIndex) add(m *memberInfo) {
	x.members.add(m)
	x.nicks[m.Member.Member]++
}

func (x *nickIndex) remove(m *memberInfo) {
	x.members.remove(m)
	if x.nicks[m.Member.Member]--; x.nicks[m.Member.Member] <= 0 {
		delete(x.nicks, m.Member.Member)
	}
}

// add notes that m is here and goes by its nick.
func (n *mentionable) add(m *member) {
	n.mu.Lock()
	defer n.mu.Unlock()
	m.place = len(n.present)
	n.present = append(n.present, present{m.memberInfo, m})
	if n.index != nil {
		n.index.add(m.memberInfo)
	}
}

// remove notes that m is no longer here, or no longer goes by its nick.
func (n *mentionable) remove(m *member) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if m.place >= len(n.present) || n.present[m.place].member != m {
		return
	}
	if n.index != nil {
		n.index.remove(n.present[m.place].info)
	}
	last := len(n.present) - 1
	n.present[m.place] = n.present[last]
	n.present[m.place].member.place = m.place
	n.present[last] = present{}
	n.present = n.present[:last]
}

// addLeft notes that m has left.
func (n *mentionable) addLeft(m *memberInfo) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.left == nil {
		n.left = make(membersByNick)
	}
	n.left.add(m)
}

// removeLeft notes that m is no longer remembered.
func (n *mentionable) removeLeft(m *memberInfo) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.left.remove(m)
}

// setHooks replaces the hooks, by their names.
func (n *mentionable) setHooks(members membersByNick) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hooks = members
}

// setDevices replaces the members with devices, by the nicks that the devices were registered with.
func (n *mentionable) setDevices(members membersByNick) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.devices = members
}

func (b membersByNick) add(m *memberInfo) {
	folded := mention.Fold(m.Nick)
	b[folded] = append(slices.Clip(b[folded]), m.Member.Member)
}

func (b membersByNick) remove(m *memberInfo) {
	folded := mention.Fold(m.Nick)
	others := slices.DeleteFunc(slices.Clone(b[folded]), func(other string) bool { return other == m.Member.Member })
	if b[folded] = others; len(others) == 0 {
		delete(b, folded)
	}
}
