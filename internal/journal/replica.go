package journal

import "context"

// Replica is a journal that is one of several over the same log, and may be a moment
// behind the others.
type Replica interface {
	// CatchUp returns when all that anyone was told, by any of them and before the
	// call, can be read here and has gone to the feeds. It waits for the storage,
	// until ctx ends; the error is ctx's, or wraps ErrUnavailable.
	CatchUp(ctx context.Context) error
}
