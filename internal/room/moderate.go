package room

import (
	"context"
	"encoding/json"
	"time"

	"snug/internal/auth"
	"snug/internal/journal"
	"snug/internal/room/policy"
	"snug/protocol"
)

// Moderation is a command about the room or a member.
type Moderation struct {
	ID       string
	Action   protocol.Action
	Member   string                  // kick, ban, unban, role, revoke, admit: whom
	Reason   string                  // kick, ban
	For      time.Duration           // ban, invite; 0 for good
	Role     protocol.Role           // role: the new one
	Settings protocol.SettingsChange // set
	Password string                  // set: the new one, if Settings say that there is one

	// Of hook. They are left out where they are empty, so that other commands look as they
	// did to earlier versions, which have digests of them.
	Name   string              `json:",omitempty"`
	To     string              `json:",omitempty"`
	Events protocol.HookEvents `json:",omitempty"`
	Secret string              `json:",omitempty"`

	Seq uint64 `json:",omitempty"` // pin, unpin: the message

	Uses   int    `json:",omitempty"` // invite: how many may come in by it; 0 for any number
	Invite string `json:",omitempty"` // uninvite: which one

	nick Nick // Name
}

// Moderate checks that the member may do m. It waits for the room, and to set a password
// for its hash. The error is a [*protocol.Error].
func (p *Participant) Moderate(ctx context.Context, m Moderation) (Draft, error) {
	hash, refusal := p.hashPassword(ctx, &m)
	if refusal != nil {
		return Draft{}, refusal
	}
	if m.Action == protocol.ActionHook {
		var err error
		if m.nick, err = ParseNick(m.Name); err != nil {
			return Draft{}, err
		}
	}
	m.Password = hash // a digest of the password itself would make it quick to guess
	command, err := json.Marshal(m)
	if err != nil {
		p.room.log().Error("a moderation can't be encoded", "err", err)
		return Draft{}, internalError()
	}
	var a ruled
	err = p.room.find(ctx, func() bool { // another node may have told of the member's role, or of who knocks
		p.room.updateVisitor(p)
		a = p.room.moderate(p, &m)
		return !mayBeLifted(a.Refusal)
	})
	switch {
	case err != nil:
		return Draft{}, Refusal(err)
	case a.err != nil:
		p.room.log().Error("a moderation can't be encoded", "err", a.err)
		return Draft{}, internalError()
	}
	a.Draft.DedupBody = command
	d, err := decide(a.Draft, a.Refusal)
	d.Hook, d.Invite = a.hook, a.invite
	if end := a.Draft.NotAfter; !end.IsZero() {
		d.changed = protocol.Errorf(protocol.Forbidden, "the room has just changed, or the log's time is past %s, because the server's clock was ahead: try again with a new id, or with a later time", end.UTC().Format(time.RFC3339))
	}
	return d, err
}

// checkModerator returns refused unless the member is a moderator or an owner. The room then has what the
// nodes have told of before the call, so that the member is shown no less. The error is a [*protocol.Error].
func (p *Participant) checkModerator(ctx context.Context, refused *protocol.Error) error {
	err := catchUpWithOthers(ctx, p.room.journal)
	if err == nil {
		_, err = ask(ctx, p.room, func() (none struct{}) {
			p.room.takeCommitted()
			p.room.updateVisitor(p)
			return none
		})
	}
	switch {
	case err != nil:
		return Refusal(err)
	case !policy.AtLeast(p.You().Role, protocol.RoleModerator):
		return refused
	}
	return nil
}

// ruled is a ruling, or why there is none.
type ruled struct {
	policy.Ruling
	hook   *protocol.Hook   // that is made
	invite *protocol.Invite // that is made
	err    error
}

// moderate rules on a command of a member's. It runs on the room's goroutine.
func (r *Room) moderate(p *Participant, m *Moderation) ruled {
	o := r.order(p, m)
	if m.Action == protocol.ActionHook {
		o.Target = policy.Target{Member: auth.NewMember(), Nick: m.nick.Shown, Role: protocol.RoleMember}
		o.Hook = policy.Hook{Secret: m.Secret, To: m.To, Events: m.Events}
		o.NickTaken = r.roster.taken(m.nick.key)
	}
	a := r.rule(o)
	if m.Action == protocol.ActionInvite && a.Ruling.Invite != nil {
		a.invite = r.madeInvite(m.ID, a.Ruling.Invite)
	}
	if m.Action == protocol.ActionHook {
		a.hook = r.madeHook(m, o.Target.Member, o.Target.Nick)
		if m.To != "" && !r.registry.options.Outgoing && a.Refusal == nil {
			a.Refusal = protocol.Errorf(protocol.Forbidden, `this server delivers nothing to "to": its operator allows that with --outgoing-hooks=on, or private for receivers in the same network`)
		}
	}
	return a
}

