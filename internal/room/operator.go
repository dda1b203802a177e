package room

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"snug/internal/room/policy"
	"snug/protocol"
)

// operator is the member that the server's operator is in a log. It never has a seat.
const operator = "operator"

// Operator returns the member that the server's operator is in a log.
func Operator() protocol.Member {
	return protocol.Member{Member: operator, Nick: operator, Role: protocol.RoleOwner}
}

// GiveOwner makes a member an owner of a room, in the operator's name; afterwards nobody
// can claim the room. The member is here, or has written something that is still kept. It
// waits for the journal, until ctx ends. The error may be a [*protocol.Error], ErrTooMany
// or ErrClosed.
func (g *Registry) GiveOwner(ctx context.Context, code Code, member string) error {
	return g.operate(ctx, code, policy.Order{
		Action: protocol.ActionRole, Role: protocol.RoleOwner, Target: policy.Target{Member: member},
	})
}

// RevokeSeats makes all seats of a member invalid, in the operator's name, and ends its
// connections. It waits and fails as GiveOwner does. An owner's seats can't be revoked.
func (g *Registry) RevokeSeats(ctx context.Context, code Code, member string) error {
	return g.operate(ctx, code, policy.Order{Action: protocol.ActionRevoke, Target: policy.Target{Member: member}})
}

// operate carries out an order of the operator's.
func (g *Registry) operate(ctx context.Context, code Code, o policy.Order) error {
	r, err := g.acquire(code)
	if err != nil {
		return err
	}
	defer g.release(r)
	// The first question waits until the room is open.
	target, err := ask(ctx, r, func() policy.Target { return r.target(o.Target.Member) })
	if err == nil && target.Nick == "" && r.link != nil {
		if err = r.waitForPeers(ctx); err == nil {
			target, err = ask(ctx, r, func() policy.Target {
				r.applyPeerNews()
				return r.target(o.Target.Member)
			})
		}
	}
	if err == nil && target.Nick == "" {
		err = g.findInLog(ctx, code, &target)
	}
	if err != nil {
		return fmt.Errorf("room %q: %w", code, err)
	}
	o.Room, o.ID, o.From, o.Now, o.Target = string(code), rand.Text(), Operator(), time.Now(), target
	a, err := ask(ctx, r, func() ruled {
		if o.Action == protocol.ActionRole && !r.policy.Claimed() {
			o.Action = protocol.ActionClaim
		}
		return r.rule(&o)
	})
	switch {
	case err != nil:
		return fmt.Errorf("room %q: %w", code, err)
	case a.err != nil:
		return fmt.Errorf("room %q: %w", code, a.err)
	case a.Refusal != nil:
		return a.Refusal
	}
	switch err := r.append(ctx, a.Draft); {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		return Refusal(err)
	}
	return r.catchUp(ctx)
}

// target returns what the room knows of a member. It runs on the room's goroutine.
func (r *Room) target(member string) policy.Target {
	m := r.roster.about(member)
	return policy.Target{Member: member, Nick: m.Nick, Guest: m.Guest, Role: r.role(member), Addresses: m.addresses}
}

// findInLog completes what is known of a member by the newest event that it has sent, if
// one is kept. It may read the whole log.
func (g *Registry) findInLog(ctx context.Context, code Code, t *policy.Target) error {
	for before := uint64(protocol.MaxSeq); ; {
		page, err := g.options.Journal.ReadBefore(ctx, string(code), before, operatorPage)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, e := range slices.Backward(page) {
			if e.From.Member == t.Member {
				t.Nick, t.Guest = e.From.Nick, e.From.Guest
				return nil
			}
		}
		before = page[0].Seq
	}
}

// operatorPage is how many entries are read at once in the operator's name.
const operatorPage = 500
