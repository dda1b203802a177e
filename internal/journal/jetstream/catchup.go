package jetstream

import (
	"context"
	"fmt"
	"time"

	"snug/internal/journal"
)

// lookEvery is how often it is looked whether the file has come far enough.
const lookEvery = 2 * time.Millisecond

var _ journal.Replica = (*Journal)(nil)

// CatchUp is [journal.Replica]'s.
func (j *Journal) CatchUp(ctx context.Context) error {
	info, err := j.info(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
	}
	look := time.NewTicker(lookEvery)
	defer look.Stop()
	for j.position.Load() < info.State.LastSeq {
		select {
		case <-look.C:
		case <-j.queue.Closing:
			return journal.ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
