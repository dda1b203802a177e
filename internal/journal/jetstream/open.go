package jetstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"snug/internal/journal"
	"snug/internal/journal/sqlite"
)

const (
	// warnEvery is the pause between two log lines that say what Open waits for.
	warnEvery = 10 * time.Second
	// aheadFor is how long the file may be ahead of the stream before Open gives up. A
	// leader that has lost its majority finds out within ten seconds.
	aheadFor = 15 * time.Second
)

// Errors of Open. They are wrapped with what to do.
var (
	ErrOther = errors.New("the file is another journal's than the stream")
	ErrAhead = errors.New("the file has come further than the stream")
)

// opener finds or creates the stream, opens the file, and brings it to the stream's end.
type opener struct {
	stream     *stream
	projection *projection
	projector  *projector
	log        *slog.Logger
	grace      time.Duration // see Options; 0 once it was waited for

	warned time.Time // when create last logged what it waits for
	ahead  time.Time // since when the file has been ahead of the stream
}

// open returns the seq of the first message in the stream.
func (o *opener) open(ctx context.Context) (first uint64, err error) {
	for {
		info, err := o.find(ctx)
		if err != nil {
			return 0, err
		}
		if err := o.projection.open(ctx, info != nil); err != nil {
			return 0, err
		}
		if info == nil {
			if err := o.create(ctx); err != nil {
				return 0, err
			}
			continue
		}
		if err := o.checkIncarnation(ctx, info); err != nil {
			return 0, err
		}
		switch done, err := o.catchUp(ctx, info); {
		case err != nil:
			return 0, err
		case done:
			return info.State.FirstSeq, nil
		}
	}
}

// catchUp brings the file to the end that the stream has by info. If done is false the
// caller must look for the stream again.
func (o *opener) catchUp(ctx context.Context, info *jetstream.StreamInfo) (done bool, err error) {
	position, last := o.projection.position.Load(), info.State.LastSeq
	switch {
	case position > last:
		return false, o.waitAhead(ctx, position, last)
	case position+1 < info.State.FirstSeq:
		err = errHole
	case last == 0:
		o.begin(ctx)
		return false, nil
	default:
		err = o.projector.consume(ctx, last)
	}
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, errHole):
		return false, o.fetchSnapshot(ctx, info.State.FirstSeq-1)
	case ctx.Err() != nil, errors.Is(err, errVersion), errors.Is(err, ErrOther):
		return false, err
	}
	o.log.Debug("lost the journal's stream; will look for it again", "err", err)
	o.projector.rest(ctx)
	return false, nil
}

// find waits until it is known whether the stream exists. info is nil if it doesn't.
func (o *opener) find(ctx context.Context) (*jetstream.StreamInfo, error) {
	warned := time.Now()
	for {
		info, err := o.stream.info(ctx)
		switch {
		case err == nil:
			return info, nil
		case errors.Is(err, jetstream.ErrStreamNotFound):
			return nil, nil //nolint:nilnil // there is no stream, which is an answer
		case ctx.Err() != nil:
			return nil, err
		}
		if time.Since(warned) > warnEvery {
			warned = time.Now()
			o.log.Warn("the journal waits for NATS JetStream: is a majority of the nodes there?", "stream", o.stream.name, "err", err)
		}
		sleep(ctx, retryEvery)
	}
}

// create creates the stream, which continues at the file's position. So a log of a single
// machine becomes the cluster's, with new epochs. If the stream can't be created now, or
// another node creates it, the caller finds out when it looks for the stream again.
func (o *opener) create(ctx context.Context) error {
	position := o.projection.position.Load()
	if position == 0 && o.grace > 0 {
		sleep(ctx, o.grace)
		o.grace = 0
		return nil
	}
	if position > 0 {
		if err := o.projection.file().SetIncarnation(ctx, journal.NewIdentity().Incarnation); err != nil {
			return err
		}
	}
	err := o.stream.create(ctx, position, o.projection.file().Incarnation())
	if err != nil && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		if now := time.Now(); now.Sub(o.warned) > warnEvery {
			o.warned = now
			o.log.Warn("the journal's stream can't be made yet: are all nodes there?", "stream", o.stream.name, "replicas", o.stream.replicas, "err", err)
		}
		sleep(ctx, retryEvery)
	}
	return ctx.Err()
}

// checkIncarnation checks that the file belongs to the stream. An empty file takes the
// stream's incarnation.
func (o *opener) checkIncarnation(ctx context.Context, info *jetstream.StreamInfo) error {
	incarnation, err := incarnationOf(info)
	if err != nil {
		return err
	}
	switch {
	case o.projection.file().Incarnation() == incarnation:
		return nil
	case o.projection.position.Load() == 0:
		return o.projection.file().SetIncarnation(ctx, incarnation)
	}
	return fmt.Errorf("%w: to take what the stream has, move the file away; to begin a stream with the file, remove the one that there is (nats stream rm %s)", ErrOther, o.stream.name)
}

// waitAhead pauses while the stream seems to end before the file does. The error is
// ErrAhead when that has lasted for too long.
func (o *opener) waitAhead(ctx context.Context, position, last uint64) error {
	if o.ahead.IsZero() {
		o.ahead = time.Now()
	}
	if time.Since(o.ahead) > aheadFor {
		return fmt.Errorf("%w: it is at %d, the stream ends at %d. Put back the stream's files; or, to take what the stream has, move the file away", ErrAhead, position, last)
	}
	sleep(ctx, retryEvery)
	return nil
}

// begin publishes the log's secret as the first message of an empty stream, unless another
// node does.
func (o *opener) begin(ctx context.Context) {
	secret := journal.NewIdentity().Secret
	data, err := encodeControl(secret[:], nil)
	if err == nil {
		_, err = o.stream.js.Publish(ctx, o.stream.controlSubject(), data, jetstream.WithExpectLastSequence(0), jetstream.WithExpectStream(o.stream.name))
	}
	if err != nil {
		o.log.Debug("can't begin the stream, or another node has", "stream", o.stream.name, "err", err)
		sleep(ctx, retryEvery)
	}
}

// fetchSnapshot replaces this node's file by another node's, which has come to position or
// further.
func (o *opener) fetchSnapshot(ctx context.Context, position uint64) error {
	o.log.Info("the stream doesn't reach back to this node's file: a snapshot is taken from another node", "file", o.projection.path, "position", o.projection.position.Load(), "stream_first", position+1)
	return o.projection.replace(func() (string, error) {
		return (&borrower{o.stream, o.log, o.projection.path + sqlite.SnapshotSuffix}).borrow(ctx, position)
	})
}

// sleep waits for d, or until ctx ends.
func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
