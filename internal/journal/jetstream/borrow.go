package jetstream

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

const (
	// pieceTimeout is how long a request for a piece waits for the answer, and pieceTries
	// how often it is sent.
	pieceTimeout = 3 * time.Second
	pieceTries   = 3
	// offersTimeout is how long a borrower waits for offers.
	offersTimeout = time.Second
)

// borrower fetches a copy of another node's file. It is for one goroutine.
type borrower struct {
	stream *stream
	log    *slog.Logger
	path   string // of the file to write the copy to
}

// borrow fetches a copy that has come to a position, or further, and returns the name of
// the file that it is in. The file is complete and durable. borrow tries until ctx ends.
func (b *borrower) borrow(ctx context.Context, position uint64) (path string, err error) {
	var warned time.Time
	for ctx.Err() == nil {
		offers, err := b.offers(ctx, position)
		for _, o := range offers {
			if err = b.fetch(ctx, o); err == nil {
				b.log.Info("a snapshot was taken from another node", "node", o.Node)
				return b.path, nil
			}
			b.log.Warn("a snapshot couldn't be taken from another node; will try again", "node", o.Node, "err", err)
		}
		if len(offers) == 0 && time.Since(warned) > warnEvery {
			warned = time.Now()
			b.log.Warn("the journal waits for a node that has a snapshot for it: none that is there has come far enough", "position", position, "err", err)
		}
		sleep(ctx, retryEvery)
	}
	return "", ctx.Err()
}

// offers asks all nodes for a copy, and returns the offers that come within offersTimeout.
func (b *borrower) offers(ctx context.Context, position uint64) (all []offer, err error) {
	ask, err := json.Marshal(wanted{position})
	if err != nil {
		return nil, err
	}
	inbox := b.stream.conn.NewInbox()
	s, err := b.stream.conn.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Unsubscribe() }() // it fails only if the connection is closed
	if err := b.stream.conn.PublishRequest(b.stream.name+".node.offer", inbox, ask); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, offersTimeout)
	defer cancel()
	for {
		m, err := s.NextMsgWithContext(ctx)
		if err != nil {
			return all, nil // the time is over
		}
		var o offer
		if json.Unmarshal(m.Data, &o) == nil && o.Subject != "" {
			all = append(all, o)
		}
	}
}

// fetch writes the copy that a node offers to the file.
func (b *borrower) fetch(ctx context.Context, o offer) (err error) {
	file, err := os.OpenFile(b.path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = errors.Join(err, os.Remove(b.path))
		}
	}()
	p := pull{Loan: rand.Text()}
	hash := sha256.New()
	for {
		m, err := b.pull(ctx, o.Subject, p)
		if err != nil {
			return err
		}
		switch state := m.Header.Get(stateHeader); state {
		case stateMaking:
			sleep(ctx, retryEvery)
			continue
		case stateHere:
		default:
			return fmt.Errorf("the state of its copy is %q", state)
		}
		size, err := strconv.ParseInt(m.Header.Get(sizeHeader), 10, 64)
		if err != nil {
			return fmt.Errorf("the copy's size: %w", err)
		}
		if p.Offset >= size { // this pull gave the copy back
			if sum := hex.EncodeToString(hash.Sum(nil)); sum != m.Header.Get(sumHeader) {
				return fmt.Errorf("its copy came as %s and should be %s", sum, m.Header.Get(sumHeader))
			}
			return file.Sync()
		}
		if len(m.Data) == 0 {
			return errors.New("a piece of its copy is empty")
		}
		hash.Write(m.Data)
		if _, err := file.Write(m.Data); err != nil {
			return err
		}
		p.Offset += int64(len(m.Data))
	}
}

// pull requests one piece.
func (b *borrower) pull(ctx context.Context, subject string, p pull) (m *nats.Msg, err error) {
	ask, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	return requestPiece(ctx, b.stream.conn, subject, ask)
}

// requestPiece sends a request for a piece, again if no answer comes.
func requestPiece(ctx context.Context, conn *nats.Conn, subject string, ask []byte) (m *nats.Msg, err error) {
	for range pieceTries {
		trying, cancel := context.WithTimeout(ctx, pieceTimeout)
		m, err = conn.RequestWithContext(trying, subject, ask)
		cancel()
		if err == nil || ctx.Err() != nil || errors.Is(err, nats.ErrNoResponders) {
			return m, err
		}
	}
	return nil, err
}
