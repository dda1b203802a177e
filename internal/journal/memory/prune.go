package memory

import (
	"context"
	"maps"
	"slices"
	"sort"

	"snug/internal/journal"
)

var _ journal.Pruner = (*Journal)(nil)

// Prune is [journal.Pruner]'s. One room is a step.
func (j *Journal) Prune(ctx context.Context, k journal.Keep) (pruned int, err error) {
	j.mu.Lock()
	closed := j.closed
	codes := slices.Collect(maps.Keys(j.rooms))
	j.mu.Unlock()
	if closed {
		return 0, journal.ErrClosed
	}
	for _, code := range codes {
		if err := ctx.Err(); err != nil {
			return pruned, err
		}
		n, err := j.prune(code, k)
		pruned += n
		if err != nil {
			return pruned, err
		}
	}
	return pruned, nil
}

func (j *Journal) prune(code string, k journal.Keep) (pruned int, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return 0, journal.ErrClosed
	}
	r := j.rooms[code]
	if r == nil { // forgotten meanwhile
		return 0, nil
	}
	pruned = sort.Search(len(r.entries), func(i int) bool { return !r.entries[i].At.Before(k.Since) })
	if n := uint64(len(r.entries)); k.Last > 0 && n > k.Last {
		pruned = max(pruned, int(n-k.Last))
	}
	if pruned > 0 {
		r.entries = slices.Clone(r.entries[pruned:]) // the array would keep the others
		j.followers.SetFirst(code, r.first())
	}
	return pruned, nil
}
