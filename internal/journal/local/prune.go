package local

import (
	"context"
	"io"

	"snug/internal/journal"
	"snug/internal/journal/sqlite"
)

var (
	_ journal.Pruner = (*Journal)(nil)
	_ journal.Copier = (*Journal)(nil)
	_ journal.Prober = (*Journal)(nil)
)

// pruning is a step on its way to the committer.
type pruning struct {
	cuts []sqlite.Cut
	done chan error // takes one
}

// Prune is [journal.Pruner]'s.
func (j *Journal) Prune(ctx context.Context, k journal.Keep) (pruned int, err error) {
	return j.pruner.Prune(ctx, j.mender.File, k, j.queue.Closing, j.step)
}

// step has the committer make cuts, between two commits.
func (j *Journal) step(ctx context.Context, cuts []sqlite.Cut) error {
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

// Copy is [journal.Copier]'s.
func (j *Journal) Copy(ctx context.Context) (io.ReadCloser, int64, error) {
	c, err := j.mender.File.Copy(ctx)
	if err != nil {
		return nil, 0, err
	}
	return c, c.Size, nil
}

// Probe is [journal.Prober]'s.
func (j *Journal) Probe() error {
	if j.queue.Closed() {
		return journal.ErrClosed
	}
	if j.mender.Broken() {
		return journal.ErrUnavailable
	}
	return nil
}
