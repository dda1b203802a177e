package room

import (
	"math/rand/v2"
	"slices"
	"strconv"

	"snug/internal/room/policy"
	"snug/protocol"
)

// roster is who is in a room. It is a plain value of the room's goroutine: it has no
// lock, channel or clock.
type roster struct {
	members     []*member          // in the order they came
	byID        map[string]*member // by Member.Member
	byNick      map[string]*member // by Nick.key
	crowd       bool               // too many to name; see updateCrowd
	listed      []protocol.Member  // what list returned last; nil after a change
	left        []*member          // who left lately, oldest first: they can still be kicked
	hooks       map[string]string  // members that are hooks and never here, by Nick.key
	guests      []*member          // who said something without being here, oldest first: as left
	mentionable *mentionable       // whom messages can mention; changed with byNick, and read by other goroutines
	shared      bool               // other nodes decide on nicks: join and rename are given free ones
}

// maxLeft bounds the members that a roster remembers after they left.
const maxLeft = 200

// member is somebody who is in the room, over one connection or several, on this node or
// others.
type member struct {
	*memberInfo // its Role is the highest of all connections
	nick        Nick
	stamp       uint64 // see Present.Stamp
	conns       []*Participant
	elsewhere   map[string]Present // by node; nil if it is only here
	addresses   []string           // that it came from, up to maxAddresses
	place       int                // see mentionable.add; of the room's goroutine
	renaming    bool               // it has lost its nick, and is being given another one
	spoke       lastTurn           // in slow mode
}

// memberInfo is a member as it is at one moment. It is replaced and never changed, since
// other goroutines than the room's read it.
type memberInfo struct {
	protocol.Member
	stored protocol.Role // the role that the log gives, without a token's
}

// withRole returns i with the given role.
func (i *memberInfo) withRole(role protocol.Role) *memberInfo {
	if i.Role == role {
		return i
	}
	m := i.Member
	m.Role = role
	return &memberInfo{m, i.stored}
}

// maxAddresses bounds the addresses that are remembered of a member.
const maxAddresses = 8

// addAddress notes that m comes from an address.
func (m *member) addAddress(address string) {
	if address != "" && len(m.addresses) < maxAddresses && !slices.Contains(m.addresses, address) {
		m.addresses = append(m.addresses, address)
	}
}

func newRoster() roster {
	return roster{byID: make(map[string]*member), byNick: make(map[string]*member), mentionable: new(mentionable)}
}

// join adds p as a connection of a member, and reports whether it is the member's first.
// The nick counts only then; one that is taken gets a suffix.
func (r *roster) join(p *Participant, who protocol.Member, nick Nick) (m *member, first bool) {
	if m := r.byID[who.Member]; m != nil {
		m.conns = append(m.conns, p)
		m.addAddress(p.address)
		r.updateRole(m)
		return m, false
	}
	if !r.shared {
		nick = r.free(nick)
	}
	m = r.add(who, nick)
	m.conns = []*Participant{p}
	m.addAddress(p.address)
	r.updateRole(m)
	return m, true
}

// add adds a member who wasn't here.
func (r *roster) add(who protocol.Member, nick Nick) *member {
	who.Nick = nick.Shown
	m := &member{memberInfo: &memberInfo{who, who.Role}, nick: nick}
	if i := indexOf(r.left, who.Member); i >= 0 {
		m.addresses = r.left[i].addresses
		m.spoke.Store(r.left[i].spoke.Load())
		r.forgetLeft(i)
	}
	r.members = append(r.members, m)
	r.byID[m.Member.Member] = m
	r.byNick[m.nick.key] = m
	r.mentionable.add(m)
	return m
}

// leave removes the connection p and reports whether it was the member's last one on any
// node.
func (r *roster) leave(p *Participant) (m *member, last bool) {
	m = p.member
	m.conns = slices.DeleteFunc(m.conns, func(other *Participant) bool { return other == p })
	if m.present() {
		r.updateRole(m)
		return m, false
	}
	r.members = slices.DeleteFunc(r.members, func(other *member) bool { return other == m })
	r.forget(m)
	return m, true
}

func (m *member) present() bool { return len(m.conns)+len(m.elsewhere) > 0 }

// forget moves m, which is no longer in members, to those who have left.
func (r *roster) forget(m *member) {
	delete(r.byID, m.Member.Member)
	r.releaseNick(m)
	r.listed = nil
	r.addLeft(m)
}

// addLeft appends m to those who left lately, and forgets the oldest one if they are too
// many.
func (r *roster) addLeft(m *member) {
	if len(r.left) >= maxLeft {
		r.forgetLeft(0)
	}
	r.left = append(r.left, m)
	r.mentionable.addLeft(m.memberInfo)
}

// forgetLeft forgets one of those who left lately.
func (r *roster) forgetLeft(i int) {
	r.mentionable.removeLeft(r.left[i].memberInfo)
	r.left = slices.Delete(r.left, i, i+1)
}

// releaseNick makes m's nick free. While the nodes still have to agree, another member
// may have it too, and keeps it.
func (r *roster) releaseNick(m *member) {
	r.mentionable.remove(m)
	if r.byNick[m.nick.key] == m {
		delete(r.byNick, m.nick.key)
	}
}

