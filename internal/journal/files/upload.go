package files

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"snug/internal/journal"
)

// Upload is a file that is being written. It is for one goroutine at a time.
type Upload struct {
	d    *Directory
	id   string
	file *os.File
	size int64
	free bool // the limit of the directory doesn't hold
	done bool // it was placed or discarded
}

// New returns an empty file with a new ID.
func (d *Directory) New() (*Upload, error) { return d.newUpload(NewID(), false) }

// Fetch returns an empty file for what another node has, to which the limit doesn't apply.
func (d *Directory) Fetch(id string) (*Upload, error) {
	if !valid(id) {
		return nil, fmt.Errorf("%q is no file's ID", id)
	}
	return d.newUpload(id, true)
}

func (d *Directory) newUpload(id string, free bool) (*Upload, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.makeDir(newDir); err != nil {
		return nil, explain(err)
	}
	file, err := os.OpenFile(filepath.Join(d.path, newDir, id), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, explain(err)
	}
	return &Upload{d: d, id: id, file: file, free: free}, nil
}

// ID returns the file's ID.
func (u *Upload) ID() string { return u.id }

// Size returns how many bytes were written.
func (u *Upload) Size() int64 { return u.size }

// Write appends to the file. The error wraps journal.ErrNoSpace if that doesn't fit.
func (u *Upload) Write(p []byte) (n int, err error) {
	if err := u.reserve(int64(len(p))); err != nil {
		return 0, err
	}
	n, err = u.file.WriteAt(p, u.size)
	u.size += int64(n)
	u.release(int64(len(p) - n))
	return n, explain(err)
}

// WriteAt implements [io.WriterAt] within what was written.
func (u *Upload) WriteAt(p []byte, offset int64) (int, error) {
	if offset < 0 || int64(len(p)) > u.size-offset {
		return 0, fmt.Errorf("%d bytes at %d don't replace any of %d", len(p), offset, u.size)
	}
	n, err := u.file.WriteAt(p, offset)
	return n, explain(err)
}

// ReadAt implements [io.ReaderAt].
func (u *Upload) ReadAt(p []byte, offset int64) (int, error) { return u.file.ReadAt(p, offset) }

// reserve counts n bytes as used, or returns an error if there is no space for them.
func (u *Upload) reserve(n int64) error {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	if u.d.max > 0 && !u.free && n > u.d.max-u.d.used {
		return fmt.Errorf("%w: all files may have %d bytes, and have %d", journal.ErrNoSpace, u.d.max, u.d.used)
	}
	u.d.used += n
	return nil
}

func (u *Upload) release(n int64) {
	u.d.mu.Lock()
	defer u.d.mu.Unlock()
	u.d.used -= n
}

// errDone says that a file can't be used any more.
var errDone = errors.New("the file was stored or discarded already")

// Digest returns the SHA-256 of what was written.
func (u *Upload) Digest() (digest [32]byte, err error) {
	if u.done {
		return digest, errDone
	}
	hash := sha256.New()
	if _, err := io.Copy(hash, io.NewSectionReader(u.file, 0, u.size)); err != nil {
		return digest, err
	}
	hash.Sum(digest[:0])
	return digest, nil
}

// Place makes the file durable and gives it its place. After an error the caller calls
// Discard. The Keeper leaves the file alone until Recorded.
func (u *Upload) Place() error {
	if u.done {
		return errDone
	}
	if err := u.file.Sync(); err != nil {
		return explain(err)
	}
	if err := u.move(); err != nil {
		return explain(err)
	}
	if err := syncDir(filepath.Dir(u.d.name(u.id))); err != nil {
		return errors.Join(err, u.d.Remove(u.id))
	}
	return nil
}

// errGone says that a file was removed before all of it has come from another node.
var errGone = errors.New("the file is removed")

// move moves the file to its place, unless it was removed meanwhile.
func (u *Upload) move() error {
	d := u.d
	d.mu.Lock()
	defer d.mu.Unlock()
	if _, gone := d.gone[u.id]; gone {
		return errGone
	}
	if err := d.makeDir(u.id[:prefixBytes]); err != nil {
		return err
	}
	if err := u.file.Close(); err != nil {
		return err
	}
	if err := os.Rename(filepath.Join(d.path, newDir, u.id), d.name(u.id)); err != nil {
		return err
	}
	u.done = true
	d.placed[u.id] = time.Now()
	return nil
}

// Discard removes what was written. After Place it does nothing.
func (u *Upload) Discard() {
	if u.done {
		return
	}
	u.done = true
	_ = u.file.Close()                                   // it is removed
	_ = os.Remove(filepath.Join(u.d.path, newDir, u.id)) // the next start removes what is left
	u.release(u.size)
}

// explain makes an error of the system that says that the disk is full an ErrNoSpace.
func explain(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || isDiskFull(err) {
		return fmt.Errorf("%w: the disk is full (%w)", journal.ErrNoSpace, err)
	}
	return err
}
