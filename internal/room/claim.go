package room

import (
	"context"
	"crypto/rand"

	"snug/internal/journal"
	"snug/internal/room/policy"
)

// claimable reports whether a member who joins becomes the room's owner: nobody ever was.
// Guests may have talked in the room before; that doesn't make it theirs. Somebody who is
// an owner by a token claims the room like anyone else, or the next member would.
func (r *Room) claimable() bool { return !r.registry.options.NoOwners && !r.policy.Claimed() }

// claim makes the member the owner of the room, unless another one is first in the log.
// Where the journal accepts nothing, the member joins without being the owner.
func (j *joining) claim(ctx context.Context) error {
	j.claimTried = true
	committed := j.appendClaim(ctx)
	if committed == nil {
		return nil
	}
	select {
	case <-committed:
		return j.room.catchUp(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// appendClaim hands a claim to the journal. The channel is closed when its outcome is known;
// it is nil if the claim can't be made.
func (j *joining) appendClaim(ctx context.Context) <-chan struct{} {
	from := j.member
	from.Nick = j.Nick.Shown
	d, err := policy.Claim(string(j.room.code), rand.Text(), from)
	if err != nil {
		j.room.log().Error("a room can't be claimed", "err", err)
		return nil
	}
	committed := make(chan struct{})
	if err := j.room.journal.Append(ctx, d, func(journal.Outcome, error) { close(committed) }); err != nil {
		return nil
	}
	return committed
}
