package room

import (
	"context"
	"errors"
	"time"

	"snug/internal/journal"
	"snug/internal/room/policy"
	"snug/protocol"
)

// An invite lets newcomers into a room that is locked or has a password. Each admission is an
// event of the log, on the condition that the invite is as the admission has found it: so
// exactly as many come in as it has uses, on whichever nodes they try.

// madeInvite returns what the member who has made an invite is told of it. The URL is relative to
// the server's own.
func (r *Room) madeInvite(id string, i *policy.Invite) *protocol.Invite {
	return &protocol.Invite{ID: id, Invite: i.ID, URL: r.inviteURL(i.ID), Until: i.Until, Uses: i.Uses}
}

func (r *Room) inviteURL(invite string) string {
	return LinkPath + string(r.code) + "#invite=" + r.registry.invites.Secret(r.seatScope(), invite)
}

// Invites returns the invites to the room that hold, with URLs that are relative to the server's
// own. The error is a [*protocol.Error] or ErrClosed.
func (p *Participant) Invites(ctx context.Context) ([]protocol.InviteInfo, error) {
	if err := p.checkModerator(ctx, policy.Forbidden("see the invites")); err != nil {
		return nil, err
	}
	you := p.You()
	return ask(ctx, p.room, func() []protocol.InviteInfo {
		all := []protocol.InviteInfo{}
		for _, i := range p.room.policy.Invites(time.Now()) {
			info := protocol.InviteInfo{Invite: i.ID, By: i.By, Until: i.Until, Uses: i.Uses}
			if you.Role == protocol.RoleOwner || you.Member == i.By.Member {
				info.URL = p.room.inviteURL(i.ID)
			}
			all = append(all, info)
		}
		return all
	})
}

// openInvite finds out which invite the client joins with, if it does, and which member it is
// then. One that isn't of this room is ignored.
func (j *joining) openInvite() {
	id, ok := j.registry.invites.Open(j.room.seatScope(), j.Invite)
	if !ok || j.visits || j.Reads {
		return
	}
	j.inviteID = id
	if j.Holder == nil {
		j.newcomer = j.registry.invites.Newcomer(j.room.seatScope(), id, j.InviteKey)
	} else {
		j.newcomer = j.member.Member
	}
}

// needsInvite reports whether the client comes in by its invite or not at all: without it the
// answer would be admission. An invite is tried once. It runs on the room's goroutine.
func (j *joining) needsInvite(admission *policy.Admission) bool {
	if j.inviteID == "" || j.inviteTried || !j.isNew {
		return false
	}
	if admission.Refusal != nil {
		return admission.Refusal.Code == protocol.Locked
	}
	return admission.Password != "" && (j.Password == "" || j.wrongHash == admission.Password)
}

// inviteTries bounds how often an invite is tried that newcomers on other nodes come before.
const inviteTries = 50

// admitByInvite admits the client by its invite. If the invite doesn't hold, the join goes on as
// one without it.
func (j *joining) admitByInvite(ctx context.Context) error {
	j.inviteTried = true
	turn, err := ask(ctx, j.room, func() chan struct{} {
		if j.room.inviteTurn == nil {
			j.room.inviteTurn = make(chan struct{}, 1)
		}
		return j.room.inviteTurn
	})
	if err != nil {
		return err
	}
	select { // on one node, newcomers change an invite one after another
	case turn <- struct{}{}:
		defer func() { <-turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	for range inviteTries {
		d, err := j.inviteDraft(ctx)
		if err != nil {
			return err
		}
		switch _, err := journal.Commit(ctx, j.room.journal, d); {
		case err == nil:
			return j.admitted(ctx)
		case errors.Is(err, journal.ErrNotRepeat):
			return nil
		case ctx.Err() != nil:
			return ctx.Err()
		case !errors.Is(err, journal.ErrChanged):
			return Refusal(err)
		}
	}
	return Refusal(journal.ErrUnavailable)
}

// inviteDraft returns the draft of the client's admission. If the invite doesn't hold, the draft
// only asks whether the client was admitted before.
func (j *joining) inviteDraft(ctx context.Context) (d journal.Draft, err error) {
	r := j.room
	var i policy.Invite
	var nick Nick
	holds := false
	err = r.find(ctx, func() bool {
		i, holds = r.policy.Invite(j.inviteID, time.Now())
		nick = r.roster.free(j.Nick) // or the admission would look like an event of somebody inside
		return holds
	})
	if err != nil {
		return d, err
	}
	i.ID = j.inviteID
	newcomer := protocol.Member{Member: j.newcomer, Nick: nick.Shown, Role: protocol.RoleMember}
	if d, err = i.AdmitBy(string(r.code), j.registry.invites.Admission(r.seatScope(), i.ID, j.newcomer, j.InviteKey), newcomer); err != nil {
		r.log().Error("an admission can't be encoded", "err", err)
		return d, internalError()
	}
	d.OnlyIfRepeat = !holds
	return d, nil
}

// admitted makes the client the member that was admitted. Somebody whose seats were revoked
// doesn't come back by the same admission.
func (j *joining) admitted(ctx context.Context) error {
	if err := j.room.catchUp(ctx); err != nil {
		return err
	}
	generation, err := ask(ctx, j.room, func() uint64 { return j.room.policy.SeatGeneration(j.newcomer) })
	if err != nil || generation > 0 && j.Holder == nil {
		return err
	}
	j.member.Member, j.byInvite = j.newcomer, true
	j.granted, j.notGranted = Nick{}, nil // for the member that it was before
	return nil
}
