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

// nickStream is a [nickStore] in a JetStream stream in memory, with one message for each
// nick that has an owner.
//
// It isn't a key-value bucket, because a bucket keeps a marker for each key that was ever
// deleted. Deleting a message by its sequence number leaves nothing behind, and the number
// makes it a compare-and-swap.
type nickStream struct {
	js         jetstream.JetStream
	self       string // this node's ID
	replicas   int
	quorum     *quorum                // observes all writes
	mayBeAlive func(node string) bool // the ownership of other nodes' members ends with their node
	opened     chan struct{}          // closed when stream is set

	mu     sync.Mutex
	stream jetstream.Stream
	lost   bool // the stream existed and has vanished
}

// The names in NATS are a protocol between nodes of different versions: they don't change.
const (
	nickStreamName = "snug-nicks"
	probeSubject   = subjectPrefix + "nick"
)

// nickOwner is the content of a nick's message.
type nickOwner struct {
	Member string   `json:"m"`
	Nodes  []string `json:"n"` // where the member is; those that are gone don't count
}

const (
	// openTimeout bounds the creation of the stream: servers that have just started
	// elect a leader first.
	openTimeout = 5 * time.Second
	// maxAttempts is how often a write is tried while others write the same nick.
	maxAttempts = 8
	// expireAfter is when the stream drops a nick whose owner hasn't been written again:
	// its node was killed.
	expireAfter = 6 * renewEvery
)

func newNickStream(js jetstream.JetStream, self string, replicas int, q *quorum, mayBeAlive func(node string) bool) *nickStream {
	return &nickStream{js: js, self: self, replicas: replicas, quorum: q, mayBeAlive: mayBeAlive, opened: make(chan struct{})}
}

func nickSubject(key nickKey) string {
	return probeSubject + "." + token(string(key.room)) + "." + token(key.nick)
}

