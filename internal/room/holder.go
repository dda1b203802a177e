package room

import (
	"context"

	"snug/internal/auth"
	"snug/protocol"
)

// identify returns who joins, and whether that member has been in the room before:
// for one with a token, too, a seat shows that.
func (g *Registry) identify(code Code, q *Request) (who protocol.Member, known bool) {
	who = protocol.Member{Role: protocol.RoleMember, Guest: q.Dialect == protocol.Plain && q.Holder == nil}
	seated, valid := g.seats.Member(string(code), q.Seat)
	switch {
	case q.Holder != nil:
		who.Member = q.Holder.Member(g.holderKey)
		return who, valid && seated == who.Member
	case valid:
		who.Member = seated
		return who, true
	}
	who.Member = auth.NewMember()
	return who, false
}

// Grant gives the connection a role besides what its member has by the log, until
// it leaves. It waits for the room. The error is ErrClosed or ctx's.
func (p *Participant) Grant(ctx context.Context, role protocol.Role) error {
	_, err := ask(ctx, p.room, func() (none struct{}) {
		p.granted = role
		p.room.roster.rank(p.member)
		p.room.share(p.member)
		return none
	})
	return err
}
