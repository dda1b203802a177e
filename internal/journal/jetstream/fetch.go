package jetstream

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"

	"snug/internal/journal"
)

// findTimeout is how long nodes have to say that they have a file.
const findTimeout = time.Second

// errElsewhere says that no node that is there has a file.
var errElsewhere = errors.New("no node that is there has the file")

// fetching is a file that is being fetched.
type fetching struct {
	done chan struct{} // closed when err is set
	err  error
}

// fetch fetches a file of the log from any node that has it, until ctx ends.
func (s *sharer) fetch(ctx context.Context, f *journal.File) error {
	subjects, err := s.find(ctx, wantedOf(f))
	if err == nil && len(subjects) == 0 {
		err = errElsewhere
	}
	if err == nil {
		err = s.fetchOnce(ctx, wantedOf(f), subjects)
	}
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
	}
	return err
}

// find returns the subjects of nodes that have a file. It returns with the first answer, and
// those that have come by then.
func (s *sharer) find(ctx context.Context, w wantedFile) (subjects []string, err error) {
	ask, err := json.Marshal(w)
	if err != nil {
		return nil, err
	}
	inbox := s.stream.conn.NewInbox()
	answers, err := s.stream.conn.SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer func() { _ = answers.Unsubscribe() }() // it fails only if the connection is closed
	if err := s.stream.conn.PublishRequest(s.stream.name+".node.file.find", inbox, ask); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, findTimeout)
	defer cancel()
	for {
		m, err := answers.NextMsgWithContext(ctx)
		if err != nil {
			return subjects, nil // the time is over
		}
		var f found
		if json.Unmarshal(m.Data, &f) != nil || f.Subject == "" || f.Subject == s.subject {
			continue
		}
		subjects = append(subjects, f.Subject)
		if pending, _, err := answers.Pending(); err != nil || pending == 0 {
			return subjects, nil
		}
	}
}

// fetchOnce returns when a file is in the directory. It fetches the file from one of several
// nodes, unless somebody does already. When ctx ends, it returns, and the file is fetched
// nevertheless.
func (s *sharer) fetchOnce(ctx context.Context, w wantedFile, subjects []string) error {
	s.mu.Lock()
	f := s.fetching[w.ID]
	if f == nil {
		f = &fetching{done: make(chan struct{})}
		if s.running == nil || s.running.Err() != nil {
			s.mu.Unlock()
			return journal.ErrClosed
		}
		s.fetching[w.ID] = f
		s.working.Go(func() {
			f.err = s.fetchFromAny(s.running, w, subjects)
			s.mu.Lock()
			delete(s.fetching, w.ID)
			s.mu.Unlock()
			close(f.done)
		})
	}
	s.mu.Unlock()
	select {
	case <-f.done:
		return f.err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *sharer) fetchFromAny(ctx context.Context, w wantedFile, subjects []string) (err error) {
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.directory.Has(w.ID) {
		return nil
	}
	for _, subject := range subjects {
		if err = s.fetchFrom(ctx, w, subject); err == nil || ctx.Err() != nil {
			break
		}
	}
	return err
}

// fetchFrom fetches a file from a node.
func (s *sharer) fetchFrom(ctx context.Context, w wantedFile, subject string) error {
	u, err := s.directory.Fetch(w.ID)
	if err != nil {
		return err
	}
	defer u.Discard() // does nothing if it was placed
	for u.Size() < w.Size {
		m, err := s.pull(ctx, subject, part{w.ID, u.Size()})
		switch {
		case err != nil:
			return err
		case m.Header.Get(stateHeader) != stateHere:
			return errElsewhere
		case m.Header.Get(sizeHeader) != strconv.FormatInt(w.Size, 10) || len(m.Data) == 0 || int64(len(m.Data)) > w.Size-u.Size():
			return errors.New("the file of the other node has another size")
		}
		if _, err := u.Write(m.Data); err != nil {
			return err
		}
	}
	digest, err := u.Digest()
	if err != nil {
		return err
	}
	if hex.EncodeToString(digest[:]) != w.Digest {
		return errors.New("the file of the other node is another one, or damaged")
	}
	return u.Place()
}

// pull requests one piece.
func (s *sharer) pull(ctx context.Context, subject string, p part) (m *nats.Msg, err error) {
	ask, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	return requestPiece(ctx, s.stream.conn, subject, ask)
}
