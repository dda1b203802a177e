package room

import (
	"slices"

	"snug/protocol"
)

// What is here is the roster's part of the other nodes.

// meet notes that a member is on a node as p says; kept is its role by the log. It
// reports whether it is the member's first connection anywhere, and otherwise
// whether the member goes by another nick now.
func (r *roster) meet(node string, p Present, kept protocol.Role) (m *member, first, renamed bool) {
	m = r.byID[p.Member]
	if first = m == nil; first {
		m = r.add(protocol.Member{Member: p.Member, Role: kept, Guest: p.Guest}, p.Nick)
	}
	if m.elsewhere == nil {
		m.elsewhere = make(map[string]Present)
	}
	m.elsewhere[node] = p
	for _, a := range p.Addresses {
		m.at(a)
	}
	renamed = r.rechoose(m)
	r.rank(m)
	return m, first, renamed
}

// depart notes that members are no longer on a node, and returns those who have
// left the room with that, and those who go by another nick now.
func (r *roster) depart(node string, members []string) (gone, renamed []*member) {
	for _, id := range members {
		m := r.byID[id]
		if m == nil {
			continue
		}
		if _, there := m.elsewhere[node]; !there {
			continue
		}
		delete(m.elsewhere, node)
		if !m.present() {
			gone = append(gone, m)
			continue
		}
		if r.rechoose(m) {
			renamed = append(renamed, m)
		}
		r.rank(m)
	}
	if len(gone) > 0 { // all at once: a node may have had thousands
		r.members = slices.DeleteFunc(r.members, func(m *member) bool { return !m.present() })
	}
	for _, m := range gone {
		r.forget(m)
	}
	return gone, renamed
}

// missing returns the members that a node had and that aren't among here.
func (r *roster) missing(node string, here []Present) (missing []string) {
	there := make(map[string]bool, len(here))
	for i := range here {
		there[here[i].Member] = true
	}
	for _, m := range r.members {
		if _, was := m.elsewhere[node]; was && !there[m.Member.Member] {
			missing = append(missing, m.Member.Member)
		}
	}
	return missing
}

// rechoose gives m the latest of the nicks that it has on the nodes, and reports
// whether that is another one. All nodes come to the same.
func (r *roster) rechoose(m *member) (renamed bool) {
	var nick Nick
	var stamp uint64
	if len(m.conns) > 0 {
		nick, stamp = m.nick, m.stamp
	}
	for _, p := range m.elsewhere {
		if p.Stamp > stamp || p.Stamp == stamp && p.Nick.Shown > nick.Shown {
			nick, stamp = p.Nick, p.Stamp
		}
	}
	m.stamp = stamp
	if nick == m.nick {
		return false
	}
	r.name(m, nick)
	return true
}
