package jetstream

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"strconv"
	"sync"

	"github.com/nats-io/nats.go"

	"snug/internal/journal/files"
)

// sharer fetches files from other nodes (fetch.go), has other nodes fetch those that are
// stored here (spread.go), and gives out pieces of the files that this node has. It is safe
// for concurrent use.
type sharer struct {
	stream  *stream
	nodes   *nodes
	node    string // this node's name
	subject string // for requests of pieces of this node's files
	copies  int    // see Options
	log     *slog.Logger

	directory *files.Directory // set before serve
	slots     chan struct{}    // one for each file that is being fetched

	mu       sync.Mutex
	running  context.Context      // ends when the journal is closed; nil before serve
	fetching map[string]*fetching // by the file's ID
	working  sync.WaitGroup
}

// maxFetching bounds how many files are fetched at once.
const maxFetching = 4

// part asks for the piece of a file at an offset.
type part struct {
	ID     string `json:"id"`
	Offset int64  `json:"offset"`
}

// found is the answer of a node that has a file.
type found struct {
	Subject string `json:"subject"` // for requests of pieces
}

// serve answers other nodes until j is closed. What it fetches for them ends with ctx.
func (s *sharer) serve(ctx context.Context, j *Journal) error {
	s.mu.Lock()
	s.running = ctx
	s.mu.Unlock()
	own, err := json.Marshal(found{s.subject})
	if err != nil {
		return err
	}
	if err := j.subscribe(s.subject, func(m *nats.Msg) {
		var p part
		if json.Unmarshal(m.Data, &p) == nil {
			_ = m.RespondMsg(s.piece(p)) // a node without an answer asks again
		}
	}); err != nil {
		return err
	}
	if err := j.subscribe(s.stream.name+".node.file.find", func(m *nats.Msg) {
		var w wantedFile
		if json.Unmarshal(m.Data, &w) == nil && s.directory.Has(w.ID) {
			_ = m.Respond(own) // a node without an answer asks again
		}
	}); err != nil {
		return err
	}
	return j.subscribe(s.stream.name+".node.file.take", func(m *nats.Msg) { s.onTake(m.Data, m.Respond) })
}

// piece returns the answer to a request for a piece.
func (s *sharer) piece(p part) *nats.Msg {
	answer := &nats.Msg{Header: nats.Header{}}
	fail := func() *nats.Msg {
		answer.Header.Set(stateHeader, stateFailed)
		return answer
	}
	file, err := s.directory.Open(p.ID)
	if err != nil {
		return fail()
	}
	defer file.Close() // it is only read
	info, err := file.Stat()
	if err != nil || p.Offset < 0 || p.Offset > info.Size() {
		return fail()
	}
	answer.Data = make([]byte, min(pieceBytes, info.Size()-p.Offset))
	if _, err := file.ReadAt(answer.Data, p.Offset); err != nil && !errors.Is(err, io.EOF) {
		return fail()
	}
	answer.Header.Set(stateHeader, stateHere)
	answer.Header.Set(sizeHeader, strconv.FormatInt(info.Size(), 10))
	return answer
}

// start runs work in a goroutine, unless the journal is closed.
func (s *sharer) start(work func(ctx context.Context)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx := s.running; ctx != nil && ctx.Err() == nil {
		s.working.Go(func() { work(ctx) })
	}
}

// close waits until nothing is fetched any more. The context of serve has ended.
func (s *sharer) close() { s.working.Wait() }
