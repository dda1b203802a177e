package room

import (
	"context"
	"crypto/rand"
	"errors"

	"snug/internal/journal"
	"snug/protocol"
)

// enter asks the room for a seat, and does what the room asks for first: each
// thing once, but for nicks, of which some may be taken. The error may be a [*protocol.Error].
func (g *Registry) enter(ctx context.Context, r *Room, j join, password string) (joined, error) {
	drop := func() {}
	defer func() { drop() }()
	for {
		a, err := ask(ctx, r, func() joined { return r.join(&j) })
		if err != nil {
			return a, err
		}
		switch first := a.first; {
		case first.refusal != nil:
			return a, first.refusal
		case first.vacant:
			g.claim(ctx, r, &j)
			j.claimed = true
		case first.password != "":
			if err := g.prove(ctx, j.participant, first.password, password); err != nil {
				return a, err
			}
			j.passed = first.password
		case first.peers != nil:
			select {
			case <-first.peers:
			case <-ctx.Done():
				return a, ctx.Err()
			}
		case first.nick != Nick{}:
			drop()
			var granted bool
			if drop, granted, err = r.claimNick(ctx, first.nick, j.who.Member); err != nil {
				return a, err
			}
			if j.held = first.nick; !granted {
				j.held, j.taken = Nick{}, append(j.taken, first.nick.key)
			}
		default:
			return a, nil
		}
	}
}

// claim makes the one who joins the owner of a room that has none, unless another
// is first in the log. Where the journal takes nothing they come in as a member.
func (g *Registry) claim(ctx context.Context, r *Room, j *join) {
	from := j.who
	from.Nick, from.Role = j.nick.Shown, protocol.RoleOwner
	d, err := moderated(r.code, rand.Text(), from, protocol.ModeratedBody{Action: protocol.ActionClaim, Member: from.Member, Nick: from.Nick, Role: from.Role}, hidden{})
	if err != nil {
		r.log().Error("a room can't be claimed", "err", err)
		return
	}
	d.If = []journal.Condition{{Key: keyClaimed}}
	told := make(chan struct{})
	if err := r.journal.Append(ctx, d, func(journal.Outcome, error) { close(told) }); err != nil {
		return
	}
	select {
	case <-told:
		_ = r.settle(ctx) // if it fails so does the join
	case <-ctx.Done():
	}
}

// prove checks the password that a client gives against the room's.
func (g *Registry) prove(ctx context.Context, p *Participant, hash, password string) error {
	if password == "" {
		return protocol.Errorf(protocol.BadPassword, "the room has a password: join with it")
	}
	right, err := p.client.Guess(ctx, func() (bool, error) { return g.passwords.Check(ctx, hash, password) })
	var refused *protocol.Error
	switch {
	case errors.As(err, &refused), err != nil && ctx.Err() != nil:
		return err
	case err != nil:
		p.room.log().Error("a password can't be checked", "err", err)
		return protocol.Errorf(protocol.Unavailable, "the password can't be checked now: try again in a while")
	case !right:
		return protocol.Errorf(protocol.BadPassword, "this isn't the room's password: try again")
	}
	return nil
}
