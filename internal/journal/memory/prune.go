package memory

import (
	"context"
	"maps"
	"slices"
	"sort"

	"snug/internal/journal"
)

var _ journal.Pruner = (*Journal)(nil)

// Prune implements [journal.Pruner]. One room is a step.
func (j *Journal) Prune(ctx context.Context, r journal.Retention) (pruned int, err error) {
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
		n, err := j.prune(code, r)
		pruned += n
		if err != nil {
			return pruned, err
		}
	}
	return pruned, nil
}

// Preview implements [journal.Pruner].
func (j *Journal) Preview(_ context.Context, keep journal.Retention) (p journal.Preview, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return p, journal.ErrClosed
	}
	for _, r := range j.rooms {
		p.Total += len(r.entries)
		p.Excess += r.excess(keep)
		if r.at.After(p.Newest) {
			p.Newest = r.at
		}
	}
	return p, nil
}

// excess returns how many of the room's oldest entries keep doesn't keep.
func (r *room) excess(keep journal.Retention) int {
	n := sort.Search(len(r.entries), func(i int) bool { return !r.entries[i].At.Before(keep.Since) })
	if all := uint64(len(r.entries)); keep.Last > 0 && all > keep.Last {
		n = max(n, int(all-keep.Last))
	}
	return n
}

func (j *Journal) prune(code string, keep journal.Retention) (pruned int, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return 0, journal.ErrClosed
	}
	r := j.rooms[code]
	if r == nil { // it was forgotten meanwhile
		return 0, nil
	}
	pruned = r.excess(keep)
	j.cut(code, r, pruned)
	return pruned, nil
}

// cut removes the n oldest entries of a room. The caller holds j.mu.
func (j *Journal) cut(code string, r *room, n int) {
	if n == 0 {
		return
	}
	for _, e := range r.entries[:n] {
		r.count(e, -1)
	}
	r.entries = slices.Clone(r.entries[n:]) // a slice of the same array would retain the others
	j.followers.SetFirst(code, r.generation, r.first())
	j.dropPruned(r)
}

// changeOnly makes the changes of a draft of state alone. The caller holds j.mu.
func (j *Journal) changeOnly(r *room, d *journal.Draft) (o journal.Outcome) {
	if d.Expire != 0 {
		old := len(r.entries)
		if d.Expire > 0 {
			old = r.excess(journal.Retention{Since: r.at.Add(-d.Expire)})
		}
		o.More = old > journal.ExpireMax
		j.cut(d.Room, r, min(old, journal.ExpireMax))
	}
	if d.Record != nil {
		j.record(d.Room, r, d.Record)
	}
	if d.DropFiles {
		j.dropUnused(r)
	}
	r.change(d.State)
	j.followers.PushChanges(d.Room, r.generation, j.drafts, d.State)
	return o
}
