package room

import (
	"context"

	"snug/internal/journal"
	"snug/protocol"
)

// A node of a cluster may be a moment behind the others. What is here waits for what they may have told of
// already, so that somebody who comes from another node isn't refused what holds by now.

// reach waits until the room has reached seq, if another node may have told somebody of it
// who comes to this one. A seq that no node has reached is no error.
func (r *Room) reach(ctx context.Context, seq uint64) error {
	if seq <= r.Head() {
		return nil
	}
	if err := catchUpWithOthers(ctx, r.journal); err != nil {
		return err
	}
	return r.catchUp(ctx)
}

// catchUpWithOthers waits until j has what other nodes may have told of before. A journal that is alone has it.
func catchUpWithOthers(ctx context.Context, j journal.Journal) error {
	if replica, several := j.(journal.Replica); several {
		return replica.CatchUp(ctx)
	}
	return nil
}

// find looks for something, and if it isn't there, again once this node has what the others may have
// told of already. look reports whether it is.
func find(ctx context.Context, j journal.Journal, look func() (bool, error)) error {
	found, err := look()
	if _, several := j.(journal.Replica); err != nil || found || !several {
		return err
	}
	if err := catchUpWithOthers(ctx, j); err != nil {
		return err
	}
	_, err = look()
	return err
}

// find is find for what the room knows. look runs on the room's goroutine, with all that the journal has
// committed for the room by then.
func (r *Room) find(ctx context.Context, look func() bool) error {
	return find(ctx, r.journal, func() (bool, error) {
		return ask(ctx, r, func() bool {
			r.takeCommitted()
			return look()
		})
	})
}

// mayBeLifted reports whether what this node hasn't heard of yet may be why something is refused; e may be nil.
func mayBeLifted(e *protocol.Error) bool {
	if e == nil {
		return false
	}
	switch e.Code {
	case protocol.NotFound, protocol.Forbidden, protocol.Banned, protocol.Locked, protocol.BadPassword:
		return true
	default:
		return false
	}
}
