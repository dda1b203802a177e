package jetstream

import (
	"context"
	"io"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/files"
)

const (
	// unseenAfter is how long the stream's leader may be silent before the journal counts
	// as unavailable.
	unseenAfter = 4 * time.Second
	// behindAfter is how long the file may be behind the stream before it does.
	behindAfter = 5 * time.Second
	// rejectedFor is how long it does after a draft was rejected.
	rejectedFor = 3 * time.Second
)

var (
	_ journal.Pruner = (*Journal)(nil)
	_ journal.Copier = (*Journal)(nil)
	_ journal.Prober = (*Journal)(nil)
)

// Probe implements [journal.Prober].
func (j *Journal) Probe() error {
	if j.publisher.queue.Closed() {
		return journal.ErrClosed
	}
	switch {
	case j.projection.lost.Load(), j.projection.committer.Broken(), !j.stream.conn.IsConnected(),
		since(&j.keeper.seen) > unseenAfter,
		since(&j.keeper.current) > behindAfter,
		since(&j.publisher.rejected) < rejectedFor:
		return journal.ErrUnavailable
	}
	return nil
}

// Prune implements [journal.Pruner].
func (j *Journal) Prune(ctx context.Context, r journal.Retention) (pruned int, err error) {
	return j.pruner.Prune(ctx, j.projection.file(), r, j.publisher.queue.Closing, j.publisher.pruneStep)
}

// Preview implements [journal.Pruner].
func (j *Journal) Preview(ctx context.Context, r journal.Retention) (journal.Preview, error) {
	return j.projection.file().Preview(ctx, r)
}

// Copy implements [journal.Copier].
func (j *Journal) Copy(ctx context.Context) (io.ReadCloser, int64, error) {
	return j.files.store.Backup(ctx, func(ctx context.Context) (files.LogCopy, int64, error) {
		c, err := j.projection.file().Copy(ctx)
		if err != nil {
			return nil, 0, err
		}
		return c, c.Size, nil
	})
}
