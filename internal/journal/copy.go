package journal

import (
	"context"
	"errors"
	"io"
)

// ErrCopying says that an earlier copy is still being made or read.
var ErrCopying = errors.New("another backup is being made or read: wait until that is done")

// Copier is a journal that can be copied while it is in use.
type Copier interface {
	// Copy makes a backup of the whole journal, with its files, as it is at one moment during
	// the call. The backup can be read once and has size bytes; the caller closes it. A journal
	// that is started on the backup has the same rooms, seats and entries, and a new
	// epoch for each room. Copy waits for the storage, until ctx ends. There is one
	// backup at a time; a concurrent call returns ErrCopying.
	Copy(ctx context.Context) (backup io.ReadCloser, size int64, err error)
}
