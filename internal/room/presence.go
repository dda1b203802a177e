package room

import (
	"snug/protocol"
)

// What is here is Run's part of presence: who comes, goes, takes another nick.
// Up to some number of members each is told of; above it there is a count.

type join struct {
	participant *Participant
	dialect     protocol.Dialect
	who         protocol.Member
	nick        Nick
	isNew       bool // comes without a seat

	// What was done of that which an admission asked for.
	claimed bool
	passed  string   // the hash of the password that was right
	held    Nick     // the nick that was claimed
	taken   []string // Nick.key of those that weren't to be had
}

// joined is the answer to a join: the room at one moment. The participant's
// cursor stands at the place on the wire that comes after it.
type joined struct {
	first        admission // what must come first; then the rest is empty
	epoch        string
	oldest, head uint64
	you          protocol.Member
	members      []protocol.Member
	count        int
	settings     protocol.Settings
}

func (r *Room) join(j *join) joined {
	if unheard := r.unheard(); unheard != nil {
		return joined{first: admission{peers: unheard}}
	}
	r.catchUp()
	if first := r.admit(j); first != (admission{}) {
		return joined{first: first}
	}
	j.who.Role = r.policy.role(j.who.Member)
	p := j.participant
	w := r.wires[j.dialect]
	if len(w.readers) == 0 {
		w.begin(r.head.Load())
	}
	nick := j.nick
	if r.link != nil {
		nick = j.held
	}
	m, first := r.roster.join(p, j.who, nick)
	p.member = m
	r.share(m)
	r.timers.stop(idleTimer)
	r.timers.set(trimTimer, trimAfter) // of the pages that it is going to read
	if first {
		r.changed(protocol.EventJoined, m)
	}
	// After that: one's own joined isn't for oneself.
	w.seat(p)
	at, head := w.place()
	p.Cursor = Cursor{room: r, dialect: j.dialect, wire: w, upto: head, at: at}
	return joined{
		epoch: r.epoch, oldest: r.feed.First(), head: head,
		you: p.You(), members: r.roster.list(), count: r.roster.count(), settings: r.policy.settings,
	}
}

func (r *Room) leave(p *Participant) {
	p.Cursor.wire.unseat(p)
	m, last := r.roster.leave(p)
	r.share(m)
	switch {
	case last:
		r.changed(protocol.EventLeft, m)
	case len(m.conns) == 0 && r.roster.rechoose(m): // its nick of here has gone with it
		r.renamed(m)
	}
	if !r.read() {
		r.timers.set(idleTimer, r.registry.options.Idle)
	}
}

// changed tells that m has come or gone.
func (r *Room) changed(typ protocol.EventType, m *member) {
	switch turned := r.roster.settle(); {
	case turned && !r.roster.crowd:
		r.tell(protocol.EventMembers, protocol.Members{Members: r.roster.list(), Count: r.roster.count()})
	case r.roster.crowd:
		if !r.crowded {
			r.crowded = true
			r.timers.set(crowdTimer, protocol.CrowdEvery)
		}
	default:
		r.tell(typ, protocol.Presence{Member: m.Member, Count: r.roster.count()})
	}
}

// tellCrowd tells the count of a crowd, for all changes since it did so last.
func (r *Room) tellCrowd() {
	r.crowded = false
	if r.roster.crowd {
		r.tell(protocol.EventCrowd, protocol.Crowd{Count: r.roster.count()})
	}
}

// rename gives a member another nick and reports whether it was to be had.
func (r *Room) rename(m *member, nick Nick) bool {
	if !r.roster.rename(m, nick) {
		return false
	}
	r.share(m)
	r.renamed(m)
	return true
}

// renamed tells that m goes by another nick.
func (r *Room) renamed(m *member) {
	m.tell()
	renamed := protocol.Renamed{Member: m.Member.Member, Nick: m.Nick}
	if !r.roster.crowd {
		r.tell(protocol.EventRenamed, renamed)
		return
	}
	for _, p := range m.conns { // in a crowd nobody else is told
		if p.Cursor.dialect == protocol.V1 {
			p.client.Deliver(r.enc.event(nil, protocol.EventRenamed, renamed))
		}
	}
}

// resynced is a place, and who is in the room there: what the events that were
// lost beside the log have led to.
type resynced struct {
	at      int64
	seq     uint64
	members []byte
}

// resync finds a place for a cursor of dialect d that lost its own.
func (r *Room) resync(d protocol.Dialect) resynced {
	r.timers.set(trimTimer, trimAfter)
	var s resynced
	s.at, s.seq = r.wires[d].place()
	if d == protocol.V1 {
		s.members = r.enc.event(nil, protocol.EventMembers, protocol.Members{Members: r.roster.list(), Count: r.roster.count()})
	}
	return s
}
