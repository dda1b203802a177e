package journal

import (
	"context"
	"time"
)

// Retention says which entries of a room survive pruning: those that satisfy every
// field. The zero value keeps all.
type Retention struct {
	Since time.Time // keeps entries of this time and later; the zero Time keeps any age
	Last  uint64    // keeps this many of the newest entries; 0 keeps any number
}

// Pruner is a journal that can remove its oldest entries.
type Pruner interface {
	// Prune removes the entries that r doesn't keep from all rooms, and returns how
	// many it removed. The rooms' state, the IDs that repeats are recognised by, and
	// the next seq stay as they are. Feeds show the new oldest entry by First.
	//
	// Prune works in small steps, and other drafts are committed between them. When
	// ctx ends, the steps that were done stay done. Concurrent calls run one after the
	// other. The error is ctx's, ErrClosed, ErrUnavailable or that of a read.
	Prune(ctx context.Context, r Retention) (pruned int, err error)

	// Preview returns what Prune would remove now. It waits for the storage, until ctx
	// ends.
	Preview(ctx context.Context, r Retention) (Preview, error)
}

// Preview is what a pruning would remove from all rooms.
type Preview struct {
	Excess int       // how many entries would be removed
	Total  int       // how many entries there are
	Newest time.Time // the time of the newest draft, by the log's clock; the zero Time if there was none
}
