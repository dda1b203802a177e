package room

import (
	"slices"

	"snug/protocol"
)

// upsertRemote notes that a member is on another node as p says; stored is its role by
// the log. It reports whether the member wasn't anywhere before, and whether it goes by
// another nick now.
func (r *roster) upsertRemote(node string, p Present, stored protocol.Role) (m *member, first, renamed bool) {
	m = r.byID[p.Member]
	if first = m == nil; first {
		m = r.add(protocol.Member{Member: p.Member, Role: stored, Guest: p.Guest}, p.Nick)
	}
	if m.elsewhere == nil {
		m.elsewhere = make(map[string]Present)
	}
	m.elsewhere[node] = p
	for _, a := range p.Addresses {
		m.addAddress(a)
	}
	renamed = r.resolveNick(m)
	r.updateRole(m)
	return m, first, renamed
}

// removeRemote notes that members are no longer on a node. It returns those who have
// left the room with that, and those who go by another nick now.
func (r *roster) removeRemote(node string, members []string) (left, renamed []*member) {
	for _, id := range members {
		m := r.byID[id]
		if m == nil {
			continue
		}
		if _, ok := m.elsewhere[node]; !ok {
			continue
		}
		delete(m.elsewhere, node)
		if !m.present() {
			left = append(left, m)
			continue
		}
		if r.resolveNick(m) {
			renamed = append(renamed, m)
		}
		r.updateRole(m)
	}
	if len(left) > 0 { // all at once: a node may have had thousands
		r.members = slices.DeleteFunc(r.members, func(m *member) bool { return !m.present() })
	}
	for _, m := range left {
		r.forget(m)
	}
	return left, renamed
}

// missing returns the members that were on a node and are not in present.
func (r *roster) missing(node string, present []Present) (missing []string) {
	still := make(map[string]bool, len(present))
	for i := range present {
		still[present[i].Member] = true
	}
	for _, m := range r.members {
		if _, was := m.elsewhere[node]; was && !still[m.Member.Member] {
			missing = append(missing, m.Member.Member)
		}
	}
	return missing
}

// resolveNick gives m the newest of the nicks that it has on the nodes, and reports
// whether that is another one than before. All nodes come to the same nick.
func (r *roster) resolveNick(m *member) (renamed bool) {
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
	r.setNick(m, nick)
	return true
}
