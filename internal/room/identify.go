package room

import (
	"context"
	"encoding/base64"

	"snug/internal/auth"
	"snug/protocol"
)

// identify returns the member that joins, and whether it is new: whether it comes
// without a valid seat of the room. Somebody with a token needs a seat, too, not to be
// new.
func (g *Registry) identify(code Code, q *Request) (m protocol.Member, isNew bool) {
	m = protocol.Member{Role: protocol.RoleMember, Guest: q.Dialect == protocol.Plain && q.Holder == nil}
	ofSeat, valid := g.seats.Member(string(code), q.Seat)
	switch {
	case q.Holder != nil:
		m.Member = q.Holder.Member(g.holderKey)
		return m, !valid || ofSeat != m.Member
	case valid:
		m.Member = ofSeat
		return m, false
	}
	m.Member = auth.NewMember()
	return m, true
}

// keyedAddress returns what is stored of an address: without the journal's key nobody
// can tell which address it is.
func (g *Registry) keyedAddress(address string) string {
	if address == "" {
		return ""
	}
	mac := g.addresses.Sum(address)
	return base64.RawURLEncoding.EncodeToString(mac[:12])
}

// Grant gives the connection a role in addition to what its member has by the log, until
// it leaves. It waits for the room. The error is ErrClosed or ctx's.
func (p *Participant) Grant(ctx context.Context, role protocol.Role) error {
	_, err := ask(ctx, p.room, func() (none struct{}) {
		p.granted = role
		p.room.roster.updateRole(p.member)
		p.room.share(p.member)
		return none
	})
	return err
}