// Open implements [nickStore].
func (s *nickStream) Open(ctx context.Context) error {
	s.mu.Lock()
	open := s.stream != nil && !s.lost
	s.mu.Unlock()
	if open {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	stream, err := s.findOrCreate(ctx)
	if err != nil {
		return fmt.Errorf("open the stream of nicks: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stream == nil {
		close(s.opened)
	}
	s.stream, s.lost = stream, false
	return nil
}

// findOrCreate returns the stream with the right configuration. Other nodes may be
// creating it at the same time.
func (s *nickStream) findOrCreate(ctx context.Context) (jetstream.Stream, error) {
	c := jetstream.StreamConfig{
		Name:              nickStreamName,
		Description:       "which nicks are whose, of members who are there", // a part of what nodes of different versions must agree on
		Subjects:          []string{probeSubject + ".>", probeSubject},
		Storage:           jetstream.MemoryStorage,
		Replicas:          s.replicas,
		MaxMsgsPerSubject: 1,
		MaxAge:            expireAfter,
	}
	stream, err := s.js.Stream(ctx, c.Name)
	switch {
	case errors.Is(err, jetstream.ErrStreamNotFound):
		return s.js.CreateStream(ctx, c) // succeeds if another node has created it just the same
	case err != nil:
		return nil, err
	}
	if is := stream.CachedInfo().Config; is.Replicas != c.Replicas || is.MaxAge != c.MaxAge {
		return s.js.UpdateStream(ctx, c)
	}
	return stream, nil
}

// wait returns the stream, as soon as it has been open once.
func (s *nickStream) wait(ctx context.Context) (jetstream.Stream, error) {
	select {
	case <-s.opened:
	case <-ctx.Done():
		return nil, errStoreClosed
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stream, nil
}

// Probe implements [nickStore].
func (s *nickStream) Probe(ctx context.Context) error {
	if err := s.Open(ctx); err != nil {
		s.quorum.observe(err)
		return err
	}
	_, err := s.js.Publish(ctx, probeSubject, nil, jetstream.WithRetryAttempts(1))
	return s.outcome("write to the stream of nicks", err)
}

// Acquire implements [nickStore].
func (s *nickStream) Acquire(ctx context.Context, key nickKey, member string, verify bool) (granted bool, err error) {
	stream, err := s.wait(ctx)
	if err != nil {
		return false, err
	}
	var last uint64 // the sequence number of the nick's message
	for range maxAttempts {
		o := nickOwner{member, []string{s.self}}
		if verify {
			var was nickOwner
			var written time.Time
			if was, last, written, err = s.read(ctx, stream, nickSubject(key)); err != nil {
				return false, err
			}
			nodes := slices.DeleteFunc(was.Nodes, func(id string) bool { return id != s.self && !s.mayBeAlive(id) })
			here := slices.Contains(nodes, s.self)
			switch {
			case last == 0:
			case was.Member != member && (len(nodes) > 1 || len(nodes) == 1 && !here):
				return false, nil
			case was.Member != member: // a member of this node, which has released it
			case here && time.Since(written) < renewEvery/2:
				return true, nil
			case here:
				o.Nodes = nodes
			default:
				o.Nodes = append(nodes, s.self)
			}
		}
		if err := s.write(ctx, nickSubject(key), &o, last); !errors.Is(err, errConflict) {
			return err == nil, err
		}
		verify = true
	}
	return false, errConflict
}

// Release implements [nickStore].
func (s *nickStream) Release(ctx context.Context, key nickKey, member string) error {
	stream, err := s.wait(ctx)
	if err != nil {
		return err
	}
	for range maxAttempts {
		was, last, _, err := s.read(ctx, stream, nickSubject(key))
		if err != nil {
			return err
		}
		if was.Member != member || !slices.Contains(was.Nodes, s.self) {
			return nil
		}
		was.Nodes = slices.DeleteFunc(was.Nodes, func(id string) bool { return id == s.self || !s.mayBeAlive(id) })
		if len(was.Nodes) > 0 {
			err = s.write(ctx, nickSubject(key), &was, last)
		} else {
			err = s.remove(ctx, stream, last)
		}
		if !errors.Is(err, errConflict) {
			return err
		}
	}
	return errConflict
}

// read returns the owner of a nick by its subject, and the sequence number and time of its message;
// last is 0 if the nick has no owner.
func (s *nickStream) read(ctx context.Context, stream jetstream.Stream, subject string) (o nickOwner, last uint64, written time.Time, err error) {
	msg, err := stream.GetLastMsgForSubject(ctx, subject)
	switch {
	case errors.Is(err, jetstream.ErrMsgNotFound):
		return o, 0, written, nil
	case err != nil:
		return o, 0, written, s.outcome("read a nick's owner", err)
	}
	_ = json.Unmarshal(msg.Data, &o) // a nick with an unreadable message has no owner
	return o, msg.Sequence, msg.Time, nil
}

// write sets the owner of a nick if last is still the number of its last message.
func (s *nickStream) write(ctx context.Context, subject string, o *nickOwner, last uint64) error {
	data, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_, err = s.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: data}, jetstream.WithExpectLastSequencePerSubject(last), jetstream.WithRetryAttempts(1))
	var refused *jetstream.APIError
	if errors.As(err, &refused) && (refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequence || refused.ErrorCode == jetstream.JSErrCodeStreamWrongLastSequenceConstant) {
		return errConflict
	}
	return s.outcome("write a nick's owner", err)
}

// remove deletes the message last of a nick.
func (s *nickStream) remove(ctx context.Context, stream jetstream.Stream, last uint64) error {
	err := stream.DeleteMsg(ctx, last)
	if errors.Is(err, jetstream.ErrMsgDeleteUnsuccessful) {
		return errConflict // it is no longer the nick's message
	}
	return s.outcome("remove a nick's owner", err)
}

// outcome notes how using the stream has ended, and returns err with its context. What
// is in memory vanishes with the servers that have it.
func (s *nickStream) outcome(doing string, err error) error {
	s.quorum.observe(err)
	if err == nil {
		return nil
	}
	if vanished(err) {
		s.mu.Lock()
		s.lost = s.stream != nil
		s.mu.Unlock()
		err = fmt.Errorf("%w: %w", errStoreLost, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func vanished(err error) bool {
	return errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, jetstream.ErrStreamNotFound)
}
