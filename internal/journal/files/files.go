// Package files keeps the bytes of a journal's files in a directory. Which files there are
// is in the log; this package has no idea of rooms.
//
// A [Directory] has the files, in PATH/ab/ID, where ab is the beginning of the ID, and those
// that are being written, in PATH/new/ID. It is made with the first file. A [Keeper] removes
// what the log doesn't name any more, and owns the goroutine that does.
//
// What [Upload.Place] has returned is durable: it survives a crash and a loss of power.
package files

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Suffix is appended to a log's name to name the directory of its files.
const Suffix = "-files"

const (
	newDir = "new" // no ID begins like this, because IDs have no lower-case letters
	// prefixBytes is how much of an ID names its directory.
	prefixBytes = 2
	// recentFor is how long a Directory remembers what it has placed and removed.
	recentFor = time.Hour
)

// Directory is a directory of files. Its methods are safe for concurrent use.
type Directory struct {
	path string
	max  int64

	mu     sync.Mutex
	made   map[string]bool      // directories that are there
	used   int64                // the bytes of all files, also of those that are being written
	placed map[string]time.Time // files that the log may not name yet, and since when
	gone   map[string]time.Time // files that were removed, which another node may still offer
	pinned bool                 // a backup is being made: see Pin
}

// Open returns the directory at path, which need not be there. It removes the files that
// were being written, and those that a backup kept, when the last process ended. maxBytes is the largest size of all files;
// 0 is no limit.
func Open(path string, maxBytes int64) (*Directory, error) {
	d := newDirectory(path, maxBytes)
	if err := errors.Join(os.RemoveAll(filepath.Join(path, newDir)), d.removeKept()); err != nil {
		return nil, fmt.Errorf("the files of the log: %w", err)
	}
	dirs, err := d.dirs()
	if err != nil {
		return nil, fmt.Errorf("the files of the log: %w", err)
	}
	for _, dir := range dirs {
		all, err := d.list(dir)
		if err != nil {
			return nil, fmt.Errorf("the files of the log: %w", err)
		}
		for _, f := range all {
			d.used += f.size
		}
	}
	return d, nil
}

// Temporary returns a directory that isn't there yet, among the system's temporary files.
func Temporary(maxBytes int64) *Directory {
	return newDirectory(filepath.Join(os.TempDir(), "snug-files-"+rand.Text()), maxBytes)
}

func newDirectory(path string, maxBytes int64) *Directory {
	return &Directory{path: path, max: maxBytes, made: map[string]bool{}, placed: map[string]time.Time{}, gone: map[string]time.Time{}}
}

// RemoveAll removes the directory. Nobody may use it any more.
func (d *Directory) RemoveAll() error { return os.RemoveAll(d.path) }

// Path returns the name of the directory.
func (d *Directory) Path() string { return d.path }

// Any reports whether there is a file in the directory at path.
func Any(path string) bool {
	d := newDirectory(path, 0)
	dirs, err := d.dirs()
	for _, dir := range dirs {
		if all, e := d.list(dir); e != nil || len(all) > 0 {
			return true
		}
	}
	return err != nil
}

// dirs returns the names of the directories that have files.
func (d *Directory) dirs() (names []string, err error) {
	all, err := os.ReadDir(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	for _, e := range all {
		if e.IsDir() && len(e.Name()) == prefixBytes {
			names = append(names, e.Name())
		}
	}
	return names, err
}

// stored is a file in the directory.
type stored struct {
	id   string
	size int64
	at   time.Time
}

// list returns the files in one of the directories.
func (d *Directory) list(dir string) (all []stored, err error) {
	entries, err := os.ReadDir(filepath.Join(d.path, dir))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, e := range entries {
		info, err := e.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, stored{e.Name(), info.Size(), info.ModTime()})
	}
	return all, nil
}

// NewID returns an ID for a file: 130 random bits in capital letters and digits.
func NewID() string { return rand.Text() }

// valid reports whether id can be a file's, so that no name leads out of the directory.
func valid(id string) bool {
	const maxBytes = 64
	return len(id) > prefixBytes && len(id) <= maxBytes && !strings.ContainsFunc(id, func(r rune) bool {
		return (r < 'A' || r > 'Z') && (r < '0' || r > '9')
	})
}

// name returns where the bytes of a file are.
func (d *Directory) name(id string) string { return filepath.Join(d.path, id[:prefixBytes], id) }

// Open opens the bytes of a file. The error wraps fs.ErrNotExist if they aren't there.
func (d *Directory) Open(id string) (*os.File, error) {
	if !valid(id) {
		return nil, fmt.Errorf("open file: %w", fs.ErrNotExist)
	}
	return os.Open(d.name(id))
}

// Has reports whether the bytes of a file are there.
func (d *Directory) Has(id string) bool {
	if !valid(id) {
		return false
	}
	_, err := os.Stat(d.name(id))
	return err == nil
}

// Remove removes the bytes of files, and those that come later from another node. Files that
// aren't there are skipped. Whoever has one open can read it to the end.
func (d *Directory) Remove(ids ...string) (err error) {
	for _, id := range ids {
		if valid(id) {
			err = errors.Join(err, d.remove(id))
		}
	}
	return err
}

func (d *Directory) remove(id string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.gone[id] = time.Now()
	delete(d.placed, id)
	info, err := os.Lstat(d.name(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if d.pinned {
		err = d.keep(id)
	} else {
		err = os.Remove(d.name(id))
	}
	if err != nil {
		return err
	}
	d.used -= info.Size()
	return nil
}

// Recorded says that the log has a file: from now on it goes by the log alone whether the file
// is removed. The file's time says so too, for the next process.
func (d *Directory) Recorded(id string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.placed, id)
	_ = os.Chtimes(d.name(id), time.Time{}, recordedTime()) // the next comparison tries it again
}

// recordedTime is the time of modification that a file gets when the log has it, so that it
// isn't recent if the log doesn't have it any more.
func recordedTime() time.Time { return time.Unix(0, 0) }

// Used returns the bytes of all files, also of those that are being written.
func (d *Directory) Used() int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.used
}

// makeDir makes a directory below d.path, and makes it durable. The caller holds d.mu.
func (d *Directory) makeDir(name string) error {
	if d.made[name] {
		return nil
	}
	for _, dir := range []string{d.path, filepath.Join(d.path, name)} {
		switch err := os.Mkdir(dir, 0o700); {
		case err == nil:
			if err := syncDir(filepath.Dir(dir)); err != nil {
				return err
			}
		case !errors.Is(err, fs.ErrExist):
			return err
		}
	}
	d.made[name] = true
	return nil
}
