package policy

import (
	"snug/internal/journal"
	"snug/protocol"
)

// SeatGeneration returns the generation of a member's seats. Seats of lower generations
// have been revoked.
func (p *Policy) SeatGeneration(member string) uint64 { return p.seats[member] }

// seatUnchanged returns the condition that the generation of a member's seats is still what
// p knows.
func (p *Policy) seatUnchanged(member string) journal.Condition {
	return journal.Condition(seatChange(member, p.seats[member]))
}

// seatChange is the change that sets the generation of a member's seats.
func seatChange(member string, generation uint64) journal.Change {
	return numberChange(keySeat+member, generation)
}

// judgeRevoke returns why an order to revoke seats is refused; nil if it isn't. An owner's
// seats are only that owner's to revoke, as only a seat proves to be the owner.
func (p *Policy) judgeRevoke(o *Order) *protocol.Error {
	self := o.Target.Member == o.From.Member
	_, revoked := p.seats[o.Target.Member]
	switch {
	case o.Target.Guest:
		return protocol.Errorf(protocol.Forbidden, "a guest has no seat that could be revoked")
	case !self && o.From.Role != protocol.RoleOwner:
		return Forbidden("revoke the seats of others")
	case !self && o.Target.Role == protocol.RoleOwner:
		return protocol.Errorf(protocol.Forbidden, "that member is an owner: only they can revoke their seats")
	case !revoked && o.From.Role != protocol.RoleOwner && len(p.seats) >= protocol.MaxRevoked:
		return protocol.Errorf(protocol.TooMany, "the seats of %d members of the room are revoked: ask its owner to do it", protocol.MaxRevoked)
	}
	return nil
}
