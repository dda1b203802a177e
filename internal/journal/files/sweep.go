package files

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"snug/internal/journal"
)

// sweepAll compares the directory with the log. It returns the pause until the next time.
func (k *Keeper) sweepAll(ctx context.Context) time.Duration {
	if ctx.Err() != nil || !k.options.Settled() {
		return retryEvery
	}
	complete, err := k.compare(ctx)
	if err != nil {
		if ctx.Err() == nil {
			k.options.Log.Warn("can't compare the files with the journal; will try again", "err", err)
		}
		return retryEvery
	}
	if err := k.options.Expire(ctx); err != nil {
		if ctx.Err() == nil && !errors.Is(err, journal.ErrClosed) {
			k.options.Log.Warn("can't remove files that aren't used; will try again", "err", err)
		}
		return retryEvery
	}
	if !complete {
		return missingEvery
	}
	return sweepEvery
}

// compare removes what the log doesn't name, and has fetched what the directory lacks. It
// looks at one part after the other, so that it needs little memory and locks nothing for
// long.
func (k *Keeper) compare(ctx context.Context) (complete bool, err error) {
	d := k.options.Directory
	d.forget()
	there, err := d.dirs()
	if err != nil {
		return false, err
	}
	named, err := k.options.Table.FilePrefixes(ctx, prefixBytes)
	if err != nil {
		return false, err
	}
	there = append(there, named...)
	slices.Sort(there)
	complete = true
	for _, dir := range slices.Compact(there) {
		missing, err := k.compareDir(ctx, dir)
		if err != nil {
			return false, err
		}
		if len(missing) > 0 && !k.options.Missing(ctx, missing) {
			complete = false
		}
	}
	return complete, ctx.Err()
}

// compareDir returns the files that one of the directories lacks.
func (k *Keeper) compareDir(ctx context.Context, dir string) (missing []string, err error) {
	d := k.options.Directory
	// In this order: what is placed and recorded meanwhile is in one of the three.
	all, err := d.list(dir)
	if err != nil {
		return nil, err
	}
	placed := d.copyPlaced()
	ids, err := k.options.Table.FileIDs(ctx, dir)
	if err != nil {
		return nil, err
	}
	named := make(map[string]bool, len(ids))
	for _, id := range ids {
		named[id] = true
	}
	var removed []string
	for _, f := range all {
		_, recent := placed[f.id]
		old := k.options.MinAge == 0 || time.Since(f.at) >= k.options.MinAge
		switch {
		case named[f.id]:
			delete(named, f.id)
			if !f.at.Equal(recordedTime()) {
				d.Recorded(f.id)
			}
		case !recent && old && k.options.Settled():
			removed = append(removed, f.id)
		}
	}
	if len(removed) > 0 {
		k.options.Log.Info("files are removed that the journal doesn't have", "count", len(removed))
	}
	if err := d.Remove(removed...); err != nil {
		return nil, err
	}
	return slices.DeleteFunc(slices.Collect(maps.Keys(named)), d.Has), nil
}

func (d *Directory) copyPlaced() map[string]time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return maps.Clone(d.placed)
}

// forget forgets what was placed and removed long ago.
func (d *Directory) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	old := func(_ string, at time.Time) bool { return time.Since(at) > recentFor }
	maps.DeleteFunc(d.placed, old)
	maps.DeleteFunc(d.gone, old)
}
