package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"snug/internal/journal"
)

const (
	selectFile = `SELECT files.id, code, member, size, digest, info, seq, at FROM files JOIN rooms ON rooms.id = files.room
		WHERE files.id = ?1 AND (code = ?2 OR ?2 = '')`
	selectFileBytes    = "SELECT ifnull(sum(size), 0) FROM files WHERE room IN (SELECT id FROM rooms WHERE code = ?)"
	selectAllFileBytes = "SELECT ifnull(sum(size), 0) FROM files WHERE room NOT IN (SELECT room FROM leftovers)"
	selectUnused       = "SELECT DISTINCT code FROM files JOIN rooms ON rooms.id = files.room WHERE seq = 0 AND at < ? LIMIT ?"
)

// StatFile returns a file of a room. The error is journal.ErrGone if there is none.
func (f *File) StatFile(ctx context.Context, room, id string) (journal.File, error) {
	if room == "" {
		return journal.File{}, journal.ErrGone
	}
	return f.file(ctx, room, id)
}

// FileByID is StatFile for a file of any room.
func (f *File) FileByID(ctx context.Context, id string) (journal.File, error) {
	return f.file(ctx, "", id)
}

func (f *File) file(ctx context.Context, room, id string) (file journal.File, err error) {
	f.reading.RLock()
	defer f.reading.RUnlock()
	var at int64
	var digest []byte
	err = f.reads.QueryRowContext(ctx, selectFile, id, room).Scan(&file.ID, &file.Room, &file.Uploader, &file.Size, &digest, &file.Info, &file.Seq, &at)
	if errors.Is(err, sql.ErrNoRows) {
		return journal.File{}, journal.ErrGone
	}
	if err != nil {
		return journal.File{}, fmt.Errorf("find a file: %w", err)
	}
	copy(file.Digest[:], digest)
	file.At = time.UnixMilli(at)
	return file, nil
}

// FileBytes returns the sum of the sizes of the files of a room, or of all if room is "".
func (f *File) FileBytes(ctx context.Context, room string) (n int64, err error) {
	f.reading.RLock()
	defer f.reading.RUnlock()
	if room == "" {
		err = f.reads.QueryRowContext(ctx, selectAllFileBytes).Scan(&n)
	} else {
		err = f.reads.QueryRowContext(ctx, selectFileBytes, room).Scan(&n)
	}
	if err != nil {
		return 0, fmt.Errorf("count the bytes of files: %w", err)
	}
	return n, nil
}

// FileIDs returns the IDs that begin with prefix of the files of all rooms.
func (f *File) FileIDs(ctx context.Context, prefix string) ([]string, error) {
	// No ID has a byte above those of letters and digits.
	return f.texts(ctx, "SELECT id FROM files WHERE id >= ?1 AND id < ?1 || '~' AND room NOT IN (SELECT room FROM leftovers)", prefix)
}

// FilePrefixes returns the different beginnings, of so many bytes, of the files' IDs.
func (f *File) FilePrefixes(ctx context.Context, bytes int) ([]string, error) {
	return f.texts(ctx, "SELECT DISTINCT substr(id, 1, ?) FROM files", bytes)
}

// UnusedFiles returns up to limit rooms with files that belong to no entry and were stored
// before a time.
func (f *File) UnusedFiles(ctx context.Context, before time.Time, limit int) (rooms []string, err error) {
	return f.texts(ctx, selectUnused, before.UnixMilli(), limit)
}

func (f *File) texts(ctx context.Context, query string, args ...any) (all []string, err error) {
	f.reading.RLock()
	defer f.reading.RUnlock()
	if all, err = texts(ctx, f.reads, query, args...); err != nil {
		return nil, fmt.Errorf("find files: %w", err)
	}
	return all, nil
}

// texts returns the only column of a query's rows.
func texts(ctx context.Context, db interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}, query string, args ...any) (all []string, err error) {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		all = append(all, text)
	}
	return all, rows.Err()
}
