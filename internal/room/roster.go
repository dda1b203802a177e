package room

import (
	"crypto/rand"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"snug/protocol"
)

// roster is who is in a room, where only the latest matters. It is a plain
// value of its room's goroutine: no lock, no channel, no clock.
type roster struct {
	members []*member          // in the order they came
	byID    map[string]*member // by Member.Member
	byNick  map[string]*member // by Nick.key
	crowd   bool               // too many to name; see settle
	shown   []protocol.Member  // what list returned last; nil after a change
	gone    []*member          // who left lately, oldest first: they can still be put out
	shared  bool               // with other nodes, which agree on nicks: what join and rename are given is free
}

// goneKept bounds the members that a roster remembers.
const goneKept = 200

// member is one who is present, over one connection or several, here or on other
// nodes.
type member struct {
	*stand    // its Role is the highest that it has over any connection
	nick      Nick
	stamp     uint64 // see Present.Stamp
	conns     []*Participant
	elsewhere map[string]Present        // by node; nil if it is only here
	addresses []string                  // that it came from, a few of them
	rescued   bool                      // it is being given another nick, having lost its own
	spoke     atomic.Pointer[time.Time] // last, in slow mode
}

// stand is a member as it is now. It is replaced and never changed, since others
// than the room's goroutine look at it.
type stand struct {
	protocol.Member
	kept protocol.Role // its role by the log, whatever a token grants
}

// with returns s, or if that has another role one with this.
func (s *stand) with(role protocol.Role) *stand {
	if s.Role == role {
		return s
	}
	who := s.Member
	who.Role = role
	return &stand{who, s.kept}
}

// addressesKept bounds the addresses of a member.
const addressesKept = 8

// at notes where m comes from.
func (m *member) at(address string) {
	if address != "" && len(m.addresses) < addressesKept && !slices.Contains(m.addresses, address) {
		m.addresses = append(m.addresses, address)
	}
}

func newRoster() roster {
	return roster{byID: make(map[string]*member), byNick: make(map[string]*member)}
}

// join seats p as the member who, and reports whether it is that member's first
// connection. Only the first one's nick counts: a taken one gets a suffix.
func (r *roster) join(p *Participant, who protocol.Member, nick Nick) (m *member, first bool) {
	if m := r.byID[who.Member]; m != nil {
		m.conns = append(m.conns, p)
		m.at(p.address)
		r.rank(m)
		return m, false
	}
	if !r.shared {
		nick = r.free(nick)
	}
	m = r.add(who, nick)
	m.conns = []*Participant{p}
	m.at(p.address)
	r.rank(m)
	return m, true
}

// add makes who a member.
func (r *roster) add(who protocol.Member, nick Nick) *member {
	who.Nick = nick.Shown
	m := &member{stand: &stand{who, who.Role}, nick: nick}
	if i := r.left(who.Member); i >= 0 {
		m.addresses = r.gone[i].addresses
		m.spoke.Store(r.gone[i].spoke.Load())
		r.gone = slices.Delete(r.gone, i, i+1)
	}
	r.members = append(r.members, m)
	r.byID[m.Member.Member] = m
	r.byNick[m.nick.key] = m
	return m
}

// leave unseats p and reports whether it was the member's last connection anywhere.
func (r *roster) leave(p *Participant) (m *member, last bool) {
	m = p.member
	m.conns = slices.DeleteFunc(m.conns, func(other *Participant) bool { return other == p })
	if m.present() {
		r.rank(m)
		return m, false
	}
	r.members = slices.DeleteFunc(r.members, func(other *member) bool { return other == m })
	r.forget(m)
	return m, true
}

func (m *member) present() bool { return len(m.conns)+len(m.elsewhere) > 0 }

// forget makes m one who was here, once it isn't among the members.
func (r *roster) forget(m *member) {
	delete(r.byID, m.Member.Member)
	r.unname(m)
	r.shown = nil
	if len(r.gone) >= goneKept {
		r.gone = slices.Delete(r.gone, 0, 1)
	}
	r.gone = append(r.gone, m)
}

