package room

import (
	"context"

	"snug/internal/room/fanout"
	"snug/protocol"
)

// The methods here run on the room's goroutine, except resync. They tell the room who
// comes, goes and takes another nick: each one by name up to some number of members, and
// only how many there are above it.

// leave removes a connection from the room.
func (r *Room) leave(p *Participant) {
	r.fanout.Detach(&p.Cursor)
	m, last := r.roster.leave(p)
	r.share(m)
	switch {
	case last:
		r.announce(protocol.EventLeft, m)
	case len(m.conns) == 0 && r.roster.resolveNick(m): // the nick that it had on this node has gone with the connection
		r.announceNick(m)
	}
	r.idleIfUnread()
}

// idleIfUnread has the room end in a while if nobody reads it.
func (r *Room) idleIfUnread() {
	switch {
	case r.fanout.HasReaders():
	case r.closing.seen:
		r.timers.set(idleTimer, retireUnused)
	default:
		r.timers.set(idleTimer, r.registry.options.Idle)
	}
}

// announce tells the room that m has joined or left.
func (r *Room) announce(typ protocol.EventType, m *member) {
	switch changed := r.roster.updateCrowd(); {
	case changed && !r.roster.crowd:
		r.broadcast(protocol.EventMembers, r.members())
	case r.roster.crowd:
		if !r.crowdPending {
			r.crowdPending = true
			r.timers.set(crowdTimer, protocol.CrowdEvery)
		}
	default:
		r.broadcast(typ, protocol.Presence{Member: m.Member, Count: r.roster.count()})
	}
}

// members returns who is in the room.
func (r *Room) members() protocol.Members {
	return protocol.Members{Members: r.roster.list(), Count: r.roster.count(), Readers: len(r.readers)}
}

// broadcastCrowd tells the number of members, for all changes since it did so last.
func (r *Room) broadcastCrowd() {
	r.crowdPending = false
	if r.roster.crowd {
		r.broadcast(protocol.EventCrowd, protocol.Crowd{Count: r.roster.count()})
	}
}

// rename gives a member another nick and reports whether it was free.
func (r *Room) rename(m *member, nick Nick) bool {
	if !r.roster.rename(m, nick) {
		return false
	}
	r.share(m)
	r.announceNick(m)
	return true
}

// announceNick tells the room that m goes by another nick; in a crowd only m's own
// connections.
func (r *Room) announceNick(m *member) {
	m.updateConns()
	renamed := protocol.Renamed{Member: m.Member.Member, Nick: m.Nick}
	if !r.roster.crowd {
		r.broadcast(protocol.EventRenamed, renamed)
		return
	}
	for _, p := range m.conns {
		if d := p.Cursor.Dialect(); d.ShowsPresence() {
			p.client.Deliver(r.fanout.EncodeEvent(d, protocol.EventRenamed, renamed))
		}
	}
}

// resync gives a cursor that has lost its place another one. Presence events that it
// missed are not repeated, so whoever is told of presence gets the list of members. It is called by the cursor's
// goroutine.
func (r *Room) resync(ctx context.Context, d protocol.Dialect) (fanout.Place, error) {
	return ask(ctx, r, func() fanout.Place {
		r.timers.set(trimTimer, trimAfter)
		place := r.fanout.Place(d)
		if d.ShowsPresence() {
			place.Members = r.fanout.EncodeEvent(d, protocol.EventMembers, r.members())
			if r.prunedTold {
				place.Members = append(place.Members, r.fanout.EncodeEvent(d, protocol.EventPruned, protocol.Pruned{First: r.first})...)
			}
		}
		return place
	})
}
