package jetstream

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"snug/internal/journal"
	"snug/internal/journal/sqlite"
)

const (
	// apiTimeout is how long an answer of JetStream's is waited for.
	apiTimeout = 2 * time.Second
	// stillEvery is how often the log is told what is waited for.
	stillEvery = 10 * time.Second
	// aheadFor is for how long a stream may seem to end before the file does: a
	// leader that has lost its majority finds out within ten seconds.
	aheadFor = 15 * time.Second
	// repeatWindow is for how long the stream knows what it was given. Nothing is
	// published twice but by a client of NATS that tries again.
	repeatWindow = 2 * unknownAfter
	// incarnationKey is the incarnation's in the stream's metadata, as hex.
	incarnationKey = "snug-incarnation"
)

// Errors of Open. They are wrapped with what to do.
var (
	ErrOther = errors.New("the file is another journal's than the stream")
	ErrAhead = errors.New("the file has come further than the stream")
)

// open finds or makes the stream, opens the file, and brings it to the stream's end.
func (j *Journal) open(ctx context.Context, grace time.Duration) error {
	var ahead time.Time // since when the file has been
	for {
		info, err := j.find(ctx)
		if err != nil {
			return err
		}
		if err := j.openFile(ctx, info != nil); err != nil {
			return err
		}
		position := j.position.Load()
		if info == nil {
			if position == 0 && grace > 0 {
				j.pause(ctx, grace)
				grace = 0
				continue
			}
			if err := j.create(ctx, position); err != nil {
				return err
			}
			continue
		}
		if err := j.belong(ctx, info, position); err != nil {
			return err
		}
		last := info.State.LastSeq
		switch {
		case position > last:
			if ahead.IsZero() {
				ahead = time.Now()
			}
			if time.Since(ahead) > aheadFor {
				return fmt.Errorf("%w: it is at %d, the stream ends at %d. Put back the stream's files; or, to take what the stream has, move the file away", ErrAhead, position, last)
			}
			j.pause(ctx, again)
			continue
		case position+1 < info.State.FirstSeq:
			err = errHole
		case last == 0:
			j.begin(ctx)
			continue
		default:
			err = j.consume(ctx, last)
		}
		switch {
		case err == nil:
			return j.serve(ctx, info.State.FirstSeq)
		case errors.Is(err, errHole):
			if err := j.reseed(ctx, info.State.FirstSeq-1); err != nil {
				return err
			}
		case ctx.Err() != nil, errors.Is(err, errForm), errors.Is(err, ErrOther):
			return err
		default:
			j.log.Debug("the journal's stream is looked for again", "err", err)
			j.rest(ctx)
		}
	}
}

// pause waits for d, or until ctx ends.
func (j *Journal) pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// find waits until it is known whether there is a stream: info is nil if there is
// none.
func (j *Journal) find(ctx context.Context) (*jetstream.StreamInfo, error) {
	told := time.Now()
	for {
		info, err := j.info(ctx)
		switch {
		case err == nil:
			return info, nil
		case errors.Is(err, jetstream.ErrStreamNotFound):
			return nil, nil //nolint:nilnil // there is none, which is an answer
		case ctx.Err() != nil:
			return nil, err
		}
		if time.Since(told) > stillEvery {
			told = time.Now()
			j.log.Warn("the journal waits for NATS JetStream: is a majority of the nodes there?", "stream", j.name, "err", err)
		}
		j.pause(ctx, again)
	}
}

// info asks the stream's leader.
func (j *Journal) info(ctx context.Context) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	s, err := j.js.Stream(ctx, j.name)
	if err != nil {
		return nil, err
	}
	return s.CachedInfo(), nil // it was asked for just now
}

// openFile opens the file, if it isn't open. Where there is a stream, what is left of
// a file that was removed counts for nothing.
func (j *Journal) openFile(ctx context.Context, streamed bool) error {
	if j.mender != nil {
		return nil
	}
	if _, err := os.Stat(j.path); errors.Is(err, os.ErrNotExist) && streamed {
		if err := sqlite.RemoveLog(j.path); err != nil {
			return err
		}
	}
	file, err := sqlite.OpenProjection(ctx, j.path)
	if err != nil {
		return err
	}
	if err := file.Limit(ctx, j.maxBytes); err != nil {
		return errors.Join(err, file.Close())
	}
	j.mender = sqlite.NewMender(file, &j.followers, j.log)
	j.position.Store(file.Position().Position)
	j.announcing.Store(true)
	return nil
}

