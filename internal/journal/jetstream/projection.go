package jetstream

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"sync/atomic"

	"snug/internal/journal"
	"snug/internal/journal/sqlite"
)

// projection is this node's copy of the log, in a file, and how far it has come. While the
// journal is opened only the opener uses committer; from then on only the projector does.
// The file's reads, and the atomic fields, are for everyone.
type projection struct {
	path      string
	maxBytes  int64
	followers *journal.Followers
	log       *slog.Logger

	onOpen    func() error      // called when the file was opened
	committer *sqlite.Committer // nil if the file isn't open

	opened   atomic.Bool   // the file is open, and position is its position
	position atomic.Uint64 // of the last message that is in the file
	erased   atomic.Uint64 // up to this position the stream may hold erased text
	lost     atomic.Bool   // the journal can't continue from the file
	ended    chan error    // receives why it is lost
}

func newProjection(path string, maxBytes int64, followers *journal.Followers, log *slog.Logger) *projection {
	return &projection{path: path, maxBytes: maxBytes, followers: followers, log: log, ended: make(chan error, 1)}
}

func (p *projection) file() *sqlite.File { return p.committer.File }

// open opens the file if it isn't open. If there is a stream and the file was removed,
// open also removes what is left of it.
func (p *projection) open(ctx context.Context, streamExists bool) error {
	if p.committer != nil {
		return nil
	}
	if _, err := os.Stat(p.path); errors.Is(err, os.ErrNotExist) && streamExists {
		if err := sqlite.RemoveLog(p.path); err != nil {
			return err
		}
	}
	file, err := sqlite.OpenProjection(ctx, p.path)
	if err != nil {
		return err
	}
	if err := file.Limit(ctx, p.maxBytes); err != nil {
		return errors.Join(err, file.Close())
	}
	p.committer = sqlite.NewCommitter(file, p.followers, p.log)
	if err := p.onOpen(); err != nil {
		return err
	}
	p.position.Store(file.Position().Position)
	p.opened.Store(true)
	return nil
}

// replace closes the file and puts the complete file that fetch returns in its
// place. The caller opens it again.
func (p *projection) replace(fetch func() (fresh string, err error)) error {
	p.opened.Store(false)
	if err := p.committer.Close(); err != nil {
		return err
	}
	p.committer = nil
	fresh, err := fetch()
	if err != nil {
		return err
	}
	return sqlite.Replace(p.path, fresh)
}

// close closes the file if it was opened.
func (p *projection) close() error {
	if p.committer == nil {
		return nil
	}
	return p.committer.Close()
}

// findErasures sets erased if the stream, which begins with first, may still have
// messages that were erased.
func (p *projection) findErasures(ctx context.Context, first uint64) error {
	erasure, err := p.file().LastErasure(ctx)
	if err != nil {
		return err
	}
	if erasure >= first {
		p.noteErasure(erasure)
	}
	return nil
}

// noteErasure notes that the stream may hold erased text up to a position.
func (p *projection) noteErasure(position uint64) {
	for was := p.erased.Load(); position > was; was = p.erased.Load() {
		if p.erased.CompareAndSwap(was, position) {
			return
		}
	}
}

// lose notes that the journal can't continue from the file.
func (p *projection) lose(err error) {
	if !p.lost.CompareAndSwap(false, true) {
		return
	}
	p.log.Error("the journal can't go on from its file: start the server again", "err", err)
	p.ended <- err
}
