package client

import (
	"context"
	"time"

	"snug/protocol"
)

// A member is named by its [protocol.Member].Member: events and [Room.Members] say
// who is which. What a role lets one do is checked by the server, which refuses
// the rest with [protocol.Forbidden].

// Kick puts a member out, for a minute. The reason, which may be empty, is for all
// to read. It takes a moderator, or the owner if the member is one.
func (r *Room) Kick(ctx context.Context, member, reason string) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandKick, Member: member, Reason: reason})
}

// Ban puts a member out, and keeps it out for a time, of which a part of a second
// counts as one; 0 is for good. The ban holds, too, for whoever comes new from
// where the member came from. It takes what Kick takes.
func (r *Room) Ban(ctx context.Context, member, reason string, out time.Duration) error {
	cmd := protocol.Command{Type: protocol.CommandBan, Member: member, Reason: reason}
	if out != 0 {
		seconds := int64((out + time.Second - 1) / time.Second)
		cmd.Seconds = &seconds
	}
	return r.change(ctx, cmd)
}

// Unban lets a member in again. It takes a moderator.
func (r *Room) Unban(ctx context.Context, member string) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandUnban, Member: member})
}

// Bans lists who is banned, but for those who were kicked a moment ago. It takes a
// moderator. It waits for the server, across lost connections, until ctx ends.
func (r *Room) Bans(ctx context.Context) ([]protocol.Ban, error) {
	c := question(protocol.Command{Type: protocol.CommandBans})
	err := r.do(ctx, c)
	return c.bans, err
}

// SetRole gives a member a role: [protocol.RoleOwner], [protocol.RoleModerator] or
// [protocol.RoleMember]. It takes an owner, who may make others owners, and so
// hand the room on.
func (r *Room) SetRole(ctx context.Context, member string, role protocol.Role) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandRole, Member: member, Role: role})
}

// Change is what [Room.Set] changes of a room's settings. What is nil stays as it
// is.
type Change struct {
	Topic    *string        // one line, up to 500 characters; empty for none
	Locked   *bool          // nobody comes in who hasn't a seat
	Password *string        // that one needs to come in without a seat, up to 128 characters; empty for none
	Slow     *time.Duration // between two messages of one member, to the millisecond, up to an hour; 0 for none
}

// Set changes the room's settings. It takes an owner.
func (r *Room) Set(ctx context.Context, c Change) error {
	cmd := protocol.Command{Type: protocol.CommandSet, Topic: c.Topic, Locked: c.Locked, Password: c.Password}
	if c.Slow != nil {
		ms := c.Slow.Milliseconds()
		cmd.SlowMS = &ms
	}
	return r.change(ctx, cmd)
}

// moderated takes what has changed about the room, and who may do what in it. It
// is called under mu.
func (r *Room) moderated(e *protocol.Event) {
	body, err := e.Moderated()
	if err != nil {
		return // a later server's
	}
	switch body.Action {
	case protocol.ActionClaim, protocol.ActionRole:
		r.roster.promote(body.Member, body.Role)
		if body.Member == r.you.Member.Member {
			r.you.Role = body.Role
			r.outgoing.slowModeChanged()
		}
	case protocol.ActionSet:
		if body.Settings == nil {
			return
		}
		body.Settings.Apply(&r.settings)
		if body.Settings.SlowMS != nil {
			r.outgoing.slowModeChanged()
		}
	}
}
