package client

import (
	"context"
	"time"

	"snug/protocol"
)

// A member is identified by its [protocol.Member].Member, which events and
// [Room.Members] contain. The server checks what a role may do, and refuses the rest
// with [protocol.Forbidden].

// Kick removes a member for a minute. Everyone can read the reason, which may be
// empty. Only moderators may do it, and only owners if the member is a moderator.
func (r *Room) Kick(ctx context.Context, member, reason string) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandKick, Member: member, Reason: reason})
}

// Ban removes a member and keeps it out for a time, rounded up to seconds; 0 is
// permanent. The ban also applies to newcomers from the member's addresses. It
// needs the same role as Kick.
func (r *Room) Ban(ctx context.Context, member, reason string, out time.Duration) error {
	cmd := protocol.Command{Type: protocol.CommandBan, Member: member, Reason: reason}
	if out != 0 {
		cmd.Seconds = new(roundUp(out, time.Second))
	}
	return r.change(ctx, cmd)
}

// Unban lifts a ban. Only moderators may do it.
func (r *Room) Unban(ctx context.Context, member string) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandUnban, Member: member})
}

// Bans returns the bans, without those of members who were kicked. Only moderators
// may read them. It blocks until the server answers, even if connections are lost, or
// until ctx ends.
func (r *Room) Bans(ctx context.Context) ([]protocol.Ban, error) {
	c := newQuery(protocol.Command{Type: protocol.CommandBans})
	err := r.do(ctx, c)
	return c.bans, err
}

// SetRole gives a member a role: [protocol.RoleOwner], [protocol.RoleModerator] or
// [protocol.RoleMember]. Only owners may do it. A room may have several.
func (r *Room) SetRole(ctx context.Context, member string, role protocol.Role) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandRole, Member: member, Role: role})
}

// Revoke makes all seats of a member invalid and disconnects it. Members may do it for
// themselves, and owners for members and moderators. If the member is the Room's own, the
// Room stays connected: Revoke waits for the new seat, until ctx ends, and [Room.Seat]
// returns it afterwards.
func (r *Room) Revoke(ctx context.Context, member string) error {
	r.mu.Lock()
	self, newSeat := member == r.you.Member.Member, r.newSeat
	r.mu.Unlock()
	if err := r.change(ctx, protocol.Command{Type: protocol.CommandRevoke, Member: member}); err != nil || !self {
		return err
	}
	select {
	case <-newSeat:
	case <-r.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.ended != nil:
		return r.ended
	case r.you.Member.Member != member: // the connection broke before the new seat came
		return ErrSeatLost
	}
	return nil
}

// changeSeat takes the seat of an answer to this member's own revoke.
func (r *Room) changeSeat(seat string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.you.Seat = seat
	if r.conn != nil {
		r.conn.reseated = true
	}
	r.seatChanged()
}

// seatChanged wakes those who wait for another seat. The caller holds mu.
func (r *Room) seatChanged() {
	close(r.newSeat)
	r.newSeat = make(chan struct{})
}

// Change is a change of a room's settings. Settings that are nil stay as they are.
type Change struct {
	Topic    *string        // one line, up to 500 characters; empty for none
	Locked   *bool          // whether only members with a seat may join
	Password *string        // needed to join without a seat, up to 128 characters; empty for none
	Slow     *time.Duration // least time between two messages of a member, rounded up to milliseconds, up to an hour; 0 for none
	Reading  *string        // who may read without joining: protocol.ReadingMembers, or anyone if it is empty
	Name     *string        // the room's title, one line, up to 100 characters; empty for none
	Keep     *time.Duration // messages are removed when they are older, rounded up to seconds, at least 10; 0 for never
	Expires  *time.Time     // when the room closes by itself; the zero Time for never
}

// Set changes the room's settings. Only owners may do it.
func (r *Room) Set(ctx context.Context, c Change) error {
	cmd := protocol.Command{Type: protocol.CommandSet, Topic: c.Topic, Locked: c.Locked, Password: c.Password, Reading: c.Reading, Name: c.Name}
	if c.Slow != nil {
		cmd.SlowMS = new(roundUp(*c.Slow, time.Millisecond))
	}
	if c.Keep != nil {
		cmd.KeepSeconds = new(roundUp(*c.Keep, time.Second))
	}
	if c.Expires != nil {
		at := ""
		if !c.Expires.IsZero() {
			at = c.Expires.UTC().Format(protocol.TimeLayout)
		}
		cmd.Expires = &at
	}
	return r.change(ctx, cmd)
}

// roundUp returns a time in units, rounded away from 0: 0 has a meaning of its own.
func roundUp(d, unit time.Duration) int64 {
	n := d / unit
	switch rest := d % unit; {
	case rest > 0:
		n++
	case rest < 0:
		n--
	}
	return int64(n)
}

// moderated updates settings and roles from an event. The caller holds mu.
func (r *Room) moderated(e *protocol.Event) {
	body, err := e.Moderated()
	if err != nil {
		return // from a newer server
	}
	switch body.Action {
	case protocol.ActionClaim, protocol.ActionRole:
		r.roster.promote(body.Member, body.Role)
		if body.Member == r.you.Member.Member {
			r.you.Role = body.Role
			r.outgoing.slowModeChanged()
		}
	case protocol.ActionAdmit:
		r.knocked(&protocol.Knock{Member: body.Member, Gone: true})
	case protocol.ActionPin:
		r.pins = append(without(r.pins, e.Target), e.Target)
	case protocol.ActionUnpin:
		r.pins = without(r.pins, e.Target)
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
