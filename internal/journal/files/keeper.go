package files

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

const (
	// sweepEvery is the pause between two comparisons of the directory with the log.
	sweepEvery = 10 * time.Minute
	// missingEvery is the pause after which missing files are looked for again.
	missingEvery = time.Minute
	// retryEvery is the pause after something has failed.
	retryEvery = 5 * time.Second
)

// Table is what the log knows of files.
type Table interface {
	// FileIDs returns the IDs of the files that begin with prefix.
	FileIDs(ctx context.Context, prefix string) ([]string, error)
	// FilePrefixes returns the different beginnings, of so many bytes, of the files' IDs.
	FilePrefixes(ctx context.Context, bytes int) ([]string, error)
}

// Options are what a Keeper is made with.
type Options struct {
	Directory *Directory
	Log       *slog.Logger
	Table     Table
	// Settled reports whether the table can be relied on: it has everything that was
	// committed.
	Settled func() bool
	// MinAge is how old a file must be that the log has never named for it to be removed.
	MinAge time.Duration
	// Missing is called with files that the log names and the directory lacks. It reports
	// whether that is settled. If it takes long, it calls RemoveDue now and then.
	Missing func(ctx context.Context, ids []string) (settled bool)
	// Expire is called once in a while to have the log drop the files that aren't used.
	Expire func(ctx context.Context) error
}

// Keeper makes the directory agree with the log: it removes the bytes of files that are gone
// from the log. Run is its goroutine; the other methods are safe for concurrent use.
type Keeper struct {
	options Options
	wake    chan struct{}

	mu      sync.Mutex
	removed []string // whose bytes are to be removed
	wanted  []string // whose bytes may be missing
	sweep   bool     // compare all as soon as possible

	due time.Time // when the next comparison is; for Run
}

// NewKeeper returns a Keeper.
func NewKeeper(o Options) *Keeper {
	return &Keeper{options: o, wake: make(chan struct{}, 1)}
}

// Remove has the bytes of files removed soon, or if ids is nil, of all files that the log
// doesn't name. It doesn't block.
func (k *Keeper) Remove(ids []string) {
	k.mu.Lock()
	k.sweep = k.sweep || ids == nil
	k.removed = append(k.removed, ids...)
	k.mu.Unlock()
	k.signal()
}

// Want has the bytes of a file fetched that the log has, unless they are there. It doesn't
// block.
func (k *Keeper) Want(id string) {
	if k.options.Directory.Has(id) {
		k.options.Directory.Recorded(id)
		return
	}
	k.mu.Lock()
	k.wanted = append(k.wanted, id)
	k.mu.Unlock()
	k.signal()
}

func (k *Keeper) takeWanted() (ids []string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	ids, k.wanted = k.wanted, nil
	return ids
}

func (k *Keeper) takeSweep() (asked bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	asked, k.sweep = k.sweep, false
	return asked
}

func (k *Keeper) signal() {
	select {
	case k.wake <- struct{}{}:
	default: // one wake is enough for everything that waits
	}
}

// Run does the work until ctx ends. Then it removes what is left to be removed.
func (k *Keeper) Run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-k.wake:
		case <-ctx.Done():
			k.removeAll()
			return
		}
		if !k.removeAll() {
			timer.Reset(retryEvery)
			continue
		}
		if wanted := k.takeWanted(); len(wanted) > 0 && !k.options.Missing(ctx, wanted) {
			k.due = time.Now().Add(min(time.Until(k.due), missingEvery))
		}
		if wait := time.Until(k.due); wait > 0 && !k.takeSweep() {
			timer.Reset(wait)
			continue
		}
		wait := k.sweepAll(ctx)
		k.due = time.Now().Add(wait)
		timer.Reset(wait)
	}
}

// RemoveDue does what Remove has asked for. It is for Missing.
func (k *Keeper) RemoveDue() { k.removeAll() }

// removeAll removes the bytes of the files that wait for it.
func (k *Keeper) removeAll() (ok bool) {
	k.mu.Lock()
	removed := k.removed
	k.removed = nil
	k.mu.Unlock()
	ok = true
	for _, id := range removed {
		if err := k.options.Directory.Remove(id); err != nil {
			k.options.Log.Warn("can't remove a file that is gone from the journal; will try again", "err", err)
			k.mu.Lock()
			k.removed = append(k.removed, id)
			k.mu.Unlock()
			ok = false
		}
	}
	return ok
}
