package jetstream

import (
	"context"
	"fmt"
	"time"

	"snug/internal/journal"
)

// pollEvery is the pause between two checks of the file's position.
const pollEvery = 2 * time.Millisecond

var _ journal.Replica = (*Journal)(nil)

// CatchUp implements [journal.Replica].
func (j *Journal) CatchUp(ctx context.Context) error {
	info, err := j.stream.info(ctx)
	if err != nil {
		return fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
	}
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for j.projection.position.Load() < info.State.LastSeq {
		select {
		case <-poll.C:
		case <-j.publisher.queue.Closing:
			return journal.ErrClosed
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