// rule rules on an order. It runs on the room's goroutine.
func (r *Room) rule(o *policy.Order) (a ruled) {
	a.Ruling, a.err = r.policy.Rule(o)
	return a
}

// hashPassword returns the hash of the password that m sets; empty if it sets none.
// Hashing costs the server as much as checking, so it counts as a wrong password.
func (p *Participant) hashPassword(ctx context.Context, m *Moderation) (hash string, refusal *protocol.Error) {
	if m.Settings.Password == nil || !*m.Settings.Password {
		return "", nil
	}
	_, retryAfter, err := p.quota.TryPassword(ctx, func() (right bool, err error) {
		hash, err = p.room.registry.passwords.Hash(ctx, p.room.requester(p.address, p.You().Member), m.Password, string(p.room.code)+"/"+p.You().Member+"/"+m.ID)
		return false, err
	})
	switch {
	case retryAfter > 0:
		e := tooManyPasswords(retryAfter)
		e.Code = protocol.Unavailable // whether it repeats an accepted command can't be told without the hash
		return "", e
	case err != nil:
		return "", Refusal(err)
	}
	return hash, nil
}

// order returns m with what a ruling on it depends on. It runs on the room's goroutine.
func (r *Room) order(p *Participant, m *Moderation) *policy.Order {
	if m.Action == protocol.ActionRevoke && m.Member == p.member.Member.Member {
		p.noteRevoke(m.ID)
	}
	return &policy.Order{
		Room: string(r.code), ID: m.ID, Action: m.Action, From: p.You(), Now: time.Now(),
		Target: r.target(m.Member), Reason: m.Reason, For: m.For, Role: m.Role, Settings: m.Settings, Password: m.Password,
		Message: m.Seq, First: r.feed.First(), Uses: m.Uses, Invite: m.Invite,
	}
}

// role returns the role of a member: with what its tokens grant while it is here, or by
// the log.
func (r *Room) role(member string) protocol.Role {
	if m := r.roster.byID[member]; m != nil {
		return m.Role
	}
	return r.policy.Role(member)
}

// Bans returns who is banned. The error is a [*protocol.Error] or ErrClosed.
func (p *Participant) Bans(ctx context.Context) ([]protocol.Ban, error) {
	if err := p.checkModerator(ctx, policy.Forbidden("see who is banned")); err != nil {
		return nil, err
	}
	return ask(ctx, p.room, func() []protocol.Ban {
		return p.room.policy.Bans(time.Now())
	})
}

// applyModerated makes of the room what a moderated event of its log says. It runs on
// the room's goroutine.
func (r *Room) applyModerated(e *journal.Entry) {
	if err := r.policy.Apply(&e.Event, e.Private); err != nil {
		r.log().Error("a moderated event can't be applied", "seq", e.Seq, "err", err)
		return
	}
	r.slowMS.Store(r.policy.Settings().SlowMS)
	r.admitReadersAgain()
	body, err := e.Moderated()
	if err != nil {
		return // Apply would have failed, too
	}
	switch body.Action {
	case protocol.ActionClaim, protocol.ActionRole:
		r.roster.setRole(body.Member, body.Role)
		if m := r.roster.byID[body.Member]; m != nil {
			r.tellKnocks(m.conns...)
		}
	case protocol.ActionKick:
		r.expel(body.Member, protocol.GoodbyeKicked)
	case protocol.ActionBan:
		r.expel(body.Member, protocol.GoodbyeBanned)
	case protocol.ActionHook, protocol.ActionUnhook:
		r.updateHookNicks()
	case protocol.ActionRevoke:
		r.updateDeviceNicks()
		r.revokeSeats(e, body.Member)
	case protocol.ActionAdmit:
		r.admitKnocker(body.Member)
	case protocol.ActionClose:
		r.close(e)
		return
	}
	for _, k := range r.knockers {
		r.reviewKnocker(k)
	}
}

// expel ends a member's connections to this node.
func (r *Room) expel(member string, goodbye string) {
	if m := r.roster.byID[member]; m != nil {
		for _, p := range m.conns {
			p.client.Expel(goodbye)
		}
	}
	if k := r.knockers[member]; k != nil {
		k.client.Expel(goodbye)
	}
}

func internalError() *protocol.Error {
	return protocol.Errorf(protocol.Unavailable, "internal error: this command can't be carried out")
}
