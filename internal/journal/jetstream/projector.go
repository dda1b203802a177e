package jetstream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/prometheus/client_golang/prometheus"

	"snug/internal/journal"
	"snug/internal/journal/sqlite"
)

const (
	// batchMax bounds the messages of one transaction, and batchBytes the bytes that are
	// fetched ahead.
	batchMax   = 512
	batchBytes = 8 << 20
	// heartbeat is how often the server of a consumer says that it is there. If two are
	// missing, consuming ends.
	heartbeat = 500 * time.Millisecond
	// retryEvery is the pause before the stream is looked for again.
	retryEvery = 250 * time.Millisecond
	// stalledAfter is how long no message may come although the stream has more. A
	// consumer can be on a server whose copy of the stream is incomplete, and that server
	// still sends heartbeats.
	stalledAfter = 5 * time.Second
	// consumerTTL is how long the stream keeps a consumer that nobody reads from.
	consumerTTL = 10 * time.Second
)

// errHole says that the stream no longer has the message after the file's position.
var errHole = errors.New("the stream no longer has what comes after the projection")

// errStalled says that no message comes although the stream has more.
var errStalled = errors.New("the stream has more messages, and none of them comes")

// projector commits the messages of the stream to the file. It owns its goroutine (run)
// and, from Open on, the projection's committer.
type projector struct {
	stream     *stream
	projection *projection
	pending    *pending
	process    string // names this use of the journal
	log        *slog.Logger
	latency    prometheus.Histogram
	done       chan struct{}
}

func newProjector(s *stream, p *projection, waiting *pending, process string, log *slog.Logger) *projector {
	return &projector{stream: s, projection: p, pending: waiting, process: process, log: log, latency: newLatency(), done: make(chan struct{})}
}

// run is the projector's goroutine. It ends with ctx, or when the journal can't continue
// from its file.
func (p *projector) run(ctx context.Context) {
	defer close(p.done)
	for ctx.Err() == nil && !p.projection.lost.Load() {
		err := p.consume(ctx, 0)
		switch {
		case ctx.Err() != nil:
			return
		case errors.Is(err, errHole), errors.Is(err, errVersion), errors.Is(err, ErrOther):
			p.projection.lose(err)
			return
		}
		p.log.Debug("lost the journal's stream; will look for it again", "err", err)
		p.rest(ctx)
	}
}

// rest pauses for retryEvery, and does the committer's retries meanwhile.
func (p *projector) rest(ctx context.Context) {
	pause := time.NewTimer(retryEvery)
	defer pause.Stop()
	for {
		select {
		case <-pause.C:
			return
		case <-p.projection.committer.RetryTimer.C:
			p.projection.committer.Retry()
		case <-ctx.Done():
			return
		}
	}
}

// consume commits the messages after the file's position, until the file has come to
// position to, or without end if to is 0. It returns an error when the stream is lost;
// the caller may call it again.
func (p *projector) consume(ctx context.Context, to uint64) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	info, err := p.stream.info(ctx)
	if err != nil {
		return err
	}
	file := p.projection.file()
	if incarnation, err := incarnationOf(info); err != nil || incarnation != file.Incarnation() {
		return errors.Join(ErrOther, err) // the stream was removed and created again
	}
	messages := make(chan jetstream.Msg, batchMax)
	lost := make(chan error, 1)
	stop, err := p.subscribe(ctx, messages, lost)
	if err != nil {
		return err
	}
	defer func() {
		cancel()
		stop()
	}()
	batch := make([]jetstream.Msg, 0, batchMax)
	began := file.Position().Position
	checkStalled := time.NewTicker(stalledAfter)
	defer checkStalled.Stop()
	position, last := began, p.stream.last.Load() // at the last check
	for to == 0 || file.Position().Position < to {
		select {
		case m := <-messages:
			batch = gather(append(batch[:0], m), messages)
			err := p.commit(ctx, batch)
			clear(batch) // so that an idle journal doesn't retain the messages
			if errors.Is(err, errHole) && file.Position().Position != began {
				// A message may have been lost on its way to this node. If it is also
				// gone from the stream, the next call says so.
				return fmt.Errorf("a message is missing: %v", err) //nolint:errorlint // not an errHole yet
			}
			if err != nil {
				return err
			}
		case <-p.projection.committer.RetryTimer.C:
			p.projection.committer.Retry()
		case <-checkStalled.C:
			now := file.Position().Position
			if now == position && now < last {
				return errStalled // a consumer on another server may get them
			}
			position, last = now, p.stream.last.Load()
		case err := <-lost:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// subscribe sends the messages after the file's position to messages, and an error to lost
// when that ends. The caller cancels ctx and then calls stop.
func (p *projector) subscribe(ctx context.Context, messages chan<- jetstream.Msg, lost chan<- error) (stop func(), err error) {
	consumer, err := p.stream.newConsumer(ctx, p.projection.file().Position().Position)
	if err != nil {
		return nil, err
	}
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
			default: // one error is enough
			}
		}))
	if err != nil {
		return nil, err
	}
	return func() {
		consuming.Stop()
		<-consuming.Closed()
	}, nil
}

