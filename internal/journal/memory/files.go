package memory

import (
	"context"
	"slices"
	"time"

	"snug/internal/journal"
	"snug/internal/journal/files"
)

var _ journal.Files = (*Journal)(nil)

// file is a file of a room. It is guarded by Journal.mu.
type file struct {
	journal.File
	unused *time.Timer // removes it if it belongs to no entry by then
}

// fileLog is the Journal as package files sees it.
type fileLog struct{ *Journal }

func newStore(j *Journal) *files.Store {
	return &files.Store{Directory: j.directory, Log: func() files.Log { return fileLog{j} }, Append: j.Append}
}

// StatFile implements [files.Log].
func (l fileLog) StatFile(_ context.Context, code, id string) (journal.File, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return journal.File{}, journal.ErrClosed
	}
	if r := l.rooms[code]; r != nil && r.files[id] != nil {
		return r.files[id].File, nil
	}
	return journal.File{}, journal.ErrGone
}

// FileBytes implements [files.Log].
func (l fileLog) FileBytes(_ context.Context, code string) (n int64, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, journal.ErrClosed
	}
	for room, r := range l.rooms {
		if code == "" || room == code {
			n += r.fileBytes("")
		}
	}
	return n, nil
}

// fileBytes returns the sum of the sizes of the room's files, without one of them.
func (r *room) fileBytes(without string) (n int64) {
	for id, f := range r.files {
		if id != without {
			n += f.Size
		}
	}
	return n
}

// checkFiles checks that the room has space for the file that a draft records, and that the
// draft's files can be used. The error is ErrNoSpace or ErrGone if not.
func (r *room) checkFiles(d *journal.Draft) error {
	if d.StateOnly {
		if rec := d.Record; rec != nil && rec.MaxRoom > 0 && rec.Size > rec.MaxRoom-r.fileBytes(rec.ID) {
			return journal.ErrNoSpace
		}
		return nil
	}
	for i, id := range d.Files {
		f := r.files[id]
		if f == nil || f.Seq != 0 || f.Uploader != d.Event.From.Member || slices.Contains(d.Files[:i], id) {
			return journal.ErrGone
		}
	}
	return nil
}

// record records a file. The caller holds j.mu.
func (j *Journal) record(code string, r *room, rec *journal.Recording) {
	if r.files[rec.ID] != nil {
		return
	}
	f := &file{File: rec.File}
	f.Room, f.Seq, f.At = code, 0, r.at
	f.unused = time.AfterFunc(journal.UnusedFor, func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		j.dropFiles(r, func(other *file) bool { return other == f && f.Seq == 0 })
	})
	if r.files == nil {
		r.files = make(map[string]*file)
	}
	r.files[rec.ID] = f
}

// useFiles gives files to the room's newest entry.
func (r *room) useFiles(ids []string) {
	for _, id := range ids {
		r.files[id].Seq = r.head
		r.files[id].unused.Stop()
	}
}

// dropFiles removes files of a room, and their bytes. The caller holds j.mu.
func (j *Journal) dropFiles(r *room, which func(f *file) bool) {
	for id, f := range r.files {
		if which(f) {
			f.unused.Stop()
			delete(r.files, id)
			_ = j.directory.Remove(id) // Close removes what is left
		}
	}
}

// dropAllFiles removes all files of a room. The caller holds j.mu.
func (j *Journal) dropAllFiles(r *room) { j.dropFiles(r, func(*file) bool { return true }) }

// dropPruned removes the files of entries that are no longer kept. The caller holds j.mu.
func (j *Journal) dropPruned(r *room) {
	j.dropFiles(r, func(f *file) bool { return f.Seq != 0 && f.Seq < r.first() })
}

// dropUnused removes the files that have belonged to no entry for long. The caller holds j.mu.
func (j *Journal) dropUnused(r *room) {
	before := r.at.Add(-journal.UnusedFor)
	j.dropFiles(r, func(f *file) bool { return f.Seq == 0 && f.At.Before(before) })
}