// create makes the stream. It goes on after the file: a log of one machine becomes
// one of many by being here, with other epochs. That it can't be made now, or was
// made by another node, shows when it is looked for again.
func (j *Journal) create(ctx context.Context, position uint64) error {
	if position > 0 {
		if err := j.mender.File.Adopt(ctx, journal.NewIdentity().Incarnation); err != nil {
			return err
		}
	}
	incarnation := j.mender.File.Incarnation()
	making, cancel := context.WithTimeout(ctx, 5*apiTimeout)
	defer cancel()
	_, err := j.js.CreateStream(making, jetstream.StreamConfig{
		Name:        j.name,
		Description: "the log of Snug's rooms: what is removed from it by hand is lost to nodes that don't have it yet",
		Subjects:    []string{j.name + ".room.*", j.controlSubject()},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardNew,
		Storage:     jetstream.FileStorage,
		Replicas:    j.replicas,
		Duplicates:  repeatWindow,
		DenyDelete:  true, // it would leave a hole
		FirstSeq:    position + 1,
		Metadata:    map[string]string{incarnationKey: hex.EncodeToString(incarnation[:])},
	})
	if err != nil && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		if now := time.Now(); now.Sub(j.told) > stillEvery {
			j.told = now
			j.log.Warn("the journal's stream can't be made yet: are all nodes there?", "stream", j.name, "replicas", j.replicas, "err", err)
		}
		j.pause(ctx, again)
	}
	return ctx.Err()
}

// belong checks that the file is of the stream. An empty one becomes that.
func (j *Journal) belong(ctx context.Context, info *jetstream.StreamInfo, position uint64) error {
	incarnation, err := incarnationOf(info)
	if err != nil {
		return err
	}
	switch {
	case j.mender.File.Incarnation() == incarnation:
		return nil
	case position == 0:
		return j.mender.File.Adopt(ctx, incarnation)
	}
	return fmt.Errorf("%w: to take what the stream has, move the file away; to begin a stream with the file, remove the one that there is (nats stream rm %s)", ErrOther, j.name)
}

func incarnationOf(info *jetstream.StreamInfo) (incarnation [16]byte, err error) {
	if n, err := hex.Decode(incarnation[:], []byte(info.Config.Metadata[incarnationKey])); err != nil || n != len(incarnation) {
		return incarnation, fmt.Errorf("the stream has no %s in its metadata: it is none of Snug's", incarnationKey)
	}
	return incarnation, nil
}

// begin puts the secret into an empty stream, unless another node does.
func (j *Journal) begin(ctx context.Context) {
	secret := journal.NewIdentity().Secret
	data, err := encodeControl(secret[:], nil)
	if err == nil {
		_, err = j.js.Publish(ctx, j.controlSubject(), data, jetstream.WithExpectLastSequence(0), jetstream.WithExpectStream(j.name))
	}
	if err != nil {
		j.log.Debug("the stream can't be begun, or is", "stream", j.name, "err", err)
		j.pause(ctx, again)
	}
}

// reseed puts a peer's file, which has come to position or further, in the place of
// this node's.
func (j *Journal) reseed(ctx context.Context, position uint64) error {
	j.log.Info("the stream doesn't reach back to this node's file: a snapshot is taken from another node", "file", j.path, "position", j.position.Load(), "stream_first", position+1)
	j.announcing.Store(false)
	if err := j.mender.Close(); err != nil {
		return err
	}
	j.mender = nil
	fresh, err := j.borrow(ctx, position)
	if err != nil {
		return err
	}
	return sqlite.Replace(j.path, fresh)
}

// serve begins what an open journal does for others. The stream begins with first.
func (j *Journal) serve(ctx context.Context, first uint64) error {
	erasure, err := j.mender.File.LastErasure(ctx)
	if err != nil {
		return err
	}
	if erasure >= first { // what it erased may be in the stream still
		j.erased.Store(max(erasure, j.erased.Load()))
	}
	now := time.Now().UnixNano()
	j.seen.Store(now)
	j.current.Store(now)
	if err := j.subscribe(j.inbox+".*", j.acked); err != nil {
		return err
	}
	if err := j.lend(); err != nil {
		return err
	}
	return j.conn.Flush()
}
