package jetstream

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"snug/internal/journal/sqlite"
)

// A node that the stream doesn't reach back to borrows a copy of another node's
// file. It asks all, on SNUG.node.offer, who has come far enough; then one of those
// that answer, on a subject of its own, for one piece after the other. So no more
// than a piece is in memory, and who has vanished is found out by the next piece.

const (
	// piece is how many bytes of a copy are in one message.
	piece = 256 << 10
	// pieceWithin is how long one is waited for, and pieceTries how often.
	pieceWithin = 3 * time.Second
	pieceTries  = 3
	// offersWithin is how long it is waited for who offers a copy.
	offersWithin = time.Second
	// loanIdle is how long a copy stays that nobody fetches pieces of.
	loanIdle = 20 * time.Second
)

// wanted asks for a copy, at a position or a later one.
type wanted struct {
	Position uint64 `json:"position"`
}

// offer answers.
type offer struct {
	Node    string `json:"node"`
	Subject string `json:"subject"` // where pieces are to be asked for
}

// pull asks for the piece of a copy at an offset; at its end it gives the copy back.
type pull struct {
	Loan   string `json:"loan"` // named by who borrows
	Offset int64  `json:"offset"`
}

// The headers of a piece.
const (
	stateHeader = "Snug-State" // making, busy, failed, or here
	sizeHeader  = "Snug-Size"
	sumHeader   = "Snug-Sum" // SHA-256 of the copy, in hex
)

// lender is the copy that is lent, if one is: one at a time.
type lender struct {
	mu     sync.Mutex
	name   string       // of the loan; empty if there is none
	copy   *sqlite.Copy // nil while it is made
	sum    string
	failed bool
	closed bool
	idle   *time.Timer
	making sync.WaitGroup
}

// lend offers copies of the file, and lends them.
func (j *Journal) lend() error {
	subject := j.name + ".node.lend." + j.process
	own, err := json.Marshal(offer{j.node, subject})
	if err != nil {
		return err
	}
	if err := j.subscribe(subject, func(m *nats.Msg) {
		var p pull
		if json.Unmarshal(m.Data, &p) == nil && p.Loan != "" {
			_ = m.RespondMsg(j.lender.serve(p, j.copyTo)) // who doesn't get it asks again
		}
	}); err != nil {
		return err
	}
	return j.subscribe(j.name+".node.offer", func(m *nats.Msg) {
		var w wanted
		if json.Unmarshal(m.Data, &w) == nil && j.position.Load() >= w.Position && !j.lost.Load() {
			_ = m.Respond(own) // likewise
		}
	})
}

// copyTo makes a copy, and says what it sums up to.
func (j *Journal) copyTo() (c *sqlite.Copy, sum string, err error) {
	if c, err = j.mender.File.Copy(j.until); err != nil {
		return nil, "", err
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(c, 0, c.Size)); err != nil {
		return nil, "", errors.Join(err, c.Close())
	}
	j.log.Info("another node takes a snapshot of the journal", "bytes", c.Size)
	return c, hex.EncodeToString(hash.Sum(nil)), nil
}

// serve answers p.
func (l *lender) serve(p pull, newCopy func() (*sqlite.Copy, string, error)) *nats.Msg {
	l.mu.Lock()
	defer l.mu.Unlock()
	answer := &nats.Msg{Header: nats.Header{}}
	switch {
	case l.closed:
		answer.Header.Set(stateHeader, "failed")
		return answer
	case l.name == "":
		l.name, l.failed = p.Loan, false
		l.idle = time.AfterFunc(loanIdle, l.forget)
		l.making.Go(func() { l.made(p.Loan, newCopy) })
		fallthrough
	case l.name == p.Loan && l.copy == nil && !l.failed:
		answer.Header.Set(stateHeader, "making")
	case l.name != p.Loan:
		answer.Header.Set(stateHeader, "busy")
		return answer
	case l.failed:
		answer.Header.Set(stateHeader, "failed")
		l.giveBack()
		return answer
	default:
		answer.Header.Set(stateHeader, "here")
		answer.Header.Set(sizeHeader, strconv.FormatInt(l.copy.Size, 10))
		answer.Header.Set(sumHeader, l.sum)
		if p.Offset >= l.copy.Size {
			l.giveBack()
			return answer
		}
		data := make([]byte, min(piece, l.copy.Size-p.Offset))
		if _, err := l.copy.ReadAt(data, p.Offset); err != nil {
			answer.Header.Set(stateHeader, "failed")
			l.giveBack()
			return answer
		}
		answer.Data = data
	}
	l.idle.Reset(loanIdle)
	return answer
}

