package jetstream

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"snug/internal/journal"
)

// A file is recorded in the log only when enough nodes have it durably. The node that stores
// it asks all nodes, on SNUG.node.file.take, to fetch it. Each of them fetches it on the
// subject in the request, piece by piece, and answers when it has it.

// take asks a node to fetch a file.
type take struct {
	wantedFile
	Subject string `json:"subject"` // for requests of pieces; the asking node's own
}

// wantedFile names a file that is to be fetched.
type wantedFile struct {
	ID     string `json:"id"`
	Size   int64  `json:"size"`
	Digest string `json:"digest"` // SHA-256 in hex
}

func wantedOf(f *journal.File) wantedFile {
	return wantedFile{f.ID, f.Size, hex.EncodeToString(f.Digest[:])}
}

// taken is the answer of a node that was asked to fetch a file.
type taken struct {
	Node string `json:"node"`
	Full bool   `json:"full,omitempty"` // it has no space for it
}

const (
	// askEvery is the pause before nodes are asked again to fetch a file.
	askEvery = 5 * time.Second
	// spreadFor is how long a file is offered to other nodes, plus the time that it takes
	// to fetch it at spreadRate bytes a second.
	spreadFor  = 10 * time.Second
	spreadRate = 1 << 20
)

// needed returns on how many nodes a file must be before it is recorded: on a majority of
// those that are there, and at least on as many as the Options say.
func (s *sharer) needed() int { return max(s.copies, s.nodes.alive(s.node)/2+1) }

// spread returns when enough nodes have a file of this node's directory.
func (s *sharer) spread(ctx context.Context, f *journal.File) error {
	if s.needed() <= 1 {
		return nil
	}
	ask, err := json.Marshal(take{wantedOf(f), s.subject})
	if err != nil {
		return err
	}
	inbox := s.stream.conn.NewInbox()
	answers, err := s.stream.conn.SubscribeSync(inbox)
	if err != nil {
		return fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
	}
	defer func() { _ = answers.Unsubscribe() }() // it fails only if the connection is closed
	limited, cancel := context.WithTimeout(ctx, spreadFor+time.Duration(f.Size/spreadRate)*time.Second)
	defer cancel()
	full := error(nil)
	have := map[string]bool{s.node: true}
	for asked := (time.Time{}); len(have) < s.needed(); {
		if time.Since(asked) >= askEvery {
			asked = time.Now()
			if err := s.stream.conn.PublishRequest(s.stream.name+".node.file.take", inbox, ask); err != nil {
				return fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
			}
		}
		waiting, done := context.WithTimeout(limited, askEvery)
		m, err := answers.NextMsgWithContext(waiting)
		done()
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case limited.Err() != nil && full != nil:
			return full
		case limited.Err() != nil:
			return fmt.Errorf("%w: %d of %d nodes have the file", journal.ErrUnavailable, len(have), s.needed())
		case errors.Is(err, context.DeadlineExceeded):
			continue
		case err != nil:
			return fmt.Errorf("%w: %w", journal.ErrUnavailable, err)
		}
		var t taken
		if json.Unmarshal(m.Data, &t) != nil || t.Node == "" {
			continue // it is none of Snug's
		}
		if t.Full {
			full = fmt.Errorf("%w: node %s has no space", journal.ErrNoSpace, t.Node)
			continue
		}
		have[t.Node] = true
	}
	return nil
}

// onTake fetches a file that another node stores, and answers when it has it. It doesn't
// block.
func (s *sharer) onTake(data []byte, answer func([]byte) error) {
	var t take
	if json.Unmarshal(data, &t) != nil || t.Subject == s.subject {
		return // it is none of Snug's, or this node's own
	}
	s.start(func(ctx context.Context) {
		err := s.fetchOnce(ctx, t.wantedFile, []string{t.Subject})
		if err != nil && !errors.Is(err, journal.ErrNoSpace) {
			s.log.Debug("can't fetch a file that another node stores", "err", err)
			return
		}
		if data, err := json.Marshal(taken{s.node, err != nil}); err == nil {
			_ = answer(data) // a node without an answer asks again
		}
	})
}