// indexOf returns the index of a member; -1 if it isn't there.
func indexOf(members []*member, id string) int {
	return slices.IndexFunc(members, func(m *member) bool { return m.Member.Member == id })
}

// about returns a member who is here or was here lately. For others it returns one
// without a nick.
func (r *roster) about(id string) *member {
	if m := r.byID[id]; m != nil {
		return m
	}
	for _, gone := range [][]*member{r.left, r.guests} {
		if i := indexOf(gone, id); i >= 0 {
			return gone[i]
		}
	}
	return &member{memberInfo: &memberInfo{}}
}

// visitor returns the member that somebody acts as who isn't present. It is remembered as
// those who left lately are.
func (r *roster) visitor(who protocol.Member, nick Nick, address string) *member {
	who.Nick = nick.Shown
	m := &member{}
	if i := indexOf(r.left, who.Member); i >= 0 {
		m = r.left[i]
		r.forgetLeft(i)
	} else if i := indexOf(r.guests, who.Member); i >= 0 {
		m = r.guests[i]
		r.guests = slices.Delete(r.guests, i, i+1)
	}
	m.memberInfo, m.nick = &memberInfo{who, who.Role}, nick
	m.addAddress(address)
	if who.Guest { // each of their messages may be another member's: they don't displace others
		r.addGuest(m)
	} else {
		r.addLeft(m)
	}
	return m
}

// addGuest appends m to the guests that are remembered, and forgets the oldest one if they are
// too many.
func (r *roster) addGuest(m *member) {
	if len(r.guests) >= maxLeft {
		r.guests = slices.Delete(r.guests, 0, 1)
	}
	r.guests = append(r.guests, m)
}

// setRole gives a member a role by the log, if it is here.
func (r *roster) setRole(member string, role protocol.Role) {
	m := r.byID[member]
	if m == nil {
		return
	}
	m.memberInfo = &memberInfo{m.Member, role}
	r.updateRole(m)
}

// updateRole gives m the highest role of the log and of its connections' tokens.
func (r *roster) updateRole(m *member) {
	role := m.stored
	for _, p := range m.conns {
		role = policy.Higher(role, p.granted)
	}
	for _, p := range m.elsewhere {
		role = policy.Higher(role, p.Role)
	}
	m.memberInfo = m.withRole(role)
	m.updateConns()
	r.listed = nil
}

// updateConns lets m's connections know m as it is now. A role that a token grants is
// that of its own connection alone.
func (m *member) updateConns() {
	for _, p := range m.conns {
		p.you.Store(m.withRole(policy.Higher(m.stored, p.granted)))
	}
}

// rename gives m another nick, and reports whether it was free.
func (r *roster) rename(m *member, nick Nick) bool {
	if other := r.byNick[nick.key]; other != nil && other != m && !r.shared || r.hooks[nick.key] != "" {
		return false
	}
	m.stamp++
	r.setNick(m, nick)
	return true
}

// setNick gives m a nick that is free.
func (r *roster) setNick(m *member, nick Nick) {
	r.releaseNick(m)
	who := m.Member
	who.Nick = nick.Shown
	m.nick, m.memberInfo = nick, &memberInfo{who, m.stored}
	r.byNick[nick.key] = m
	r.mentionable.add(m)
	r.listed = nil
}

// taken reports whether a member or a hook goes by a nick.
func (r *roster) taken(key string) bool { return r.byNick[key] != nil || r.hooks[key] != "" }

// free returns nick, or nick with a suffix if it is taken: by somebody here, or as its key
// is in taken.
func (r *roster) free(nick Nick, taken ...string) Nick {
	return suffixed(nick, func(key string) bool { return r.taken(key) || slices.Contains(taken, key) })
}

// suffixed returns nick, or if it is taken, nick with the first suffix that makes it
// free.
func suffixed(nick Nick, taken func(key string) bool) Nick {
	const countTo = 20 // counting further would take long for each of a thousand bobs
	try := nick
	for n := 2; taken(try.key); n++ {
		suffix := strconv.Itoa(n)
		if n > countTo {
			suffix = strconv.Itoa(100_000 + rand.IntN(900_000)) //nolint:gosec // no secret. Letters could spell the name of a role
		}
		try = nick.with("-" + suffix)
	}
	return try
}

func (r *roster) count() int { return len(r.members) }

// list returns who is present, at most protocol.MembersShown of them. The slice doesn't
// change afterwards.
func (r *roster) list() []protocol.Member {
	if r.listed == nil {
		r.listed = make([]protocol.Member, min(len(r.members), protocol.MembersShown))
		for i := range r.listed {
			r.listed[i] = r.members[i].Member
		}
	}
	return r.listed
}

// updateCrowd decides whether the members are too many to name, and reports whether that
// has changed. Between the two bounds it stays as it was, so that a room of about that
// size doesn't alternate.
func (r *roster) updateCrowd() (changed bool) {
	before := r.crowd
	switch n := len(r.members); {
	case n > protocol.MembersShown:
		r.crowd = true
	case n < protocol.MembersShownAgain:
		r.crowd = false
	}
	return r.crowd != before
}
