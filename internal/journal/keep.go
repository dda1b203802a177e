package journal

import (
	"context"
	"errors"
	"io"
	"time"
)

// Keep says which entries of a room stay when it is pruned: those that every field
// lets stay. The zero value keeps all.
type Keep struct {
	Since time.Time // entries of this time and later; the zero Time for those of any
	Last  uint64    // as many of the newest entries; 0 for any number
}

// Pruner is a journal that can let go of its oldest entries.
type Pruner interface {
	// Prune removes what k doesn't keep from all rooms, and returns how many
	// entries those were. The rooms' state, what repeats are recognised by, and the
	// next number stay as they are, and feeds learn of it by First. It goes in small
	// steps, between which others append; when ctx ends, the steps that were taken
	// stay. One Prune waits for another. The error is ctx's, ErrClosed,
	// ErrUnavailable or that of a read.
	Prune(ctx context.Context, k Keep) (pruned int, err error)
}

// ErrCopying says that an earlier copy is still being made or read.
var ErrCopying = errors.New("another backup is being made or read: wait until that is done")

// Copier is a journal that can be copied while it is in use.
type Copier interface {
	// Copy makes a backup: the whole journal at one moment during the call. It is
	// read once, and size is its bytes; the caller closes it. A journal that is
	// started on it has the same rooms, seats and entries, and another epoch for
	// each room. It waits for the storage, until ctx ends. There is one at a time;
	// the error of others is ErrCopying.
	Copy(ctx context.Context) (backup io.ReadCloser, size int64, err error)
}

// Prober is a journal that may be unable to take entries for a while.
type Prober interface {
	// Probe returns nil if the journal takes entries, as far as it knows, or
	// ErrUnavailable or ErrClosed. It doesn't wait.
	Probe() error
}
