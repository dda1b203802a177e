package room

import (
	"slices"

	"snug/internal/journal"
	"snug/protocol"
)

// A member's seats are revoked by an event that raises the generation of its seats. Who
// joins with a seat of an older generation is a new member. The connections that the
// member has end, except the one that asked for it in the member's own name: it gets a
// seat of the new generation. What is here runs on the room's goroutine.

// maxRevokes bounds the revokes that a connection has under way.
const maxRevokes = 64

// noteRevoke notes that p has asked to revoke its own member's seats.
func (p *Participant) noteRevoke(id string) {
	if p.revokes == nil {
		p.revokes = new([]string) // few revoke seats, and there are many participants
	}
	if len(*p.revokes) >= maxRevokes {
		*p.revokes = (*p.revokes)[1:]
	}
	*p.revokes = append(*p.revokes, id)
}

// removeRevoke reports whether p has asked for the revoke with an ID, and forgets that.
func (p *Participant) removeRevoke(id string) bool {
	if p.revokes == nil {
		return false
	}
	i := slices.Index(*p.revokes, id)
	if i < 0 {
		return false
	}
	*p.revokes = slices.Delete(*p.revokes, i, i+1)
	return true
}

// revokeSeats ends the member's connections on this node as e, a moderated event of the
// log, says.
func (r *Room) revokeSeats(e *journal.Entry, member string) {
	m := r.roster.byID[member]
	if m == nil {
		return
	}
	for _, p := range m.conns {
		if e.From.Member == member && p.removeRevoke(e.ID) {
			p.seats = r.policy.SeatGeneration(member)
			seat := r.seat(member, p.seats, p.byToken)
			p.client.Answer(r.fanout.EncodeEvent(p.Cursor.Dialect(), protocol.EventSeat, protocol.Seat{Seat: seat}))
			continue
		}
		p.client.Expel(protocol.GoodbyeRevoked)
	}
}
