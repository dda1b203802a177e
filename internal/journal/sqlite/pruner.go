package sqlite

import (
	"context"
	"sync/atomic"
	"time"

	"snug/internal/journal"
)

// Pruner prunes a log in small steps. It is safe for concurrent use.
type Pruner struct {
	turn   chan struct{} // full while a Prune runs
	pruned atomic.Uint64 // entries, since the start
}

// NewPruner returns a Pruner.
func NewPruner() *Pruner { return &Pruner{turn: make(chan struct{}, 1)} }

const (
	// pruneStep is about how many entries one step removes.
	pruneStep = 250
	// pruneRest is how long a Pruner pauses after a step, as a multiple of the time
	// that the step took. The disk is free for commits in between.
	pruneRest = 2
)

// Prune implements [journal.Pruner] for an engine. It calls step for each step; step has
// the engine make the cuts in the order of its commits, and returns when they are made.
// When closing is closed, Prune returns journal.ErrClosed.
func (p *Pruner) Prune(ctx context.Context, f *File, r journal.Retention, closing <-chan struct{}, step func(context.Context, []Cut) error) (pruned int, err error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	// One bound after the other. Entries that come in meanwhile are left to the next
	// pruning, or this one might never end.
	for _, bound := range []journal.Retention{{Since: r.Since}, {Last: r.Last}} {
		for removed := pruneStep; removed >= pruneStep; { // a step with fewer is the last
			select {
			case <-closing:
				return pruned, journal.ErrClosed
			default:
			}
			cuts, err := f.Excess(ctx, bound, pruneStep)
			if err != nil {
				return pruned, err
			}
			if len(cuts) == 0 {
				break
			}
			began := time.Now()
			if err := step(ctx, cuts); err != nil {
				return pruned, err
			}
			removed = 0
			for _, c := range cuts {
				removed += c.Entries
			}
			pruned += removed
			p.pruned.Add(uint64(removed))
			pause(ctx, pruneRest*time.Since(began), closing)
		}
	}
	return pruned, nil
}

func pause(ctx context.Context, d time.Duration, closing <-chan struct{}) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-closing:
	case <-ctx.Done():
	}
}
