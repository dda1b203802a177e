package journal

import "context"

// Replica is a journal that is one of several copies of the same log. It may be a
// moment behind the others.
type Replica interface {
	// CatchUp returns when this replica has every entry whose outcome was reported, by
	// any replica, before the call: they can be read here, and the feeds have them. It
	// waits for the storage, until ctx ends. The error is ctx's, or wraps
	// ErrUnavailable or ErrClosed.
	CatchUp(ctx context.Context) error
}
