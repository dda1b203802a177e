package local

import (
	"context"
	"io"

	"snug/internal/journal"
	"snug/internal/journal/files"
	"snug/internal/journal/sqlite"
)

var (
	_ journal.Pruner = (*Journal)(nil)
	_ journal.Copier = (*Journal)(nil)
	_ journal.Prober = (*Journal)(nil)
)

// pruning is a step of a pruning on its way to the committer.
type pruning struct {
	cuts []sqlite.Cut
	done chan error // has room for one
}

// Prune implements [journal.Pruner].
func (j *Journal) Prune(ctx context.Context, r journal.Retention) (pruned int, err error) {
	return j.pruner.Prune(ctx, j.file, r, j.queue.Closing, j.pruneStep)
}

// Preview implements [journal.Pruner].
func (j *Journal) Preview(ctx context.Context, r journal.Retention) (journal.Preview, error) {
	return j.file.Preview(ctx, r)
}

// pruneStep has the committer make cuts between two commits.
func (j *Journal) pruneStep(ctx context.Context, cuts []sqlite.Cut) error {
	p := pruning{cuts, make(chan error, 1)}
	select {
	case j.prunings <- p:
	case <-j.queue.Closing:
		return journal.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-p.done
}

// Copy implements [journal.Copier].
func (j *Journal) Copy(ctx context.Context) (io.ReadCloser, int64, error) {
	return j.store.Backup(ctx, func(ctx context.Context) (files.LogCopy, int64, error) {
		c, err := j.file.Copy(ctx)
		if err != nil {
			return nil, 0, err
		}
		return c, c.Size, nil
	})
}

// Probe implements [journal.Prober].
func (j *Journal) Probe() error {
	if j.queue.Closed() {
		return journal.ErrClosed
	}
	if j.committer.Broken() {
		return journal.ErrUnavailable
	}
	return nil
}
