package room

import (
	"context"
	"errors"
	"fmt"

	"snug/internal/journal"
	"snug/internal/room/policy"
	"snug/protocol"
)

// Erase erases all messages of a member, present or not, in the operator's name, and
// returns how many there were. It reads the whole log of the room, and waits for the
// journal.
func (g *Registry) Erase(ctx context.Context, code Code, member string) (erased int, err error) {
	if err := catchUpWithOthers(ctx, g.options.Journal); err != nil { // or what another node has just confirmed would stay
		return 0, fmt.Errorf("erase messages in room %q: %w", code, Refusal(err))
	}
	for after := uint64(0); ; {
		page, err := g.options.Journal.ReadAfter(ctx, string(code), after, operatorPage)
		if err != nil {
			return erased, fmt.Errorf("erase messages in room %q: %w", code, err)
		}
		if len(page) == 0 {
			return erased, nil
		}
		var seqs []uint64
		for i := range page {
			e := &page[i]
			after = e.Seq
			if e.From.Member == member && journal.IsMessage(e.Type, e.Body) {
				seqs = append(seqs, e.Seq)
			}
		}
		n, err := g.eraseMessages(ctx, code, seqs)
		if erased += n; err != nil {
			return erased, fmt.Errorf("erase messages in room %q: %w", code, err)
		}
	}
}

// EraseRoom erases everything that was said in a room, in the operator's name; the room, its
// settings, roles and bans stay. It waits for the journal. The error may be a
// [*protocol.Error].
func (g *Registry) EraseRoom(ctx context.Context, code Code) error {
	r, err := g.acquireForOperator(code)
	if err != nil {
		return err
	}
	defer g.release(r)
	if err := catchUpWithOthers(ctx, r.journal); err != nil {
		return fmt.Errorf("erase room %q: %w", code, Refusal(err))
	}
	if err := r.exists(ctx); err != nil {
		return fmt.Errorf("erase room %q: %w", code, err)
	}
	for more := true; more; {
		o, err := journal.Commit(ctx, g.options.Journal, journal.Draft{Room: string(code), StateOnly: true, Expire: -1})
		if err != nil {
			return fmt.Errorf("erase room %q: %w", code, Refusal(err))
		}
		more = o.More
	}
	return r.catchUp(ctx)
}

// eraseMessages erases messages and waits once for all of them. A message that somebody
// else has just erased doesn't count.
func (g *Registry) eraseMessages(ctx context.Context, code Code, seqs []uint64) (erased int, err error) {
	outcomes := make(chan error, len(seqs))
	for _, seq := range seqs {
		d := journal.Draft{Room: string(code), State: []journal.Change{policy.Unpin(seq)}, Event: protocol.Event{
			Type: protocol.EventDeleted, ID: "erase", Target: seq, From: Operator(),
		}}
		if err := g.options.Journal.Append(ctx, d, func(_ journal.Outcome, err error) { outcomes <- err }); err != nil {
			outcomes <- err
		}
	}
	for range seqs {
		select {
		case e := <-outcomes:
			switch {
			case e == nil:
				erased++
			case !errors.Is(e, journal.ErrGone):
				err = e
			}
		case <-ctx.Done():
			return erased, ctx.Err()
		}
	}
	return erased, err
}
