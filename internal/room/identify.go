package room

import (
	"cmp"
	"context"
	"encoding/base64"
	"strings"

	"snug/internal/auth"
	"snug/internal/room/policy"
	"snug/protocol"
)

// identify finds out which member joins, and whether it is new: whether it comes without
// a seat of the room. Somebody with a token needs a seat, too, not to be new. Whether the
// seat has been revoked is for the room to say.
func (j *joining) identify() {
	g, q := j.registry, &j.Request
	j.member = protocol.Member{Role: protocol.RoleMember, Guest: q.Dialect == protocol.Plain && q.Holder == nil}
	ofSeat, generation, valid := g.seats.Member(j.room.seatScope(), q.Seat)
	if q.Holder != nil && !valid { // without tokenScope, it is from an earlier version
		ofSeat, generation, valid = g.seats.Member(j.room.seatScope()+tokenScope, q.Seat)
	}
	j.isNew, j.seatGeneration = !valid, generation
	switch {
	case q.Program:
		j.member.Member, j.member.Bot = g.programMember(q.Nick), true
	case q.Holder != nil:
		j.member.Member = q.Holder.Member(g.holderKey)
		j.isNew = !valid || ofSeat != j.member.Member
	case valid:
		j.member.Member = ofSeat
	case q.Guest != "":
		j.member.Member, j.member.Guest = q.Guest, true
	default:
		j.member.Member = auth.NewMember()
	}
}

// ignoreSeat continues a join whose seat has been revoked as one without a seat.
func (j *joining) ignoreSeat() {
	j.isNew, j.seatGeneration = true, 0
	if j.Holder == nil {
		j.member.Member = auth.NewMember()
		j.granted, j.notGranted = Nick{}, nil // for the member that the seat was of
	}
}

// keyedAddress returns what is stored of an address and its network: without the journal's
// key nobody can tell which they are.
func (g *Registry) keyedAddress(address, network string) string {
	keyed := func(s string) string {
		mac := g.addresses.Sum(s)
		return base64.RawURLEncoding.EncodeToString(mac[:12])
	}
	switch {
	case address == "":
		return ""
	case network == "":
		return keyed(address)
	}
	return keyed(address) + policy.NetworkSeparator + keyed(network)
}

// requester returns whose turn it is when a password is hashed for a client: that of the
// network that its keyed address belongs to, or of the member alone if the address is
// unknown.
func (r *Room) requester(address, member string) auth.Requester {
	narrow, wide, _ := strings.Cut(address, policy.NetworkSeparator)
	return auth.Requester{Address: cmp.Or(wide, narrow, "member "+member), Room: string(r.code)}
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
