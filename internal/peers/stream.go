package peers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// keptIn is the stream that the nicks are kept in: one message for each that is
// somebody's. It is safe for concurrent use.
//
// It isn't a KV bucket, because that keeps a mark for each key that was ever
// deleted; a message that is removed by its number leaves nothing, and the number
// makes that a compare-and-swap, too.
type keptIn struct {
	mesh     *Network
	replicas int
	there    chan struct{} // closed when stream is set

	streamMu sync.Mutex
	stream   jetstream.Stream
	missing  bool // it was there, and has gone
}

// owner is what the stream has of a nick.
type owner struct {
	Member string   `json:"m"`
	Nodes  []string `json:"n"` // on which it is; those that are gone don't count
}

// openWithin bounds how long it takes to make the stream: servers that have just
// started choose who leads.
const openWithin = 5 * time.Second

// attempts bounds how often a write is tried while others write the same.
const attempts = 8

func (s *keptIn) subject(at place) string {
	return s.mesh.subject("nick." + token(string(at.room)) + "." + token(at.key))
}

// open makes the stream if it isn't there.
func (s *keptIn) open(ctx context.Context) error {
	s.streamMu.Lock()
	open := s.stream != nil && !s.missing
	s.streamMu.Unlock()
	if open {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	stream, err := s.find(ctx)
	if err != nil {
		return fmt.Errorf("open the stream of nicks: %w", err)
	}
	s.streamMu.Lock()
	defer s.streamMu.Unlock()
	if s.stream == nil {
		close(s.there)
	}
	s.stream, s.missing = stream, false
	return nil
}

// find returns the stream as it is to be. Other nodes may be making it.
func (s *keptIn) find(ctx context.Context) (jetstream.Stream, error) {
	c := jetstream.StreamConfig{
		Name:              s.mesh.prefix + "-nicks",
		Description:       "which nicks are whose, of members who are there",
		Subjects:          []string{s.mesh.subject("nick.>"), s.mesh.subject("nick")},
		Storage:           jetstream.MemoryStorage,
		Replicas:          s.replicas,
		MaxMsgsPerSubject: 1,
		MaxAge:            forgetAfter,
	}
	stream, err := s.mesh.js.Stream(ctx, c.Name)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return s.mesh.js.CreateStream(ctx, c) // as it is, if it has been made the same meanwhile
	case err != nil:
		return nil, err
	}
	if is := stream.CachedInfo().Config; is.Replicas != c.Replicas || is.MaxAge != c.MaxAge {
		return s.mesh.js.UpdateStream(ctx, c)
	}
	return stream, nil
}

// opened returns the stream, for which it waits if it was never there.
func (s *keptIn) opened(ctx context.Context) (jetstream.Stream, error) {
	select {
	case <-s.there:
	case <-ctx.Done():
		return nil, errNoStream
	}
	s.streamMu.Lock()
	defer s.streamMu.Unlock()
	return s.stream, nil
}

// try writes something, to see whether a majority is there. It makes the stream if it
// isn't there.
func (s *keptIn) try(ctx context.Context) error {
	if err := s.open(ctx); err != nil {
		s.mesh.nicks.written(err)
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, claimWithin)
	defer cancel()
	_, err := s.mesh.js.Publish(ctx, s.mesh.subject("nick"), nil, jetstream.WithRetryAttempts(1))
	s.mesh.nicks.written(err)
	s.note(err)
	return err
}

