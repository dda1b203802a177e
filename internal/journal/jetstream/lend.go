package jetstream

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"snug/internal/journal/sqlite"
)

// A node whose file the stream doesn't reach back to borrows a copy of another node's file.
// It asks all nodes, on SNUG.node.offer, which have come far enough. Then it asks one of
// those that answer, on the subject in the answer, for one piece after the other. So only
// one piece is in memory at a time, and a node that has gone is noticed at the next piece.

const (
	// pieceBytes is how much of a copy is in one message.
	pieceBytes = 256 << 10
	// loanIdle is how long a copy is kept after its last piece was fetched.
	loanIdle = 20 * time.Second
)

// wanted asks for a copy that has come to a position, or further.
type wanted struct {
	Position uint64 `json:"position"`
}

// offer is the answer of a node that has one.
type offer struct {
	Node    string `json:"node"`
	Subject string `json:"subject"` // for requests of pieces
}

// pull asks for the piece of a copy at an offset. The offset of its end gives the copy
// back.
type pull struct {
	Loan   string `json:"loan"` // a name that the borrower chooses
	Offset int64  `json:"offset"`
}

// The headers of the answer to a pull.
const (
	stateHeader = "Snug-State" // one of the states below
	sizeHeader  = "Snug-Size"  // of the copy, in bytes
	sumHeader   = "Snug-Sum"   // SHA-256 of the copy, in hex
)

// The states of a loan.
const (
	stateMaking = "making" // the copy is being made: ask again
	stateBusy   = "busy"   // another loan is open
	stateFailed = "failed" // there is no copy
	stateHere   = "here"   // the message has the piece
)

// lender lends copies of the projection to other nodes, one at a time. It is safe for
// concurrent use.
type lender struct {
	stream     *stream
	projection *projection
	log        *slog.Logger

	mu     sync.Mutex
	loan   string       // empty if there is no loan
	copy   *sqlite.Copy // nil while it is made
	sum    string       // SHA-256 of copy, in hex
	failed bool         // making the copy has failed
	closed bool
	idle   *time.Timer // ends the loan
	making sync.WaitGroup
}

// serve offers and lends copies until j is closed. Making a copy ends with ctx.
func (l *lender) serve(ctx context.Context, j *Journal, node string) error {
	subject := l.stream.name + ".node.lend." + j.publisher.process
	own, err := json.Marshal(offer{node, subject})
	if err != nil {
		return err
	}
	if err := j.subscribe(subject, func(m *nats.Msg) {
		var p pull
		if json.Unmarshal(m.Data, &p) == nil && p.Loan != "" {
			_ = m.RespondMsg(l.answer(ctx, p)) // a borrower without an answer asks again
		}
	}); err != nil {
		return err
	}
	return j.subscribe(l.stream.name+".node.offer", func(m *nats.Msg) {
		var w wanted
		if json.Unmarshal(m.Data, &w) == nil && l.projection.position.Load() >= w.Position && !l.projection.lost.Load() {
			_ = m.Respond(own) // a borrower without an answer asks again
		}
	})
}

// answer returns the answer to p. It begins a loan if there is none.
func (l *lender) answer(ctx context.Context, p pull) *nats.Msg {
	l.mu.Lock()
	defer l.mu.Unlock()
	answer := &nats.Msg{Header: nats.Header{}}
	state := func(s string) *nats.Msg {
		answer.Header.Set(stateHeader, s)
		return answer
	}
	switch {
	case l.closed:
		return state(stateFailed)
	case l.loan == "":
		l.loan, l.failed = p.Loan, false
		l.idle = time.AfterFunc(loanIdle, l.forget)
		l.making.Go(func() { l.makeCopy(ctx, p.Loan) })
		return state(stateMaking)
	case l.loan != p.Loan:
		return state(stateBusy)
	case l.failed:
		l.end()
		return state(stateFailed)
	case l.copy == nil:
		l.idle.Reset(loanIdle)
		return state(stateMaking)
	}
	answer.Header.Set(sizeHeader, strconv.FormatInt(l.copy.Size, 10))
	answer.Header.Set(sumHeader, l.sum)
	if p.Offset >= l.copy.Size {
		l.end()
		return state(stateHere)
	}
	data := make([]byte, min(pieceBytes, l.copy.Size-p.Offset))
	if _, err := l.copy.ReadAt(data, p.Offset); err != nil {
		l.end()
		return state(stateFailed)
	}
	answer.Data = data
	l.idle.Reset(loanIdle)
	return state(stateHere)
}

// makeCopy makes the copy of a loan.
func (l *lender) makeCopy(ctx context.Context, loan string) {
	c, sum, err := l.newCopy(ctx)
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil:
		l.failed = true
	case l.loan != loan: // the loan has ended meanwhile
		_ = c.Close() // opening the log removes a copy that is left
	default:
		l.copy, l.sum = c, sum
	}
}

// newCopy makes a copy of the file and computes its checksum.
func (l *lender) newCopy(ctx context.Context) (c *sqlite.Copy, sum string, err error) {
	if c, err = l.projection.file().Copy(ctx); err != nil {
		return nil, "", err
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(c, 0, c.Size)); err != nil {
		return nil, "", errors.Join(err, c.Close())
	}
	l.log.Info("another node takes a snapshot of the journal", "bytes", c.Size)
	return c, hex.EncodeToString(hash.Sum(nil)), nil
}

// end ends the loan and removes the copy. The caller holds l.mu.
func (l *lender) end() {
	if l.copy != nil {
		_ = l.copy.Close() // opening the log removes a copy that is left
	}
	if l.idle != nil {
		l.idle.Stop()
	}
	l.loan, l.copy = "", nil
}

// forget ends a loan whose pieces nobody fetches.
func (l *lender) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.end()
}

// close ends lending, and waits until no copy is being made.
func (l *lender) close() {
	l.mu.Lock()
	l.closed = true
	l.end()
	l.mu.Unlock()
	l.making.Wait()
}
