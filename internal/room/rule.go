package room

import (
	"slices"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// order is a moderation on its way to the room's goroutine.
type order struct {
	participant *Participant
	hash        string // of the password
	Moderation
}

// ruling is what the room makes of an order.
type ruling struct {
	draft   journal.Draft
	refusal *protocol.Error // the draft would be one's right, if it weren't for this
}

// rule is Run's part of a moderation: what the member may do, and to whom. What
// it relies on becomes a condition of the draft, since the log may be ahead.
func (r *Room) rule(o *order) ruling {
	me := o.participant.You()
	now := time.Now()
	body := protocol.ModeratedBody{Action: o.Action, Member: o.Member, Role: o.Role, Reason: o.Reason}
	var private hidden
	switch o.Action {
	case protocol.ActionKick, protocol.ActionBan:
		m := r.roster.about(o.Member)
		body.Nick, private.Addresses = m.Nick, m.addresses
		private.Expired = slices.DeleteFunc(r.policy.expired(now), func(m string) bool { return m == o.Member })
		private.Expired = private.Expired[:min(len(private.Expired), sweptAtOnce)]
		out := o.For
		if o.Action == protocol.ActionKick {
			out = protocol.KickedFor
		}
		if out > 0 {
			// A whole second: a person who is told the time comes back at that second.
			until := now.Add(out + time.Second - 1).Truncate(time.Second).UTC()
			body.Until = &until
		}
	case protocol.ActionUnban:
		body.Nick = r.policy.bans[o.Member].Nick
	case protocol.ActionRole:
		body.Nick = r.roster.about(o.Member).Nick
	case protocol.ActionSet:
		body.Settings, private.Password = &o.Settings, o.hash
	}
	d, err := moderated(r.code, o.ID, me, body, private)
	if err != nil {
		r.log().Error("a moderation can't be written", "err", err)
		return ruling{refusal: protocol.Errorf(protocol.Unavailable, "a fault of the server's: try something else")}
	}
	d.Once = true
	d.If = []journal.Condition{r.policy.is(me.Member)}
	if o.Action == protocol.ActionKick {
		d.If = append(d.If, r.policy.still(o.Member)) // or a ban made meanwhile would end with the kick
	}
	for _, member := range private.Expired {
		d.If = append(d.If, r.policy.still(member))
	}
	if o.Member != "" && o.Member != me.Member {
		d.If = append(d.If, r.policy.is(o.Member))
	}
	if other, ok := r.policy.otherOwner(me.Member); ok && o.Action == protocol.ActionRole && o.Member == me.Member {
		d.If = append(d.If, r.policy.is(other)) // or two who step down at once could leave none
	}
	return ruling{draft: d, refusal: r.judge(o, &me, now)}
}

// sweptAtOnce is how many of the bans that are over each new one takes away: more
// than one, so that they become fewer.
const sweptAtOnce = 8

// judge says why an order is refused; nil if it isn't.
func (r *Room) judge(o *order, me *protocol.Member, now time.Time) *protocol.Error {
	mine, theirs, they := me.Role, r.role(o.Member), r.roster.about(o.Member)
	switch o.Action {
	case protocol.ActionKick, protocol.ActionBan:
		b, banned := r.policy.bans[o.Member]
		switch {
		case rank(mine) < rank(protocol.RoleModerator):
			return forbidden(string(o.Action) + " members")
		case rank(theirs) >= rank(mine):
			return protocol.Errorf(protocol.Forbidden, "that member is %s too, or more: only those below oneself can be put out", theirs)
		case they.Nick == "" && o.Action == protocol.ActionKick:
			return noMember(o.Member)
		case banned && o.Action == protocol.ActionKick && !b.over(now.Add(protocol.KickedFor)):
			return protocol.Errorf(protocol.NotFound, "that member is banned already, for longer than a kick")
		case !banned && len(r.policy.bans)-len(r.policy.expired(now)) >= protocol.MaxBans:
			return protocol.Errorf(protocol.TooMany, "the room has %d bans: lift one first", protocol.MaxBans)
		}
	case protocol.ActionUnban:
		if rank(mine) < rank(protocol.RoleModerator) {
			return forbidden("lift bans")
		}
		if b, banned := r.policy.bans[o.Member]; !banned || b.over(now) {
			return protocol.Errorf(protocol.NotFound, "no such member is banned: bans lists those who are")
		}
	case protocol.ActionRole:
		_, another := r.policy.otherOwner(me.Member)
		switch {
		case mine != protocol.RoleOwner:
			return forbidden("give roles")
		case o.Member == me.Member && o.Role != protocol.RoleOwner && !another:
			return protocol.Errorf(protocol.Forbidden, "the room would have no owner: make another member its owner first")
		case they.Nick == "" && theirs == protocol.RoleMember:
			return noMember(o.Member)
		case they.Guest:
			return protocol.Errorf(protocol.Forbidden, "a guest has no seat to come back to, and so no role: they can join with a client of snug.v1")
		}
	case protocol.ActionSet:
		if mine != protocol.RoleOwner {
			return forbidden("change the settings")
		}
	}
	return nil
}

// role returns what a member may do, by its tokens while it is here, or by the log.
func (r *Room) role(member string) protocol.Role {
	if m := r.roster.byID[member]; m != nil {
		return m.Role
	}
	return r.policy.role(member)
}

func forbidden(what string) *protocol.Error {
	return protocol.Errorf(protocol.Forbidden, "your role in this room doesn't let you %s", what)
}

func noMember(member string) *protocol.Error {
	return protocol.Errorf(protocol.NotFound, "no member %q is here: members and messages say who is which", member)
}
