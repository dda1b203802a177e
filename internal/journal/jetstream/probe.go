package jetstream

import (
	"context"
	"io"
	"time"

	"snug/internal/journal"
)

const (
	// unseenAfter is how long nothing must have been heard of the stream's leader
	// before the journal says that it takes nothing…
	unseenAfter = 4 * time.Second
	// …how long the file must have been behind the stream…
	behindAfter = 5 * time.Second
	// …and for how long after a draft wasn't taken.
	stuckFor = 3 * time.Second
)

var (
	_ journal.Pruner = (*Journal)(nil)
	_ journal.Copier = (*Journal)(nil)
	_ journal.Prober = (*Journal)(nil)
)

// Probe is [journal.Prober]'s.
func (j *Journal) Probe() error {
	if j.queue.Closed() {
		return journal.ErrClosed
	}
	since := func(nanos int64) time.Duration { return time.Since(time.Unix(0, nanos)) }
	switch {
	case j.lost.Load(), j.mender.Broken(), !j.conn.IsConnected(),
		since(j.seen.Load()) > unseenAfter,
		since(j.current.Load()) > behindAfter,
		since(j.stuck.Load()) < stuckFor:
		return journal.ErrUnavailable
	}
	return nil
}

// behind returns how many messages of the stream the file doesn't have.
func (j *Journal) behind() uint64 {
	last, position := j.last.Load(), j.position.Load()
	return max(last, position) - position
}

// Prune is [journal.Pruner]'s.
func (j *Journal) Prune(ctx context.Context, k journal.Keep) (pruned int, err error) {
	return j.pruner.Prune(ctx, j.mender.File, k, j.queue.Closing, j.step)
}

// Copy is [journal.Copier]'s.
func (j *Journal) Copy(ctx context.Context) (io.ReadCloser, int64, error) {
	c, err := j.mender.File.Copy(ctx)
	if err != nil {
		return nil, 0, err
	}
	return c, c.Size, nil
}
