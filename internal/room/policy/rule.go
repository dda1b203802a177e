package policy

import (
	"slices"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// Order is a command about the room or a member, with all that a ruling depends on
// except the policy.
type Order struct {
	Room   string // its canonical code
	ID     string
	Action protocol.Action
	From   protocol.Member // who gives the order, with the role that the member has now
	Target Target          // the member that it is about, if it is about one. For hook a new one
	Now    time.Time

	Reason   string                  // kick, ban
	For      time.Duration           // ban, invite; 0 for good
	Role     protocol.Role           // role: the new one
	Settings protocol.SettingsChange // set
	Password string                  // set: the hash of the new password, if Settings say that there is one

	Message uint64 // pin, unpin
	First   uint64 // pin: the oldest event that is kept

	Hook      Hook // hook: its Secret, To and Events
	NickTaken bool // hook: somebody goes by the nick of the target

	Uses   int    // invite: how many may come in by it; 0 for any number
	Invite string // uninvite: its ID
}

// Target is the member that an order is about.
type Target struct {
	Member    string
	Nick      string        // empty if the member is not here and was not here lately
	Guest     bool          // known only if Nick is
	Role      protocol.Role // with what its tokens grant while it is here
	Addresses []string      // that the member came from, keyed
}

// Known reports whether anything is known of the member: it is or was here, or has a role.
func (t *Target) Known() bool { return t.Nick != "" || t.Role != protocol.RoleMember }

// Ruling is the answer to an order.
type Ruling struct {
	Draft   journal.Draft
	Refusal *protocol.Error // why the draft must not be appended; nil if it may be
	Invite  *Invite         // that the draft makes; nil for none
}

// Rule says whether an order is carried out. What the ruling relies on becomes a
// condition of the draft, since the log may be ahead of p. There is a draft also with a
// refusal, so that the journal can be asked whether it repeats an accepted command. The
// error says that the draft can't be written.
func (p *Policy) Rule(o *Order) (Ruling, error) {
	body := protocol.ModeratedBody{Action: o.Action, Member: o.Target.Member, Role: o.Role, Reason: o.Reason}
	var hidden private
	switch o.Action {
	case protocol.ActionKick, protocol.ActionBan:
		body.Nick, hidden.Addresses = o.Target.Nick, o.Target.Addresses
		hidden.Expired = slices.DeleteFunc(p.expired(o.Now), func(m string) bool { return m == o.Target.Member })
		hidden.Expired = hidden.Expired[:min(len(hidden.Expired), expiredRemoved)]
		body.Until, hidden.Uninvited = o.until(), p.invitesEndedBy(o)
	case protocol.ActionUnban:
		body.Nick = p.bans[o.Target.Member].Nick
	case protocol.ActionRole:
		body.Nick, hidden.Uninvited = o.Target.Nick, p.invitesEndedBy(o)
	case protocol.ActionClaim:
		body.Nick, body.Role = o.Target.Nick, protocol.RoleOwner
	case protocol.ActionRevoke:
		body.Nick, hidden.Seats = o.Target.Nick, p.seats[o.Target.Member]+1
	case protocol.ActionHook:
		h := o.Hook
		h.Created = o.Now.UTC().Truncate(time.Millisecond)
		if h.To != "" && h.Events == nil {
			h.Events = protocol.HookEvents{protocol.HookAll}
		}
		body.Nick, hidden.Hook, hidden.HooksMade = o.Target.Nick, &h, p.hooksMade+1
	case protocol.ActionUnhook:
		body.Nick = p.hooks[o.Target.Member].Name
	case protocol.ActionInvite:
		made := p.newInvite(o)
		hidden.Invite, hidden.InvitesMade, hidden.Uninvited = &made, made.Number, p.endedInvites(o.Now, expiredRemoved)
	case protocol.ActionUninvite:
		hidden.Uninvited = []string{o.Invite}
	case protocol.ActionAdmit:
		k := p.knocks[o.Target.Member]
		body.Nick, hidden.Knock = k.Nick, k.number()
	case protocol.ActionPin:
		hidden.PinsMade, hidden.Unpinned = p.pinsMade+1, p.unkeptPins(o.First, protocol.MaxPins)
	case protocol.ActionSet:
		body.Settings, hidden.Password = &o.Settings, o.Password
	}
	d, err := draftAbout(o.Room, o.ID, o.From, o.Message, body, hidden)
	if err != nil {
		return Ruling{}, err
	}
	d.Once, d.Close = true, o.Action == protocol.ActionClose
	d.If, d.NotAfter = p.conditions(o, hidden.Expired), o.end()
	return Ruling{Draft: d, Refusal: p.judge(o), Invite: hidden.Invite}, nil
}

// end returns when what the order makes ends by the log's clock; the zero time if it doesn't. That clock may be
// ahead of o.Now, if the system's was: the room would be closed at once, and an invite admit nobody.
func (o *Order) end() time.Time {
	switch {
	case o.Action == protocol.ActionSet && o.Settings.Expires != nil:
		at, _ := time.Parse(time.RFC3339Nano, *o.Settings.Expires) // judgeSettings refuses what is no time; the empty string is for never
		return at
	case o.Action == protocol.ActionInvite && o.For > 0:
		return *o.until()
	}
	return time.Time{}
}

// expiredRemoved is how many ended bans each new ban removes: more than one, so that
// they become fewer.
const expiredRemoved = 8

// until returns when the kick or ban ends; nil if it doesn't. It is a whole second, so
// that a person who comes back at the second that was shown gets in.
func (o *Order) until() *time.Time {
	lasts := o.For
	if o.Action == protocol.ActionKick {
		lasts = protocol.KickedFor
	}
	if lasts == 0 {
		return nil
	}
	until := o.Now.Add(lasts + time.Second - 1).Truncate(time.Second).UTC()
	return &until
}

// conditions are what the ruling relies on.
func (p *Policy) conditions(o *Order, expired []string) []journal.Condition {
	me, target := o.From.Member, o.Target.Member
	all := []journal.Condition{p.roleUnchanged(me)}
	if o.Action == protocol.ActionKick {
		all = append(all, p.banUnchanged(target)) // or a ban made meanwhile would end with the kick
	}
	for _, member := range expired {
		all = append(all, p.banUnchanged(member))
	}
	switch o.Action {
	case protocol.ActionRevoke:
		all = append(all, p.seatUnchanged(target))
	case protocol.ActionClaim:
		all = append(all, journal.Condition{Key: keyClaimed})
	case protocol.ActionHook:
		all = append(all, journal.Condition(hooksMadeChange(p.hooksMade)))
	case protocol.ActionPin:
		all = append(all, journal.Condition(pinsMadeChange(p.pinsMade)))
	case protocol.ActionInvite:
		all = append(all, journal.Condition(invitesMadeChange(p.invitesMade)))
	case protocol.ActionAdmit:
		k := Knock{Member: target, stored: p.knocks[target].stored}
		all = append(all, k.unchanged())
	case protocol.ActionUnhook:
		h := Hook{Member: target, stored: p.hooks[target].stored}
		all = append(all, h.Unchanged())
	}
	if target != "" && target != me {
		all = append(all, p.roleUnchanged(target))
	}
	if endsInvites(o) && AtLeast(o.Target.Role, protocol.RoleModerator) {
		all = append(all, journal.Condition(invitesMadeChange(p.invitesMade))) // or one made meanwhile would hold
	}
	if other, ok := p.otherOwner(me); ok && o.Action == protocol.ActionRole && target == me {
		all = append(all, p.roleUnchanged(other)) // or two owners who step down at once could leave none
	}
	return all
}

// judge returns why an order is refused; nil if it isn't.
func (p *Policy) judge(o *Order) *protocol.Error {
	if _, ok := p.hooks[o.Target.Member]; ok && o.Action != protocol.ActionUnhook {
		return protocol.Errorf(protocol.Forbidden, "that member is a hook: all that can be done to it is to remove it, by unhook")
	}
	switch o.Action {
	case protocol.ActionKick, protocol.ActionBan:
		return p.judgeBan(o)
	case protocol.ActionHook, protocol.ActionUnhook:
		return p.judgeHook(o)
	case protocol.ActionUnban:
		if !AtLeast(o.From.Role, protocol.RoleModerator) {
			return Forbidden("lift bans")
		}
		if b, banned := p.bans[o.Target.Member]; !banned || b.over(o.Now) {
			return protocol.Errorf(protocol.NotFound, "no such member is banned: bans lists those who are")
		}
	case protocol.ActionRole, protocol.ActionClaim:
		return p.judgeRole(o)
	case protocol.ActionRevoke:
		return p.judgeRevoke(o)
	case protocol.ActionSet:
		return p.judgeSettings(o)
	case protocol.ActionInvite, protocol.ActionUninvite:
		return p.judgeInvite(o)
	case protocol.ActionAdmit:
		return p.judgeAdmit(o)
	case protocol.ActionPin, protocol.ActionUnpin:
		return p.judgePin(o)
	case protocol.ActionClose:
		if o.From.Role != protocol.RoleOwner {
			return Forbidden("close it")
		}
	}
	return nil
}

func (p *Policy) judgeBan(o *Order) *protocol.Error {
	b, banned := p.bans[o.Target.Member]
	kick := o.Action == protocol.ActionKick
	switch {
	case !AtLeast(o.From.Role, protocol.RoleModerator):
		return Forbidden(string(o.Action) + " members")
	case AtLeast(o.Target.Role, o.From.Role):
		return protocol.Errorf(protocol.Forbidden, "that member is %s, and you are %s: you can only %s members of a lower role", o.Target.Role, o.From.Role, o.Action)
	case kick && o.Target.Nick == "":
		return noMember(o.Target.Member)
	case kick && banned && !b.over(o.Now.Add(protocol.KickedFor)):
		return protocol.Errorf(protocol.NotFound, "that member is already banned, for longer than a kick")
	case !banned && len(p.bans)-len(p.expired(o.Now)) >= protocol.MaxBans:
		return protocol.Errorf(protocol.TooMany, "the room has %d bans: lift one first", protocol.MaxBans)
	}
	return nil
}

func (p *Policy) judgeRole(o *Order) *protocol.Error {
	_, another := p.otherOwner(o.From.Member)
	switch {
	case o.From.Role != protocol.RoleOwner:
		return Forbidden("give roles")
	case o.Action == protocol.ActionRole && o.Target.Member == o.From.Member && o.Role != protocol.RoleOwner && !another:
		return protocol.Errorf(protocol.Forbidden, "the room would have no owner: make another member its owner first")
	case !o.Target.Known():
		return noMember(o.Target.Member)
	case o.Target.Guest:
		return protocol.Errorf(protocol.Forbidden, "a guest can't come back as the same member, and so gets no role: they can join with a client of snug.v1")
	}
	return nil
}

func noMember(member string) *protocol.Error {
	return protocol.Errorf(protocol.NotFound, "no member %q is here: members and messages tell who is here", member)
}

// Claim returns the draft of the event that makes from the owner of a room that nobody
// has claimed. The journal refuses it with [journal.ErrChanged] if somebody has.
func Claim(room, id string, from protocol.Member) (journal.Draft, error) {
	from.Role = protocol.RoleOwner
	d, err := draft(room, id, from, protocol.ModeratedBody{Action: protocol.ActionClaim, Member: from.Member, Nick: from.Nick, Role: from.Role}, private{})
	d.If = []journal.Condition{{Key: keyClaimed}}
	return d, err
}