// unname takes m's nick from it. While the nodes agree, two may go by it.
func (r *roster) unname(m *member) {
	if r.byNick[m.nick.key] == m {
		delete(r.byNick, m.nick.key)
	}
}

// left returns where in gone a member is; -1 if it isn't.
func (r *roster) left(id string) int {
	return slices.IndexFunc(r.gone, func(m *member) bool { return m.Member.Member == id })
}

// about returns one who is here or was lately, without connections then; of
// others nothing but a member without a nick.
func (r *roster) about(id string) *member {
	if m := r.byID[id]; m != nil {
		return m
	}
	if i := r.left(id); i >= 0 {
		return r.gone[i]
	}
	return &member{stand: &stand{}}
}

// promote gives a member another role, if it is here.
func (r *roster) promote(member string, role protocol.Role) {
	m := r.byID[member]
	if m == nil {
		return
	}
	m.stand = &stand{m.Member, role}
	r.rank(m)
}

// rank gives m the role that the log and its connections' tokens say.
func (r *roster) rank(m *member) {
	role := m.kept
	for _, p := range m.conns {
		role = higher(role, p.granted)
	}
	for _, p := range m.elsewhere {
		role = higher(role, p.Role)
	}
	m.stand = m.with(role)
	m.tell()
	r.shown = nil
}

// tell lets m's connections know of m as it is now. What a token grants is that
// connection's alone.
func (m *member) tell() {
	for _, p := range m.conns {
		p.you.Store(m.with(higher(m.kept, p.granted)))
	}
}

// rename gives m another nick, and reports whether it was to be had.
func (r *roster) rename(m *member, nick Nick) bool {
	if other := r.byNick[nick.key]; other != nil && other != m && !r.shared {
		return false
	}
	m.stamp++
	r.name(m, nick)
	return true
}

// name gives m a nick that it may have.
func (r *roster) name(m *member, nick Nick) {
	r.unname(m)
	who := m.Member
	who.Nick = nick.Shown
	m.nick, m.stand = nick, &stand{who, m.kept}
	r.byNick[nick.key] = m
	r.shown = nil
}

// free returns nick, or if it is taken the nick with the first suffix that
// makes it free. Beside those of the members the keys in taken are taken.
func (r *roster) free(nick Nick, taken ...string) Nick {
	return suffixed(nick, func(key string) bool { return r.byNick[key] != nil || slices.Contains(taken, key) })
}

// suffixed returns nick, or if it is taken the nick with the first suffix that
// isn't.
func suffixed(nick Nick, taken func(key string) bool) Nick {
	const countTo = 20 // beyond it, counting on for each of a thousand bobs would take long
	try := nick
	for n := 2; taken(try.key); n++ {
		suffix := strconv.Itoa(n)
		if n > countTo {
			suffix = strings.ToLower(rand.Text()[:6])
		}
		try = nick.with("-" + suffix)
	}
	return try
}

func (r *roster) count() int { return len(r.members) }

// list returns who is present, at most protocol.MembersShown of them. The slice
// is never changed again.
func (r *roster) list() []protocol.Member {
	if r.shown == nil {
		r.shown = make([]protocol.Member, min(len(r.members), protocol.MembersShown))
		for i := range r.shown {
			r.shown[i] = r.members[i].Member
		}
	}
	return r.shown
}

// settle decides whether the members are too many to name, and reports whether
// that has changed. Between the two bounds it stays as it was, so that a room
// of about that size doesn't go back and forth.
func (r *roster) settle() (changed bool) {
	was := r.crowd
	switch n := len(r.members); {
	case n > protocol.MembersShown:
		r.crowd = true
	case n < protocol.MembersShownAgain:
		r.crowd = false
	}
	return r.crowd != was
}
