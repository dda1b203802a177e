package room

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"snug/internal/auth"
	"snug/internal/journal"
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
// can claim the room. The member is here, has a role, or has written something that is still
// kept: others are not found. It waits for the journal, until ctx ends. The error may be a
// [*protocol.Error] or ErrClosed.
func (g *Registry) GiveOwner(ctx context.Context, code Code, member string) error {
	return g.operate(ctx, code, policy.Order{
		Action: protocol.ActionRole, Role: protocol.RoleOwner, Target: policy.Target{Member: member},
	})
}

// RevokeSeats makes all seats of a member invalid, in the operator's name, and ends its
// connections. It waits and fails as GiveOwner does, but takes any member ID: who only reads has
// a seat, too. An owner's seats can't be revoked.
func (g *Registry) RevokeSeats(ctx context.Context, code Code, member string) error {
	return g.operate(ctx, code, policy.Order{Action: protocol.ActionRevoke, Target: policy.Target{Member: member}})
}

// Lock locks or unlocks a room, in the operator's name. It waits and fails as GiveOwner does.
func (g *Registry) Lock(ctx context.Context, code Code, locked bool) error {
	return g.operate(ctx, code, policy.Order{Action: protocol.ActionSet, Settings: protocol.SettingsChange{Locked: &locked}})
}

// CloseRoom closes a room for good, in the operator's name. It waits and fails as GiveOwner
// does.
func (g *Registry) CloseRoom(ctx context.Context, code Code) error {
	return g.operate(ctx, code, policy.Order{Action: protocol.ActionClose})
}

// RemoveHook removes a hook of a room, in the operator's name. It waits and fails as GiveOwner
// does.
func (g *Registry) RemoveHook(ctx context.Context, code Code, member string) error {
	return g.operate(ctx, code, policy.Order{Action: protocol.ActionUnhook, Target: policy.Target{Member: member}})
}

// LiftBan lifts a ban, in the operator's name. It waits and fails as GiveOwner does.
func (g *Registry) LiftBan(ctx context.Context, code Code, member string) error {
	return g.operate(ctx, code, policy.Order{Action: protocol.ActionUnban, Target: policy.Target{Member: member}})
}

// namesTarget reports whether an event of this action has the nick of its target, and is about
// somebody who is or was in the room.
func namesTarget(a protocol.Action) bool {
	return a == protocol.ActionRole || a == protocol.ActionRevoke
}

// operate carries out an order of the operator's.
func (g *Registry) operate(ctx context.Context, code Code, o policy.Order) error {
	r, err := g.acquireForOperator(code)
	if err != nil {
		return err
	}
	defer g.release(r)
	if err := catchUpWithOthers(ctx, r.journal); err != nil {
		return fmt.Errorf("room %q: %w", code, Refusal(err))
	}
	target := o.Target
	if namesTarget(o.Action) {
		target, err = g.findTarget(ctx, r, o.Target.Member)
		if err == nil && !target.Known() {
			err = r.exists(ctx)
			// Of who was here only to read, nothing is known, and they may have a seat.
			if mayHaveSeat := o.Action == protocol.ActionRevoke && auth.IsMember(o.Target.Member); err == nil && !mayHaveSeat {
				err = unknownMember(code, o.Target.Member)
			}
		}
	} else {
		err = r.exists(ctx)
	}
	if err != nil {
		return fmt.Errorf("room %q: %w", code, err)
	}
	return r.operate(ctx, o, target)
}

func unknownMember(code Code, member string) *protocol.Error {
	return protocol.Errorf(protocol.NotFound, "no member %q is known in room %q: it isn't there, and has sent nothing that is kept", member, code)
}

// exists returns an error unless something was ever said in the room, and it isn't closed.
func (r *Room) exists(ctx context.Context) error {
	refusal, err := ask(ctx, r, func() *protocol.Error {
		r.publish(r.feed.Take())
		if refusal := r.closing.refusal(time.Now()); refusal != nil {
			return refusal
		}
		if r.Head() == 0 {
			return noRoom(r.code)
		}
		return nil
	})
	if err == nil && refusal != nil {
		err = refusal
	}
	return err
}

// findTarget returns what is known of a member of r, here or on other nodes or in the log.
func (g *Registry) findTarget(ctx context.Context, r *Room, member string) (policy.Target, error) {
	// The first question waits until the room is open.
	target, err := ask(ctx, r, func() policy.Target { return r.target(member) })
	if err == nil && target.Nick == "" && r.link != nil {
		if err = r.waitForPeers(ctx); err == nil {
			target, err = ask(ctx, r, func() policy.Target {
				r.applyPeerNews()
				return r.target(member)
			})
		}
	}
	if err == nil && target.Nick == "" {
		err = g.findInLog(ctx, r.code, &target)
	}
	return target, err
}

// operate carries out an order of the operator's about target.
func (r *Room) operate(ctx context.Context, o policy.Order, target policy.Target) error {
	code := r.code
	o.Room, o.ID, o.From, o.Now, o.Target = string(code), rand.Text(), Operator(), time.Now(), target
	a, err := ask(ctx, r, func() (a ruled) {
		if a.Refusal = r.closing.refusal(o.Now); a.Refusal != nil {
			return a
		}
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
	switch _, err := journal.Commit(ctx, r.journal, a.Draft); {
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
	t := policy.Target{Member: member, Nick: m.Nick, Guest: m.Guest, Role: r.role(member), Addresses: m.addresses}
	if k, waits := r.policy.Knock(member, time.Now()); waits && k.Address != "" && len(t.Addresses) == 0 {
		t.Addresses = []string{k.Address} // so that a ban keeps it from knocking again
	}
	return t
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
