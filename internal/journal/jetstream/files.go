package jetstream

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/files"
)

var _ journal.Files = (*Journal)(nil)

// fileKeeping keeps this node's directory of files. While the journal is opened, the commits
// that come from the stream already tell it which files there are.
type fileKeeping struct {
	sharer   *sharer
	maxBytes int64
	log      *slog.Logger

	store     *files.Store
	keeper    *files.Keeper
	directory *files.Directory // nil until the projection is open

	stop    context.CancelFunc // ends the keeper
	running sync.WaitGroup
}

const (
	// unusedRooms is how many rooms drop unused files at a time.
	unusedRooms = 100
	// unnamedFor is how long a file is kept that the log has never had. Another node may have
	// stored it, and be about to record it.
	unnamedFor = time.Hour
)

// open opens the directory next to the log, if it isn't open, and has the commits tell the
// keeper which files there are.
func (k *fileKeeping) open(j *Journal) error {
	if k.directory == nil {
		if err := k.openDirectory(j); err != nil {
			return err
		}
	}
	j.projection.committer.Dropped, j.projection.committer.Recorded = k.keeper.Remove, k.keeper.Want
	return nil
}

func (k *fileKeeping) openDirectory(j *Journal) error {
	directory, err := files.Open(j.projection.file().Path()+files.Suffix, k.maxBytes)
	if err != nil {
		return err
	}
	k.directory, k.sharer.directory = directory, directory
	k.store = &files.Store{
		Directory: directory, Log: func() files.Log { return j.projection.file() }, Append: j.Append,
		Spread: k.sharer.spread, Fetch: k.sharer.fetch,
		FetchAll: func(ctx context.Context, ids []string) { k.fetchMissing(ctx, j, ids, func() {}) }, Warn: k.log,
	}
	j.Files = k.store
	k.keeper = files.NewKeeper(files.Options{
		Directory: directory, Log: k.log, Table: fileTable{j}, MinAge: unnamedFor,
		Settled: func() bool {
			return !j.projection.committer.Broken() && since(&j.keeper.current) < behindAfter && !j.projection.lost.Load()
		},
		Missing: func(ctx context.Context, ids []string) bool {
			return k.fetchMissing(ctx, j, ids, k.keeper.RemoveDue)
		},
		Expire: func(ctx context.Context) error { return k.expire(ctx, j) },
	})
	return nil
}

// fileTable is the table of files in the projection's file, which may be replaced while the
// journal is opened.
type fileTable struct{ j *Journal }

func (t fileTable) FileIDs(ctx context.Context, prefix string) ([]string, error) {
	return t.j.projection.file().FileIDs(ctx, prefix)
}

func (t fileTable) FilePrefixes(ctx context.Context, bytes int) ([]string, error) {
	return t.j.projection.file().FilePrefixes(ctx, bytes)
}

// start starts the keeper's goroutine. The journal is open.
func (k *fileKeeping) start() {
	ctx, stop := context.WithCancel(context.Background())
	k.stop = stop
	k.running.Go(func() { k.keeper.Run(ctx) })
}

// close ends the keeper. Nothing is committed any more.
func (k *fileKeeping) close() {
	if k.stop != nil {
		k.stop()
		k.running.Wait()
	}
	k.sharer.close()
}

// fetchMissing fetches files that the log has from other nodes, one after the other, and calls
// between before each. It reports whether nothing is missing any more.
func (k *fileKeeping) fetchMissing(ctx context.Context, j *Journal, ids []string, between func()) (settled bool) {
	settled = true
	lost := 0
	for _, id := range ids {
		if ctx.Err() != nil {
			return false
		}
		between()
		f, err := j.projection.file().FileByID(ctx, id)
		if errors.Is(err, journal.ErrGone) {
			continue
		}
		if err == nil && !k.directory.Has(id) {
			err = k.sharer.fetch(ctx, &f)
		}
		if err == nil {
			k.directory.Recorded(id)
			continue
		}
		settled = false
		if lost++; lost == 1 && ctx.Err() == nil {
			k.log.Warn("a file can't be fetched from another node; will try again", "err", err)
		}
	}
	return settled
}

// expire has the log drop the files that aren't used, if this node is the one that does it.
func (k *fileKeeping) expire(ctx context.Context, j *Journal) error {
	if _, first := j.keeper.nodes.floor(j.keeper.node, j.projection.position.Load()); first != j.keeper.node {
		return nil
	}
	rooms, err := j.projection.file().UnusedFiles(ctx, time.Now().Add(-journal.UnusedFor), unusedRooms)
	if err != nil {
		return err
	}
	return k.store.DropUnused(ctx, rooms)
}
