package room

import (
	"time"

	"snug/protocol"
)

// What is here is Run's part of who may come in.

// admission is what becomes of a join before a seat is given: refused, or
// something has to be done first and the join asked again. All zero, it is
// admitted.
type admission struct {
	refusal  *protocol.Error
	vacant   bool   // the room is nobody's: claim it
	password string // prove to know what this is the hash of

	peers <-chan struct{} // wait until it is closed: then the other nodes have told
	nick  Nick            // claim it
}

// admit decides on a join. An owner gets in always, or the room could be lost.
func (r *Room) admit(j *join) admission {
	if higher(r.policy.role(j.who.Member), j.participant.granted) == protocol.RoleOwner {
		return admission{nick: r.unclaimed(j)}
	}
	now := time.Now()
	if b, ok := r.policy.banned(j.who.Member, j.participant.address, j.isNew, now); ok {
		return admission{refusal: b.refusal(j.who.Member, now)}
	}
	if j.isNew && r.policy.settings.Locked {
		return admission{refusal: protocol.Errorf(protocol.Locked, "the room is locked: nobody new may come in, ask someone inside to open it")}
	}
	if j.isNew && r.policy.password != "" && j.passed != r.policy.password {
		return admission{password: r.policy.password}
	}
	if most := r.registry.options.MaxMembers; most > 0 && r.roster.count() >= most && r.roster.byID[j.who.Member] == nil {
		e := protocol.Errorf(protocol.RoomFull, "the room is full, with %d members: come back later", r.roster.count())
		e.RetryAfter = fullRetry
		return admission{refusal: e}
	}
	if r.head.Load() > 0 {
		return admission{nick: r.unclaimed(j)}
	}
	if !r.made {
		if e := j.participant.client.Create(); e != nil {
			return admission{refusal: e}
		}
	}
	r.made = true // once, however many come to it at first
	if !j.who.Guest && !r.registry.options.NoOwners && !r.policy.claimed && !j.claimed {
		return admission{vacant: true}
	}
	return admission{nick: r.unclaimed(j)}
}

// fullRetry is how long one who finds a room full is told to wait.
const fullRetry = 10 * time.Second

// refusal is the error that member gets, whom b keeps out.
func (b *ban) refusal(member string, now time.Time) *protocol.Error {
	e := &protocol.Error{Code: protocol.Banned, Message: "you are banned from this room", Reason: b.Reason, Until: b.Until, Address: b.Member != member}
	switch {
	case e.Address && b.Kicked:
		e.Message = "you, or somebody at your address, were kicked from this room"
	case e.Address:
		e.Message = "you, or somebody at your address, are banned from this room"
	case b.Kicked:
		e.Message = "you were kicked from this room"
	}
	if b.Reason != "" {
		e.Message += " (" + b.Reason + ")"
	}
	if b.Until == nil {
		e.Message += ": ask its owner to let you in again"
		return e
	}
	e.RetryAfter = b.Until.Sub(now)
	e.Message += ": come back in " + (e.RetryAfter + time.Second - 1).Truncate(time.Second).String()
	return e
}

// expel ends a member's connections.
func (r *Room) expel(member string, goodbye string) {
	if m := r.roster.byID[member]; m != nil {
		for _, p := range m.conns {
			p.client.Expel(goodbye)
		}
	}
}