// take makes a nick a member's, unless it is another's. With look it reads first who
// has it: so it costs less where it is the member's already.
func (s *keptIn) take(ctx context.Context, at place, member string, look bool) (granted bool, err error) {
	stream, err := s.opened(ctx)
	if err != nil {
		return false, err
	}
	var after uint64
	for range attempts {
		o := owner{member, []string{s.mesh.self}}
		if look {
			var was owner
			var since time.Time
			if was, after, since, err = s.read(ctx, stream, at); err != nil {
				return false, err
			}
			nodes := slices.DeleteFunc(was.Nodes, func(id string) bool { return id != s.mesh.self && !s.mesh.maybeAlive(id) })
			mine := slices.Contains(nodes, s.mesh.self)
			switch {
			case after == 0:
			case was.Member != member && (len(nodes) > 1 || len(nodes) == 1 && !mine):
				return false, nil
			case was.Member != member: // one of this node's, which has let go of it
			case mine && time.Since(since) < refreshEvery/2:
				return true, nil
			case mine:
				o.Nodes = nodes
			default:
				o.Nodes = append(nodes, s.mesh.self)
			}
		}
		if err := s.write(ctx, at, &o, after); !errors.Is(err, errOvertaken) {
			return err == nil, err
		}
		look = true
	}
	return false, errOvertaken
}

// give takes a member of this node from a nick.
func (s *keptIn) give(ctx context.Context, at place, member string) error {
	stream, err := s.opened(ctx)
	if err != nil {
		return err
	}
	for range attempts {
		was, after, _, err := s.read(ctx, stream, at)
		if err != nil {
			return err
		}
		if was.Member != member || !slices.Contains(was.Nodes, s.mesh.self) {
			return nil
		}
		was.Nodes = slices.DeleteFunc(was.Nodes, func(id string) bool { return id == s.mesh.self || !s.mesh.maybeAlive(id) })
		if len(was.Nodes) > 0 {
			err = s.write(ctx, at, &was, after)
		} else {
			err = stream.DeleteMsg(ctx, after)
			var refused *jetstream.APIError
			if errors.As(err, &refused) && !isGone(err) {
				continue // it is another message by now
			}
			s.note(err)
		}
		if !errors.Is(err, errOvertaken) {
			return err
		}
	}
	return errOvertaken
}

// read returns who has a nick, by which message, since when; after 0 if it is
// nobody's.
func (s *keptIn) read(ctx context.Context, stream jetstream.Stream, at place) (was owner, after uint64, since time.Time, err error) {
	msg, err := stream.GetLastMsgForSubject(ctx, s.subject(at))
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return was, 0, since, nil
	case err != nil:
		s.mesh.nicks.written(err)
		s.note(err)
		return was, 0, since, fmt.Errorf("look up a nick: %w", err)
	}
	_ = json.Unmarshal(msg.Data, &was) // what can't be read is nobody's
	return was, msg.Sequence, msg.Time, nil
}

// errNoStream says that the nicks can't be kept anywhere.
var errNoStream = errors.New("the stream of nicks isn't there")

// errOvertaken says that another has written meanwhile.
var errOvertaken = errors.New("others take the same nick at the same moment")

// write writes who has a nick, if the message after is the last one about it.
func (s *keptIn) write(ctx context.Context, at place, o *owner, after uint64) error {
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_, err = s.mesh.js.PublishMsg(ctx, &nats.Msg{Subject: s.subject(at), Data: data}, jetstream.WithExpectLastSequencePerSubject(after), jetstream.WithRetryAttempts(1))
	var refused *jetstream.APIError
	switch {
	case err == nil:
		s.mesh.nicks.written(nil)
		return nil
	case errors.As(err, &refused) && (refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant):
		return errOvertaken
	}
	s.mesh.nicks.written(err)
	s.note(err)
	return fmt.Errorf("write a nick: %w", err)
}

// note notes that the stream isn't there any more: it is in memory, and goes with
// its servers. Then it is made anew, and who goes by a nick takes it anew.
func (s *keptIn) note(err error) {
	if !isGone(err) {
		return
	}
	s.streamMu.Lock()
	first := s.stream != nil && !s.missing
	s.missing = s.stream != nil
	s.streamMu.Unlock()
	if first {
		s.mesh.nicks.recheck()
	}
}

func isGone(err error) bool {
	return errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, jetstream.ErrStreamNotFound)
}
