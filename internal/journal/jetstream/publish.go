package jetstream

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"snug/internal/journal"
	"snug/internal/journal/sqlite"
)

const (
	// inFlight bounds what is published and isn't projected yet.
	inFlight = 4096
	// unknownAfter is how long a draft is waited for, unless Options say otherwise.
	unknownAfter = 5 * time.Second
	// expireEvery is how often that is looked after.
	expireEvery = 100 * time.Millisecond
)

// request is a draft or a control on its way to the stream.
type request struct {
	draft journal.Draft
	cuts  []sqlite.Cut // of a control; nil for a draft
	done  journal.Done
}

// publish is the publisher: it puts what waits into the stream, in order, without
// waiting for each, and tells those of an unknown outcome. It ends when the queue is
// closed and empty and nobody waits any more.
func (j *Journal) publish() {
	defer close(j.published)
	look := time.NewTicker(expireEvery)
	defer look.Stop()
	queue := j.queue.C
	for queue != nil || j.waiting.len() > 0 {
		take := queue
		if j.waiting.len() >= inFlight {
			take = nil
		}
		select {
		case r, open := <-take:
			if !open {
				queue = nil
				continue
			}
			j.send(r)
		case <-j.waiting.freed:
		case <-look.C:
			if j.waiting.expire(time.Now().Add(-j.within)) > 0 {
				j.stuck.Store(time.Now().UnixNano())
			}
		}
	}
}

// send publishes one. Whatever fails, whoever waits is told.
func (j *Journal) send(r request) {
	if j.mender.Broken() || j.lost.Load() {
		// The stream would take it, and again with each try, and nobody here see it.
		r.done(journal.Outcome{}, journal.ErrUnavailable)
		return
	}
	subject, data, err := j.encode(&r)
	if err != nil {
		r.done(journal.Outcome{}, fmt.Errorf("%w: %w", journal.ErrUnavailable, err))
		return
	}
	j.number++
	j.waiting.add(j.number, r.done)
	m := &nats.Msg{
		Subject: subject, Data: data,
		Reply:  j.inbox + "." + strconv.FormatUint(j.number, 36),
		Header: nats.Header{jetstream.MsgIDHeader: {messageID(j.process, j.number)}},
	}
	if err := j.conn.PublishMsg(m); err != nil {
		j.refused(j.number, err)
	}
}

func (j *Journal) encode(r *request) (subject string, data []byte, err error) {
	if r.cuts != nil {
		data, err = encodeControl(nil, r.cuts)
		return j.controlSubject(), data, err
	}
	var digest *journal.Digest
	if r.draft.Once && r.draft.DedupBody != nil {
		digest = new(j.mender.File.Digest(&r.draft))
	}
	data, err = encodeDraft(&r.draft, digest)
	return j.roomSubject(r.draft.Room), data, err
}

// acked hears what the stream says of one. Only a refusal matters: that one is in the
// stream is seen when it is projected.
func (j *Journal) acked(m *nats.Msg) {
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
		j.refused(number, err)
	}
}

// refused tells who waits for one that it may not be in the stream.
func (j *Journal) refused(number uint64, err error) {
	if _, ok := j.waiting.tell(number, journal.Outcome{}, fmt.Errorf("%w: %w", journal.ErrUnavailable, err)); ok {
		j.stuck.Store(time.Now().UnixNano())
		j.log.Debug("the stream hasn't taken a message", "err", err)
	}
}

// step publishes cuts, and waits until they are made here.
func (j *Journal) step(ctx context.Context, cuts []sqlite.Cut) error {
	told := make(chan error, 1)
	err := j.queue.Put(ctx, request{cuts: cuts, done: func(_ journal.Outcome, err error) { told <- err }})
	if err != nil {
		return err
	}
	return <-told
}
