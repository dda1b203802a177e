package local

import (
	"context"
	"log/slog"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/files"
	"snug/internal/journal/sqlite"
)

var _ journal.Files = (*Journal)(nil)

// unusedRooms is how many rooms a draft drops unused files of at a time.
const unusedRooms = 100

// openFiles opens the directory of the files, and begins the goroutine that keeps it. The
// committer isn't running yet.
func (j *Journal) openFiles(maxBytes int64, log *slog.Logger) error {
	dir, err := files.Open(j.file.Path()+files.Suffix, maxBytes)
	if err != nil {
		return err
	}
	j.store = &files.Store{Directory: dir, Log: func() files.Log { return j.file }, Append: j.Append, Warn: log}
	j.Files = j.store
	keeper := files.NewKeeper(files.Options{
		Directory: dir, Log: log, Table: j.file,
		Settled: func() bool { return !j.committer.Broken() },
		Missing: func(_ context.Context, ids []string) bool {
			log.Error("files are missing that the journal has: stop the server and restore them from a backup", "directory", dir.Path(), "count", len(ids))
			return true
		},
		Expire: func(ctx context.Context) error {
			rooms, err := j.file.UnusedFiles(ctx, time.Now().Add(-journal.UnusedFor), unusedRooms)
			if err != nil {
				return err
			}
			return j.store.DropUnused(ctx, rooms)
		},
	})
	j.committer.Dropped = keeper.Remove
	running, stop := context.WithCancel(context.Background())
	j.stopFiles = stop
	j.keeping.Go(func() { keeper.Run(running) })
	return nil
}

var _ files.Table = (*sqlite.File)(nil)
