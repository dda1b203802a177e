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
	present membersByNick // who are here
	left    membersByNick // who left lately, such as for the moment of a reload
	hooks   membersByNick
	devices membersByNick // members with devices, who may be away

	nicks map[string]int // how many nicks the members who are here go by, by member
}

// membersByNick has the members who go by a nick, by its [mention.Fold]. Nicks that differ in
// a room may be one here. A list doesn't change once it is here: senders may read it.
type membersByNick map[string][]string

func newMentionable() *mentionable {
	return &mentionable{present: make(membersByNick), left: make(membersByNick), nicks: make(map[string]int)}
}

// named returns the members who go by a nick, by its fold. It is a [mention.Named]. Those who
// are away count only if nobody who is here goes by the nick, and somebody who is here by another nick
// doesn't.
func (n *mentionable) named(folded []byte) []string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	for _, members := range []membersByNick{n.present, n.hooks} {
		if named := members[string(folded)]; named != nil {
			return named
		}
	}
	var away []string // a member may be in it twice, which is for Find to know
	for _, members := range []membersByNick{n.left, n.devices} {
		for _, member := range members[string(folded)] {
			if n.nicks[member] == 0 {
				away = append(away, member)
			}
		}
	}
	return away
}

// add notes that m is here and goes by its nick.
func (n *mentionable) add(m *member) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.present.add(m)
	n.nicks[m.Member.Member]++
}

// remove notes that m is no longer here, or no longer goes by its nick.
func (n *mentionable) remove(m *member) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.present.remove(m)
	if n.nicks[m.Member.Member]--; n.nicks[m.Member.Member] <= 0 {
		delete(n.nicks, m.Member.Member)
	}
}

// addLeft notes that m has left.
func (n *mentionable) addLeft(m *member) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.left.add(m)
}

// removeLeft notes that m is no longer remembered.
func (n *mentionable) removeLeft(m *member) {
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

func (b membersByNick) add(m *member) {
	folded := mention.Fold(m.nick.Shown)
	b[folded] = append(slices.Clip(b[folded]), m.Member.Member)
}

func (b membersByNick) remove(m *member) {
	folded := mention.Fold(m.nick.Shown)
	others := slices.DeleteFunc(slices.Clone(b[folded]), func(other string) bool { return other == m.Member.Member })
	if b[folded] = others; len(others) == 0 {
		delete(b, folded)
	}
}
