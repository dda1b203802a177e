package jetstream

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"snug/internal/journal"
	"snug/internal/journal/sqlite"
)

const (
	// batchMax bounds the messages of one transaction, and batchBytes those that
	// are fetched ahead.
	batchMax   = 512
	batchBytes = 8 << 20
	// heartbeat is how often the stream's leader says that it is there; when it has
	// missed two, another is looked for.
	heartbeat = 500 * time.Millisecond
	// again is the pause before that is tried again.
	again = 250 * time.Millisecond
	// stalledAfter is how long nothing may come of what the stream has. The server
	// that a consumer was given to, any that has a copy of the stream, may not have it
	// all, and beats nevertheless.
	stalledAfter = 5 * time.Second
	// forgotten is how long the stream keeps a consumer that nobody reads from.
	forgotten = 10 * time.Second
)

// errHole says that the stream no longer has what comes next.
var errHole = errors.New("the stream no longer has what comes after the projection")

// errStalled says that nothing comes of what the stream has.
var errStalled = errors.New("the stream has more, and none of it comes")

// project is the projector: it takes what is in the stream into the file, for as
// long as the journal is open.
func (j *Journal) project() {
	defer close(j.projected)
	for j.until.Err() == nil && !j.lost.Load() {
		err := j.consume(j.until, 0)
		switch {
		case j.until.Err() != nil:
			return
		case errors.Is(err, errHole), errors.Is(err, errForm), errors.Is(err, ErrOther):
			j.lose(err)
			return
		}
		j.log.Debug("the journal's stream is looked for again", "err", err)
		j.rest(j.until)
	}
}

// rest is a pause, in which the file is looked after.
func (j *Journal) rest(ctx context.Context) {
	pause := time.NewTimer(again)
	defer pause.Stop()
	for {
		select {
		case <-pause.C:
			return
		case <-j.mender.Again.C:
			j.mender.Tick()
		case <-ctx.Done():
			return
		}
	}
}

// consume takes in what comes after the file's position, until the file has come to
// a position, or for ever if that is 0. It ends when the stream is lost: then the
// caller begins again.
func (j *Journal) consume(ctx context.Context, to uint64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	info, err := j.info(ctx)
	if err != nil {
		return err
	}
	if incarnation, err := incarnationOf(info); err != nil || incarnation != j.mender.File.Incarnation() {
		return errors.Join(ErrOther, err) // it was removed, and made anew
	}
	consumer, err := j.newConsumer(ctx)
	if err != nil {
		return err
	}
	messages := make(chan jetstream.Msg, batchMax)
	lost := make(chan error, 1)
	consuming, err := consumer.Consume(
		func(m jetstream.Msg) {
			select {
			case messages <- m:
			case <-ctx.Done():
			}
		},
		jetstream.PullMaxMessagesWithBytesLimit(batchMax, batchBytes),
		jetstream.PullExpiry(30*time.Second),
		jetstream.PullHeartbeat(heartbeat),
		jetstream.ConsumeErrHandler(func(_ jetstream.ConsumeContext, err error) {
			select {
			case lost <- err:
			default: // one is enough
			}
		}))
	if err != nil {
		return err
	}
	defer func() {
		cancel()
		consuming.Stop()
		<-consuming.Closed()
	}()
	batch := make([]jetstream.Msg, 0, batchMax)
	began := j.mender.File.Position().Position
	look := time.NewTicker(stalledAfter)
	defer look.Stop()
	at, end := began, j.last.Load() // when it was looked last
	for to == 0 || j.mender.File.Position().Position < to {
		select {
		case m := <-messages:
			batch = gather(append(batch[:0], m), messages)
			err := j.take(ctx, batch)
			clear(batch) // or an idle journal would keep what it held
			if errors.Is(err, errHole) && j.mender.File.Position().Position != began {
				// On the way to here something may have been lost. Whoever begins again
				// gets what there is.
				return fmt.Errorf("a message is missing: %v", err) //nolint:errorlint // it isn't that yet
			}
			if err != nil {
				return err
			}
		case <-j.mender.Again.C:
			j.mender.Tick()
		case <-look.C:
			position := j.mender.File.Position().Position
			if position == at && position < end {
				return errStalled // another server may have it
			}
			at, end = position, j.last.Load()
		case err := <-lost:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// newConsumer begins after the file's position.
func (j *Journal) newConsumer(ctx context.Context) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	return j.js.CreateConsumer(ctx, j.name, jetstream.ConsumerConfig{
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       j.mender.File.Position().Position + 1,
		AckPolicy:         jetstream.AckNonePolicy,
		InactiveThreshold: forgotten,
		MemoryStorage:     true,
		Replicas:          1,
	})
}

// gather adds what has come already. It doesn't wait for more.
func gather(batch []jetstream.Msg, more <-chan jetstream.Msg) []jetstream.Msg {
	for len(batch) < batchMax {
		select {
		case m := <-more:
			batch = append(batch, m)
		default:
			return batch
		}
	}
	return batch
}

// take takes a batch into the file, which shows what comes of it, and tells those
// who wait here. It goes on until that is done, or ctx ends.
func (j *Journal) take(ctx context.Context, batch []jetstream.Msg) error {
	placed := make([]sqlite.Placed, 0, len(batch))
	own := make([]uint64, 0, len(batch)) // this process's numbers of them; 0 for others
	next := j.mender.File.Position().Position + 1
	for _, m := range batch {
		meta, err := m.Metadata()
		if err != nil {
			return err
		}
		switch seq := meta.Sequence.Stream; {
		case seq < next:
			continue
		case seq > next:
			return fmt.Errorf("%w: %d follows %d", errHole, seq, next-1)
		}
		p := sqlite.Placed{Position: sqlite.Position{Position: next, At: meta.Timestamp}}
		if err := j.decode(m.Subject(), m.Data(), &p); errors.Is(err, errForm) {
			return fmt.Errorf("%w (position %d)", err, next)
		} else if err != nil {
			// Every node passes over it, alike: none of Snug's wrote that.
			j.log.Warn("the stream has a message that is none of Snug's", "position", next, "err", err)
			p.Control = &sqlite.Control{}
		}
		number, _ := numberIn(m.Headers().Get(jetstream.MsgIDHeader), j.process)
		placed, own = append(placed, p), append(own, number)
		next++
	}
	for len(placed) > 0 {
		results, err := j.mender.Commit(placed)
		if err == nil {
			j.come(placed, results, own)
			j.mender.Tend()
			return nil
		}
		if err := j.mend(ctx); err != nil {
			return err
		}
		// Of the batch everything is in the file, or nothing.
		if j.mender.File.Position().Position >= placed[0].Position.Position {
			j.position.Store(j.mender.File.Position().Position)
			for _, number := range own {
				j.waiting.tell(number, journal.Outcome{}, journal.ErrUnavailable)
			}
			return nil
		}
	}
	return nil
}

// mend waits until the file is open again.
func (j *Journal) mend(ctx context.Context) error {
	for !j.mender.Mend() {
		select {
		case <-j.mender.Again.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// come notes that the file has come further, and tells those who wait.
func (j *Journal) come(placed []sqlite.Placed, results []sqlite.Result, own []uint64) {
	j.position.Store(placed[len(placed)-1].Position.Position)
	for i, r := range results {
		if r.Erased > j.erased.Load() {
			j.erased.Store(r.Erased)
		}
		if own[i] == 0 {
			continue
		}
		if took, ok := j.waiting.tell(own[i], r.Outcome, r.Err); ok {
			j.latency.Observe(took.Seconds())
		}
	}
}
