package room

import (
	"context"
	"errors"
	"fmt"

	"snug/internal/journal"
	"snug/protocol"
)

// Erase erases all messages of a member, present or not, in the operator's name, and
// returns how many there were. It reads the whole log of the room, and waits for the
// journal.
func (g *Registry) Erase(ctx context.Context, code Code, member string) (erased int, err error) {
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

// eraseMessages erases messages and waits once for all of them. A message that somebody
// else has just erased doesn't count.
func (g *Registry) eraseMessages(ctx context.Context, code Code, seqs []uint64) (erased int, err error) {
	outcomes := make(chan error, len(seqs))
	for _, seq := range seqs {
		d := journal.Draft{Room: string(code), Event: protocol.Event{
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
