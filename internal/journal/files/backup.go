package files

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"snug/internal/journal"
)

// A backup of a log with files is a tar archive. First come the files, as
// snug.db-files/ab/ID, and at last the log, as snug.db, so an archive that is cut short has
// no log. Unpacked by hand, it is the log with its files in their place.

// archiveLog is the name of the log in an archive.
const archiveLog = "snug.db"

// keptDir has files that are removed while a backup is made that has them.
const keptDir = "kept"

// Pin has the bytes of files that are removed kept aside, so that a backup can still read
// them, until unpin is called. There is one pin at a time: an error wraps journal.ErrCopying.
func (d *Directory) Pin() (unpin func(), err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.pinned {
		return nil, journal.ErrCopying
	}
	d.pinned = true
	return func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.pinned = false
		_ = d.removeKept() // the next backup or the next start removes what is left
	}, nil
}

func (d *Directory) removeKept() error { return os.RemoveAll(filepath.Join(d.path, keptDir)) }

// keep moves the bytes of a file aside. The caller holds d.mu.
func (d *Directory) keep(id string) error {
	d.made[keptDir] = false // unpin removes it
	if err := d.makeDir(keptDir); err != nil {
		return err
	}
	return os.Rename(d.name(id), filepath.Join(d.path, keptDir, id))
}

// openPinned opens the bytes of a file that is there, or was there at the last Pin.
func (d *Directory) openPinned(id string) (*os.File, error) {
	file, err := d.Open(id)
	if errors.Is(err, fs.ErrNotExist) && valid(id) {
		file, err = os.Open(filepath.Join(d.path, keptDir, id))
	}
	return file, err
}

// Archive is a backup of a log and its files, which is made while it is read.
type Archive struct {
	d       *Directory
	log     io.ReadCloser
	logSize int64
	unpin   func()
	size    int64

	parts  io.Reader // what is read now
	file   *os.File  // of parts; nil for none
	ids    []string  // the files that are read after it
	logged bool      // parts is the log, or it was read
}

// Archive returns an archive of a log, which has size bytes, and the files with these IDs,
// which must be pinned. It returns how many of them are missing, which it leaves out. Closing
// the archive closes the log, and calls unpin.
func (d *Directory) Archive(log io.ReadCloser, size int64, ids []string, unpin func()) (a *Archive, missing int, err error) {
	a = &Archive{d: d, log: log, logSize: size, unpin: unpin, parts: bytes.NewReader(nil)}
	for _, id := range ids {
		file, err := d.openPinned(id)
		if errors.Is(err, fs.ErrNotExist) {
			missing++
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		info, err := file.Stat()
		if err := errors.Join(err, file.Close()); err != nil {
			return nil, 0, err
		}
		n, err := entrySize(archiveName(id), info.Size())
		if err != nil {
			return nil, 0, err
		}
		a.size += n
		a.ids = append(a.ids, id)
	}
	n, err := entrySize(archiveLog, size)
	if err != nil {
		return nil, 0, err
	}
	a.size += n + endBytes
	return a, missing, nil
}

// Size returns how many bytes the archive has.
func (a *Archive) Size() int64 { return a.size }

// archiveName returns the name of a file in an archive.
func archiveName(id string) string {
	return archiveLog + Suffix + "/" + id[:prefixBytes] + "/" + id
}

const (
	// blockBytes is what the sizes in an archive are multiples of.
	blockBytes = 512
	// endBytes is how many zeros end an archive.
	endBytes = 2 * blockBytes
)

// header returns what an archive has before the content of an entry, and padding returns what
// it has after it.
func header(name string, size int64) ([]byte, error) {
	var b bytes.Buffer
	err := tar.NewWriter(&b).WriteHeader(&tar.Header{
		Typeflag: tar.TypeReg, Name: name, Size: size, Mode: 0o600, ModTime: time.Now().Truncate(time.Second), Format: tar.FormatGNU,
	})
	return b.Bytes(), err
}

func padding(size int64) []byte { return make([]byte, (blockBytes-size%blockBytes)%blockBytes) }

func entrySize(name string, size int64) (int64, error) {
	h, err := header(name, size)
	return int64(len(h)) + size + int64(len(padding(size))), err
}

// Read implements [io.Reader].
func (a *Archive) Read(p []byte) (int, error) {
	for {
		n, err := a.parts.Read(p)
		if n > 0 || !errors.Is(err, io.EOF) {
			return n, err
		}
		if err := a.next(); err != nil {
			return 0, err
		}
	}
}

// next begins the next entry.
func (a *Archive) next() error {
	if a.file != nil {
		_ = a.file.Close() // it was only read
		a.file = nil
	}
	switch {
	case len(a.ids) > 0:
		id := a.ids[0]
		a.ids = a.ids[1:]
		file, err := a.d.openPinned(id)
		if err != nil {
			return err
		}
		a.file = file
		info, err := file.Stat()
		if err != nil {
			return err
		}
		return a.begin(archiveName(id), file, info.Size())
	case !a.logged:
		a.logged = true
		if err := a.begin(archiveLog, a.log, a.logSize); err != nil {
			return err
		}
		a.parts = io.MultiReader(a.parts, bytes.NewReader(make([]byte, endBytes)))
		return nil
	}
	return io.EOF
}

func (a *Archive) begin(name string, content io.Reader, size int64) error {
	h, err := header(name, size)
	if err != nil {
		return err
	}
	a.parts = io.MultiReader(bytes.NewReader(h), &exactly{content, size}, bytes.NewReader(padding(size)))
	return nil
}

// Close closes the archive.
func (a *Archive) Close() error {
	defer a.unpin()
	if a.file != nil {
		_ = a.file.Close() // it was only read
	}
	return a.log.Close()
}

// exactly reads so many bytes, or returns an error.
type exactly struct {
	r    io.Reader
	left int64
}

func (e *exactly) Read(p []byte) (int, error) {
	if e.left == 0 {
		return 0, io.EOF
	}
	n, err := e.r.Read(p[:min(int64(len(p)), e.left)])
	e.left -= int64(n)
	if errors.Is(err, io.EOF) && e.left > 0 {
		return n, fmt.Errorf("a file is shorter than it was: %w", io.ErrUnexpectedEOF)
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}
