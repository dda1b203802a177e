package client

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/coder/websocket"

	"snug/protocol"
)

// NewInvite is an invite to make, which lets newcomers into a room that is locked or has a
// password.
type NewInvite struct {
	Lasts time.Duration // how long it can be used, rounded up to seconds; 0 for good
	Uses  int           // how many may come in by it; 0 for any number
}

// Invite makes an invite, and returns it with the URL to pass on, which is a secret. Only
// moderators may do it. It blocks and fails as [Room.Do] does.
func (r *Room) Invite(ctx context.Context, n NewInvite) (protocol.InviteInfo, error) {
	cmd := protocol.Command{Type: protocol.CommandInvite, ID: rand.Text()}
	if n.Lasts != 0 {
		cmd.Seconds = new(roundUp(n.Lasts, time.Second))
	}
	if n.Uses != 0 {
		cmd.Uses = &n.Uses
	}
	before, err := r.Invites(ctx)
	if err != nil {
		return protocol.InviteInfo{}, err
	}
	answer := r.awaitInvite(cmd.ID)
	_, err = r.Do(ctx, cmd)
	if err != nil {
		answer()
		return protocol.InviteInfo{}, err
	}
	if made := answer(); made.Invite != "" {
		return protocol.InviteInfo{Invite: made.Invite, By: r.You(), URL: made.URL, Until: made.Until, Uses: made.Uses}, nil
	}
	// The server has told us the URL, unless the connection broke: so ask.
	after, err := r.Invites(ctx)
	if err != nil {
		return protocol.InviteInfo{}, err
	}
	found := slices.DeleteFunc(after, func(i protocol.InviteInfo) bool {
		return i.By.Member != r.You().Member || slices.ContainsFunc(before, func(b protocol.InviteInfo) bool { return b.Invite == i.Invite })
	})
	if len(found) != 1 { // somebody has removed it, or this member has made others meanwhile
		return protocol.InviteInfo{}, errors.New("the invite was made, and the answer is lost: it is among the room's invites, unless it is gone again")
	}
	return found[0], nil
}

// awaitInvite keeps the answer to an invite command. The function that it returns ends that,
// and returns the answer, if it is there.
func (r *Room) awaitInvite(id string) func() protocol.Invite {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.made == nil {
		r.made = make(map[string]protocol.Invite)
	}
	r.made[id] = protocol.Invite{}
	return func() protocol.Invite {
		r.mu.Lock()
		defer r.mu.Unlock()
		defer delete(r.made, id)
		return r.made[id]
	}
}

// Invites returns the invites that can still be used: with their URLs for owners, and for the
// member who made them. Only moderators may read them. It blocks until the server answers,
// even if connections are lost, or until ctx ends.
func (r *Room) Invites(ctx context.Context) ([]protocol.InviteInfo, error) {
	c := newQuery(protocol.Command{Type: protocol.CommandInvites})
	err := r.do(ctx, c)
	return c.invites, err
}

// Uninvite takes an invite back, by its [protocol.InviteInfo].Invite. Moderators may do it,
// and the member who made it. It blocks and fails as [Room.Do] does.
func (r *Room) Uninvite(ctx context.Context, invite string) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandUninvite, Invite: invite})
}

// Admit lets in somebody who waits before the locked room, by its [protocol.Knock].Member. Only
// moderators may do it. It blocks and fails as [Room.Do] does.
func (r *Room) Admit(ctx context.Context, member string) error {
	return r.change(ctx, protocol.Command{Type: protocol.CommandAdmit, Member: member})
}

// Knocks returns who waits before the locked room, as the server last said. It is for owners
// and moderators; others are told nothing. The result belongs to the caller.
func (r *Room) Knocks() []protocol.Knock {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.knocks)
}

// knocked updates who waits. The caller holds mu.
func (r *Room) knocked(k *protocol.Knock) {
	r.knocks = slices.DeleteFunc(r.knocks, func(other protocol.Knock) bool { return other.Member == k.Member })
	if !k.Gone && len(r.knocks) < maxMembers {
		r.knocks = append(r.knocks, *k)
	}
}

// lockedOut reports whether a join was refused because the room is locked.
func lockedOut(err error) bool {
	var refused *protocol.Error
	return errors.As(err, &refused) && refused.Code == protocol.Locked
}

// knock asks for admission, waits for it, and joins. If the connection is lost or the server
// unavailable meanwhile, it asks again.
func (r *Room) knock(ctx context.Context, note string) (*conn, error) {
	for failures := 0; ; failures++ {
		c, err := r.knockOnce(ctx, note)
		if err == nil || ctx.Err() != nil || final(err) != nil || errors.As(err, new(*protocol.Error)) && !isUnavailable(err) ||
			errors.As(err, new(*RefusedError)) || websocket.CloseStatus(err) == websocket.StatusPolicyViolation {
			return c, err
		}
		if ended := r.pause(ctx, err, failures); ended != nil {
			return nil, ended
		}
	}
}

func (r *Room) knockOnce(ctx context.Context, note string) (*conn, error) {
	token, err := r.dialer.token(ctx)
	if err != nil {
		return nil, fmt.Errorf("get a token: %w", err)
	}
	admitted := false
	c, err := r.open(ctx, nil, func(c *conn) (err error) {
		knock := protocol.Command{Type: protocol.CommandKnock, Nick: r.dialer.nick, Token: token, Note: note}
		if c.link, err = r.dialer.dialWebSocket(c.ctx, newFrame(knock), c.markAlive); err != nil {
			return err
		}
		if err := r.awaitSeat(c); err != nil {
			return err
		}
		admitted = true // also if the connection breaks now
		if _, err := c.link.write(c.ctx, newFrame(r.joinCommand(token))); err != nil {
			return err
		}
		return r.awaitWelcome(c)
	})
	var refused *protocol.Error
	switch {
	case err == nil || ctx.Err() != nil:
		return c, err
	case admitted, errors.As(err, &refused) && refused.Code == protocol.Forbidden: // the room isn't locked any more
		return r.join(ctx)
	}
	return nil, err
}

// awaitSeat waits until somebody admits this client, who has knocked.
func (r *Room) awaitSeat(c *conn) error {
	for {
		e, err := c.link.next(c.ctx)
		if err != nil {
			return err
		}
		switch e := e.(type) {
		case *protocol.Error:
			return e
		case *protocol.Seat:
			r.changeSeat(e.Seat)
			return nil
		}
	}
}
