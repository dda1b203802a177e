package room

import (
	"context"
	"errors"
	"sync/atomic"

	"snug/internal/journal"
)

var errFaulty = errors.New("the disk is on fire")

// faulty is a journal that fails on demand.
type faulty struct {
	journal.Journal
	failing, panicking atomic.Bool
	slow               chan struct{} // Follow waits until it is closed; nil for no wait
}

func (j *faulty) fail() error {
	if j.panicking.Load() {
		panic("hostile")
	}
	if j.failing.Load() {
		return errFaulty
	}
	return nil
}

func (j *faulty) Follow(ctx context.Context, room string) (journal.Snapshot, *journal.Feed, error) {
	if j.slow != nil {
		select {
		case <-j.slow:
		case <-ctx.Done():
			return journal.Snapshot{}, nil, ctx.Err()
		}
	}
	if err := j.fail(); err != nil {
		return journal.Snapshot{}, nil, err
	}
	return j.Journal.Follow(ctx, room)
}

func (j *faulty) ReadAfter(ctx context.Context, room string, after uint64, limit int) ([]journal.Entry, error) {
	if err := j.fail(); err != nil {
		return nil, err
	}
	return j.Journal.ReadAfter(ctx, room, after, limit)
}

func (j *faulty) ReadBefore(ctx context.Context, room string, before uint64, limit int) ([]journal.Entry, error) {
	if err := j.fail(); err != nil {
		return nil, err
	}
	return j.Journal.ReadBefore(ctx, room, before, limit)
}

// deaf is a journal that accepts nothing on demand.
type deaf struct {
	journal.Journal
	deaf atomic.Bool
}

func (j *deaf) Append(ctx context.Context, d journal.Draft, done journal.Done) error {
	if j.deaf.Load() {
		done(journal.Outcome{}, journal.ErrUnavailable)
		return nil
	}
	return j.Journal.Append(ctx, d, done)
}
