package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/logfile"
)

const (
	// pruneStep is about how many entries go in one transaction.
	pruneStep = 250
	// pruneRest is how many times as long as a step took the next one waits: so
	// much of the disk's time is the commits'.
	pruneRest = 2
)

var (
	_ journal.Pruner = (*Journal)(nil)
	_ journal.Copier = (*Journal)(nil)
	_ journal.Prober = (*Journal)(nil)
)

// pruning is a step on its way to the committer.
type pruning struct {
	cuts []logfile.Cut
	done chan error // takes one
}

// Prune is [journal.Pruner]'s.
func (j *Journal) Prune(ctx context.Context, k journal.Keep) (pruned int, err error) {
	select {
	case j.pruner <- struct{}{}:
		defer func() { <-j.pruner }()
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	for {
		if err := j.Probe(); errors.Is(err, journal.ErrClosed) {
			return pruned, err
		}
		cuts, err := j.file.Excess(ctx, k, pruneStep)
		if err != nil || len(cuts) == 0 {
			return pruned, err
		}
		began := time.Now()
		if err := j.step(ctx, cuts); err != nil {
			return pruned, err
		}
		for _, c := range cuts {
			pruned += c.Entries
			j.pruned.Add(uint64(c.Entries))
		}
		rest := time.NewTimer(pruneRest * time.Since(began))
		select {
		case <-rest.C:
		case <-j.closing:
		case <-ctx.Done():
		}
		rest.Stop()
	}
}

// step has the committer make cuts, between two commits.
func (j *Journal) step(ctx context.Context, cuts []logfile.Cut) error {
	p := pruning{cuts, make(chan error, 1)}
	select {
	case j.prunings <- p:
	case <-j.closing:
		return journal.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-p.done
}

// prune is the committer's part.
func (j *Journal) prune(cuts []logfile.Cut) error {
	if j.broken.Load() && !j.mend() {
		return journal.ErrUnavailable
	}
	if err := j.file.Prune(context.Background(), cuts); err != nil {
		j.fail(err)
		j.mend()
		return fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
	}
	for _, c := range cuts {
		j.followers.Keep(c.Room, c.First)
	}
	j.erased = true
	j.scrub()
	return nil
}

// Copy is [journal.Copier]'s.
func (j *Journal) Copy(ctx context.Context) (io.ReadCloser, int64, error) {
	c, err := j.file.Copy(ctx)
	if err != nil {
		return nil, 0, err
	}
	return c, c.Size, nil
}

// Probe is [journal.Prober]'s.
func (j *Journal) Probe() error {
	select {
	case <-j.closing:
		return journal.ErrClosed
	default:
	}
	if j.broken.Load() {
		return journal.ErrUnavailable
	}
	return nil
}
