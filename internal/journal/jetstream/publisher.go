package jetstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"snug/internal/journal"
	"snug/internal/journal/sqlite"
)

const (
	// queueSize bounds the drafts that wait for the publisher; Append waits when there
	// are more.
	queueSize = 4096
	// maxPending bounds the drafts that are published and not projected yet.
	maxPending = 4096
	// unknownAfter is how long after it was published a draft's outcome counts as
	// unknown.
	unknownAfter = 5 * time.Second
	// expireEvery is the pause between two checks for such drafts.
	expireEvery = 100 * time.Millisecond
)

// request is a draft or a control on its way to the stream.
type request struct {
	draft journal.Draft
	cuts  []sqlite.Cut // of a control; nil for a draft
	done  journal.Done
}

// publisher puts the queued drafts into the stream, in order and without waiting for each.
// It owns its goroutine (run) and its number; the rest is safe for concurrent use.
type publisher struct {
	stream     *stream
	projection *projection
	pending    *pending
	log        *slog.Logger

	queue   *journal.Queue[request]
	process string        // names this use of the journal
	inbox   string        // the subject that acks come to
	timeout time.Duration // usually unknownAfter
	number  uint64        // of the last published draft

	rejected atomic.Int64 // when a draft was last refused or not projected in time, in UnixNano
	done     chan struct{}
}

func newPublisher(s *stream, p *projection, waiting *pending, process string, timeout time.Duration, log *slog.Logger) *publisher {
	return &publisher{
		stream: s, projection: p, pending: waiting, log: log,
		queue: journal.NewQueue[request](queueSize), process: process, inbox: s.conn.NewInbox(), timeout: timeout,
		done: make(chan struct{}),
	}
}

// run is the publisher's goroutine. It ends when the queue is closed and empty, and every
// pending draft has its outcome.
func (p *publisher) run() {
	defer close(p.done)
	expire := time.NewTicker(expireEvery)
	defer expire.Stop()
	queue := p.queue.C
	for queue != nil || p.pending.len() > 0 {
		next := queue
		if p.pending.len() >= maxPending {
			next = nil
		}
		select {
		case r, open := <-next:
			if !open {
				queue = nil
				continue
			}
			p.publish(r)
		case <-p.pending.freed:
		case <-expire.C:
			if p.pending.expire(time.Now().Add(-p.timeout)) > 0 {
				p.rejected.Store(time.Now().UnixNano())
			}
		}
	}
}

// publish publishes one draft or control. If that fails, its sender gets the error.
func (p *publisher) publish(r request) {
	if p.projection.committer.Broken() || p.projection.lost.Load() {
		// The stream would accept it, and each repeat too, but no client of this node
		// would see it.
		r.done(journal.Outcome{}, journal.ErrUnavailable)
		return
	}
	subject, data, err := p.encode(&r)
	if err != nil {
		r.done(journal.Outcome{}, fmt.Errorf("%w: %w", journal.ErrUnavailable, err))
		return
	}
	p.number++
	p.pending.add(p.number, r.draft.Began, r.done)
	m := &nats.Msg{
		Subject: subject, Data: data,
		Reply:  p.inbox + "." + strconv.FormatUint(p.number, 36),
		Header: nats.Header{jetstream.MsgIDHeader: {messageID(p.process, p.number)}},
	}
	if err := p.stream.conn.PublishMsg(m); err != nil {
		p.reject(p.number, err)
	}
}

func (p *publisher) encode(r *request) (subject string, data []byte, err error) {
	if r.cuts != nil {
		data, err = encodeControl(nil, r.cuts)
		return p.stream.controlSubject(), data, err
	}
	var digest *journal.Digest
	if r.draft.Once && r.draft.DedupBody != nil {
		digest = new(p.projection.file().Digest(&r.draft))
	}
	data, err = encodeDraft(&r.draft, digest)
	return p.stream.roomSubject(r.draft.Room), data, err
}

// onAck handles the stream's answer to a draft. Only a refusal matters: the projector sees
// which drafts are in the stream.
func (p *publisher) onAck(m *nats.Msg) {
	var err error
	switch {
	case m.Header.Get("Status") == "503":
		err = nats.ErrNoResponders
	case bytes.Contains(m.Data, []byte(`"error"`)):
		var ack struct {
			Error *jetstream.APIError `json:"error"`
		}
		if bad := json.Unmarshal(m.Data, &ack); bad != nil || ack.Error == nil {
			return
		}
		err = errors.New(ack.Error.Description)
	default:
		return
	}
	number, bad := strconv.ParseUint(m.Subject[strings.LastIndexByte(m.Subject, '.')+1:], 36, 64)
	if bad == nil {
		p.reject(number, err)
	}
}

// reject tells the sender of a draft that the draft may not be in the stream.
func (p *publisher) reject(number uint64, err error) {
	if _, ok := p.pending.finish(number, journal.Outcome{}, fmt.Errorf("%w: %w", journal.ErrUnavailable, err)); ok {
		p.rejected.Store(time.Now().UnixNano())
		p.log.Debug("the stream has refused a message", "err", err)
	}
}

// pruneStep publishes cuts, and waits until this node's file has them.
func (p *publisher) pruneStep(ctx context.Context, cuts []sqlite.Cut) error {
	outcome := make(chan error, 1)
	err := p.queue.Put(ctx, request{cuts: cuts, done: func(_ journal.Outcome, err error) { outcome <- err }})
	if err != nil {
		return err
	}
	return <-outcome
}