// gather adds the messages that are there already. It doesn't wait for more.
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

// commit commits a batch to the file, and reports the outcomes to the senders on this node.
// It retries until it has succeeded, or ctx ends.
func (p *projector) commit(ctx context.Context, batch []jetstream.Msg) error {
	placed, numbers, err := p.place(batch)
	if err != nil {
		return err
	}
	p.pending.begin(numbers)
	committer := p.projection.committer
	for len(placed) > 0 {
		results, err := committer.Commit(placed)
		if err == nil {
			p.report(placed, results, numbers)
			committer.Maintain()
			return nil
		}
		if err := p.recover(ctx); err != nil {
			return err
		}
		// The file has either all of the batch or nothing.
		if position := committer.File.Position().Position; position >= placed[0].Position.Position {
			p.projection.position.Store(position)
			for _, number := range numbers {
				p.pending.finish(number, journal.Outcome{}, journal.ErrUnavailable)
			}
			return nil
		}
	}
	return nil
}

// place decodes the messages that the file doesn't have yet. numbers are this process's
// numbers of them, or 0 for those of other processes.
func (p *projector) place(batch []jetstream.Msg) (placed []sqlite.Placed, numbers []uint64, err error) {
	placed = make([]sqlite.Placed, 0, len(batch))
	numbers = make([]uint64, 0, len(batch))
	next := p.projection.file().Position().Position + 1
	for _, m := range batch {
		meta, err := m.Metadata()
		if err != nil {
			return nil, nil, err
		}
		switch seq := meta.Sequence.Stream; {
		case seq < next:
			continue
		case seq > next:
			return nil, nil, fmt.Errorf("%w: %d follows %d", errHole, seq, next-1)
		}
		one := sqlite.Placed{Position: sqlite.Position{Position: next, At: meta.Timestamp}}
		if err := p.stream.decode(m.Subject(), m.Data(), &one); errors.Is(err, errVersion) {
			return nil, nil, fmt.Errorf("%w (position %d)", err, next)
		} else if err != nil {
			// Snug didn't write that. Every node skips it.
			p.log.Warn("the stream has a message that is none of Snug's", "position", next, "err", err)
			one.Control = &sqlite.Control{}
		}
		number, _ := numberIn(m.Headers().Get(jetstream.MsgIDHeader), p.process)
		placed, numbers = append(placed, one), append(numbers, number)
		next++
	}
	return placed, numbers, nil
}

// recover waits until the file is open again.
func (p *projector) recover(ctx context.Context) error {
	for !p.projection.committer.Recover() {
		select {
		case <-p.projection.committer.RetryTimer.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// report notes the file's new position, and reports the outcomes to the senders on this
// node.
func (p *projector) report(placed []sqlite.Placed, results []sqlite.Result, numbers []uint64) {
	p.projection.position.Store(placed[len(placed)-1].Position.Position)
	for i, r := range results {
		p.projection.noteErasure(r.Erased)
		if numbers[i] == 0 {
			continue
		}
		if waited, ok := p.pending.finish(numbers[i], r.Outcome, r.Err); ok {
			p.latency.Observe(waited.Seconds())
		}
	}
}
