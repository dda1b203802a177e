package jetstream

import (
	"context"
	"encoding/base32"
	"encoding/hex"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"snug/internal/journal/sqlite"
)

const (
	// apiTimeout is how long a request waits for JetStream's answer.
	apiTimeout = 2 * time.Second
	// repeatWindow is how long JetStream recognises a message by its ID. Only a NATS
	// client that retries publishes a message twice.
	repeatWindow = 2 * unknownAfter
	// incarnationKey is the key of the incarnation, in hex, in the stream's metadata.
	incarnationKey = "snug-incarnation"
)

// stream is the JetStream stream of the log, over the caller's connection. It is safe for
// concurrent use.
type stream struct {
	conn     *nats.Conn
	js       jetstream.JetStream
	name     string
	replicas int

	last atomic.Uint64 // the seq of the stream's last message when the keeper last looked
}

// info asks the stream's leader for the stream's state.
func (s *stream) info(ctx context.Context) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	found, err := s.js.Stream(ctx, s.name)
	if err != nil {
		return nil, err
	}
	return found.CachedInfo(), nil // it is from just now
}

// create creates the stream. Its first message gets the seq after position.
func (s *stream) create(ctx context.Context, position uint64, incarnation [16]byte) error {
	ctx, cancel := context.WithTimeout(ctx, 5*apiTimeout)
	defer cancel()
	_, err := s.js.CreateStream(ctx, jetstream.StreamConfig{
		Name:        s.name,
		Description: "the log of Snug's rooms: what is removed from it by hand is lost to nodes that don't have it yet",
		Subjects:    []string{s.name + ".room.*", s.controlSubject()},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardNew,
		Storage:     jetstream.FileStorage,
		Replicas:    s.replicas,
		Duplicates:  repeatWindow,
		DenyDelete:  true, // deleting one message would leave a hole
		FirstSeq:    position + 1,
		Metadata:    map[string]string{incarnationKey: hex.EncodeToString(incarnation[:])},
	})
	return err
}

// newConsumer returns a consumer that begins after a position.
func (s *stream) newConsumer(ctx context.Context, position uint64) (jetstream.Consumer, error) {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	return s.js.CreateConsumer(ctx, s.name, jetstream.ConsumerConfig{
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       position + 1,
		AckPolicy:         jetstream.AckNonePolicy,
		InactiveThreshold: consumerTTL,
		MemoryStorage:     true,
		Replicas:          1,
	})
}

// purge removes the messages up to seq. It returns how many messages are left, and the
// first one.
func (s *stream) purge(ctx context.Context, seq uint64) (left, first uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*apiTimeout)
	defer cancel()
	found, err := s.js.Stream(ctx, s.name)
	if err != nil {
		return 0, 0, err
	}
	if err := found.Purge(ctx, jetstream.WithPurgeSequence(seq+1)); err != nil {
		return 0, 0, err
	}
	info, err := found.Info(ctx)
	if err != nil {
		return 0, 0, err
	}
	return info.State.Msgs, info.State.FirstSeq, nil
}

func incarnationOf(info *jetstream.StreamInfo) (incarnation [16]byte, err error) {
	if n, err := hex.Decode(incarnation[:], []byte(info.Config.Metadata[incarnationKey])); err != nil || n != len(incarnation) {
		return incarnation, fmt.Errorf("the stream has no %s in its metadata: Snug didn't create it", incarnationKey)
	}
	return incarnation, nil
}

// All subjects begin with the stream's name. The stream has these:
//
//	SNUG.room.CODE   drafts, CODE in base32, because . * and > are special in subjects
//	SNUG.control     controls
//
// Nodes also talk to each other on subjects that are not in the stream, SNUG.node.…: see
// nodes.go, lend.go, spread.go and sharer.go.
var codes = base32.HexEncoding.WithPadding(base32.NoPadding)

func (s *stream) roomSubject(code string) string {
	return s.name + ".room." + codes.EncodeToString([]byte(code))
}

func (s *stream) controlSubject() string { return s.name + ".control" }

// decode reads a message of the stream into placed, except for its position.
func (s *stream) decode(subject string, data []byte, placed *sqlite.Placed) error {
	if subject == s.controlSubject() {
		return decodeControl(data, placed)
	}
	token, ok := strings.CutPrefix(subject, s.name+".room.")
	if !ok {
		return fmt.Errorf("its subject is %q", subject)
	}
	code, err := codes.DecodeString(token)
	if err != nil {
		return err
	}
	return decodeDraft(string(code), data, placed)
}
