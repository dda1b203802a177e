package local

import (
	"context"
	"fmt"
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
	if used := dir.Used(); used > 0 && j.file.Position().Position == 0 {
		// They would be removed, though the log that they belong to may come back.
		return fmt.Errorf("the log %s is empty, but there are files of another log in %s: move that directory away, or put the log back", j.file.Path(), dir.Path())
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