func (l *lender) made(loan string, newCopy func() (*sqlite.Copy, string, error)) {
	c, sum, err := newCopy()
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case err != nil:
		l.failed = true
	case l.name != loan: // it took too long
		_ = c.Close() // a copy that is left is removed when the file is next opened
	default:
		l.copy, l.sum = c, sum
	}
}

// giveBack removes the copy. It needs l.mu.
func (l *lender) giveBack() {
	if l.copy != nil {
		_ = l.copy.Close() // likewise
	}
	if l.idle != nil {
		l.idle.Stop()
	}
	l.name, l.copy = "", nil
}

// forget ends a loan that nobody fetches.
func (l *lender) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.giveBack()
}

// close ends lending.
func (l *lender) close() {
	l.mu.Lock()
	l.closed = true
	l.giveBack()
	l.mu.Unlock()
	l.making.Wait()
}

// borrow fetches a copy of another node's file that has come to a position, and
// returns the name of the file that it is in, which is whole and durable. It tries
// until ctx ends.
func (j *Journal) borrow(ctx context.Context, position uint64) (fresh string, err error) {
	fresh = j.path + ".snapshot"
	var told time.Time
	for ctx.Err() == nil {
		offers, err := j.offers(ctx, position)
		for _, o := range offers {
			if err = j.fetch(ctx, o, fresh); err == nil {
				j.log.Info("a snapshot was taken from another node", "node", o.Node)
				return fresh, nil
			}
			j.log.Warn("a snapshot couldn't be taken from another node, and will be tried again", "node", o.Node, "err", err)
		}
		if len(offers) == 0 && time.Since(told) > stillEvery {
			told = time.Now()
			j.log.Warn("the journal waits for a node that has a snapshot for it: none that is there has come far enough", "position", position, "err", err)
		}
		j.pause(ctx, again)
	}
	return "", ctx.Err()
}

// offers asks who has a copy.
func (j *Journal) offers(ctx context.Context, position uint64) (all []offer, err error) {
	ask, err := json.Marshal(wanted{position})
	if err != nil {
		return nil, err
	}
	inbox := j.conn.NewInbox()
	s, err := j.conn.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer func() { _ = s.Unsubscribe() }() // it fails only if the connection is closed
	if err := j.conn.PublishRequest(j.name+".node.offer", inbox, ask); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, offersWithin)
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

// fetch writes the copy of one node to the file fresh.
func (j *Journal) fetch(ctx context.Context, o offer, fresh string) (err error) {
	file, err := os.OpenFile(fresh, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = errors.Join(err, os.Remove(fresh))
		}
	}()
	p := pull{Loan: rand.Text()}
	hash := sha256.New()
	for {
		m, err := j.pull(ctx, o.Subject, p)
		if err != nil {
			return err
		}
		switch state := m.Header.Get(stateHeader); state {
		case "making":
			j.pause(ctx, again)
			continue
		case "here":
		default:
			return fmt.Errorf("its copy is %q", state)
		}
		size, err := strconv.ParseInt(m.Header.Get(sizeHeader), 10, 64)
		if err != nil {
			return fmt.Errorf("the copy's size: %w", err)
		}
		if p.Offset >= size { // it was given back
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

// pull asks for one piece.
func (j *Journal) pull(ctx context.Context, subject string, p pull) (m *nats.Msg, err error) {
	ask, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	for range pieceTries {
		within, cancel := context.WithTimeout(ctx, pieceWithin)
		m, err = j.conn.RequestWithContext(within, subject, ask)
		cancel()
		if err == nil || ctx.Err() != nil || errors.Is(err, nats.ErrNoResponders) {
			return m, err
		}
	}
	return nil, err
}
