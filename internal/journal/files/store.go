package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"slices"
	"time"

	"snug/internal/journal"
)

// Log is the log of a Store.
type Log interface {
	// StatFile returns a file of a room, or journal.ErrGone.
	StatFile(ctx context.Context, room, id string) (journal.File, error)
	// FileBytes returns the sum of the sizes of the files of a room, or of all if room is "".
	FileBytes(ctx context.Context, room string) (int64, error)
}

// Store implements [journal.Files] for an engine. Its fields are set before it is used. It is
// safe for concurrent use.
type Store struct {
	Directory *Directory
	Log       func() Log
	// Append appends a draft, as journal.Journal says.
	Append func(ctx context.Context, d journal.Draft, done journal.Done) error
	// Spread returns when enough other nodes have a file that is in the directory, durably.
	// Nil if there are no other nodes.
	Spread func(ctx context.Context, f *journal.File) error
	// Fetch fetches a file of the log from another node into the directory. Nil if there are
	// no other nodes.
	Fetch func(ctx context.Context, f *journal.File) error
	// FetchAll is Fetch for many files, as far as that is possible.
	FetchAll func(ctx context.Context, ids []string)
	Warn     *slog.Logger // gets what is wrong with backups; may be nil without Backup
}

var _ journal.Files = (*Store)(nil)

// NewFile implements [journal.Files].
func (s *Store) NewFile(context.Context) (journal.Upload, error) {
	u, err := s.Directory.New()
	if err != nil {
		return nil, fmt.Errorf("make a file: %w", err)
	}
	return &upload{u, s}, nil
}

// StatFile implements [journal.Files].
func (s *Store) StatFile(ctx context.Context, room, id string) (journal.File, error) {
	return s.Log().StatFile(ctx, room, id)
}

// FileBytes implements [journal.Files].
func (s *Store) FileBytes(ctx context.Context, room string) (int64, error) {
	return s.Log().FileBytes(ctx, room)
}

// OpenFile implements [journal.Files].
func (s *Store) OpenFile(ctx context.Context, room, id string) (io.ReadSeekCloser, journal.File, error) {
	f, err := s.Log().StatFile(ctx, room, id)
	if err != nil {
		return nil, f, err
	}
	r, err := s.Directory.Open(id)
	if errors.Is(err, fs.ErrNotExist) && s.Fetch != nil {
		if err := s.Fetch(ctx, &f); err != nil {
			return nil, f, fmt.Errorf("fetch a file from another node: %w", err)
		}
		r, err = s.Directory.Open(id)
	}
	if errors.Is(err, fs.ErrNotExist) {
		// It was erased meanwhile, or somebody has removed it from the disk.
		return nil, f, fmt.Errorf("%w (%w)", journal.ErrGone, err)
	}
	if err != nil {
		return nil, f, fmt.Errorf("open a file: %w", err)
	}
	return r, f, nil
}

// LogCopy is a copy of a log in a file.
type LogCopy interface {
	io.ReadCloser
	// FileIDs returns the IDs of the files that the log has.
	FileIDs(ctx context.Context) ([]string, error)
}

// Backup makes a backup: what copyLog returns if the log has no files, and otherwise an archive
// of it and its files.
func (s *Store) Backup(ctx context.Context, copyLog func(context.Context) (LogCopy, int64, error)) (_ io.ReadCloser, size int64, err error) {
	unpin, err := s.Directory.Pin() // before the copy, which has files that may be removed meanwhile
	if err != nil {
		return nil, 0, err
	}
	c, size, err := copyLog(ctx)
	if err != nil {
		unpin()
		return nil, 0, err
	}
	a, err := s.archive(ctx, c, size, unpin)
	switch {
	case err != nil:
		unpin()
		return nil, 0, errors.Join(err, c.Close())
	case a == nil:
		unpin()
		return c, size, nil
	}
	return a, a.Size(), nil
}

// archive returns an archive of a copy, or nil if it has no files.
func (s *Store) archive(ctx context.Context, c LogCopy, size int64, unpin func()) (*Archive, error) {
	ids, err := c.FileIDs(ctx)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	if s.FetchAll != nil {
		s.FetchAll(ctx, slices.DeleteFunc(slices.Clone(ids), s.Directory.Has))
	}
	a, missing, err := s.Directory.Archive(c, size, ids, unpin)
	if err == nil && missing > 0 {
		s.Warn.Warn("a backup lacks files whose bytes are missing", "count", missing)
	}
	return a, err
}

// upload is an Upload of a Store.
type upload struct {
	*Upload
	store *Store
}

// Store implements [journal.Upload].
func (u *upload) Store(ctx context.Context, n journal.NewFile) (f journal.File, err error) {
	digest, err := u.Digest()
	if err == nil {
		err = u.Place()
	}
	if err != nil {
		u.Discard()
		return f, fmt.Errorf("store a file: %w", err)
	}
	f = journal.File{ID: u.ID(), Room: n.Room, Uploader: n.Uploader, Size: u.Size(), Digest: digest, Info: n.Info}
	unknown := false // whether it may be in the log
	if u.store.Spread != nil {
		err = u.store.Spread(ctx, &f)
	}
	if err == nil {
		unknown, err = u.store.record(ctx, &journal.Recording{File: f, MaxRoom: n.MaxRoom})
	}
	switch {
	case err == nil:
		u.store.Directory.Recorded(f.ID)
		return u.store.Log().StatFile(ctx, n.Room, f.ID)
	case !unknown:
		err = errors.Join(err, u.store.Directory.Remove(f.ID))
	}
	return journal.File{}, fmt.Errorf("store a file: %w", err)
}

const (
	// recordTries is how often a file is recorded whose outcome is unknown.
	recordTries = 3
	// recordPause is the pause in between.
	recordPause = time.Second
)

// record records a file in the log. unknown says that it may be there although there is an
// error.
func (s *Store) record(ctx context.Context, r *journal.Recording) (unknown bool, err error) {
	for try := range recordTries {
		if try > 0 {
			sleep(ctx, recordPause)
		}
		var appended bool
		appended, err = s.append(ctx, journal.Draft{Room: r.Room, StateOnly: true, Record: r})
		unknown = unknown || appended && !settled(err)
		if !errors.Is(err, journal.ErrUnavailable) {
			break
		}
	}
	return unknown, err
}

// settled reports whether an append with this error has added nothing for sure.
func settled(err error) bool {
	for _, e := range []error{journal.ErrNoSpace, journal.ErrRoomClosed, journal.ErrChanged} {
		if errors.Is(err, e) {
			return true
		}
	}
	return err == nil
}

// append appends a draft and waits for its outcome, until ctx ends. appended is false if the
// journal hasn't taken it.
func (s *Store) append(ctx context.Context, d journal.Draft) (appended bool, err error) {
	outcome := make(chan error, 1)
	if err := s.Append(ctx, d, func(_ journal.Outcome, err error) { outcome <- err }); err != nil {
		return false, err
	}
	select {
	case err := <-outcome:
		return true, err
	case <-ctx.Done():
		return true, ctx.Err()
	}
}

// DropUnused has the log drop the files of rooms that have belonged to no entry for long.
func (s *Store) DropUnused(ctx context.Context, rooms []string) error {
	for _, room := range rooms {
		_, err := s.append(ctx, journal.Draft{Room: room, StateOnly: true, DropFiles: true})
		if err != nil && !settled(err) {
			return err
		}
	}
	return nil
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
