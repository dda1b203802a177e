package files

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Unpack puts the log and the files of an archive in place of the archive, which is at path,
// where the log belongs. If there is something else at path, it does nothing. fresh is a name
// for the log while it is written.
//
// A kill leaves the archive, or the complete log. An archive that is damaged or incomplete
// stays as it is.
func Unpack(path, fresh string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close() // it is only read
	if !isArchive(file) {
		return nil
	}
	if info, err := os.Stat(path + "-wal"); err == nil && info.Size() > 0 {
		return fmt.Errorf("a backup is in its place, and %s-wal of the log that was there before is still next to it: delete that", path)
	}
	if err := unpack(path, fresh, tar.NewReader(file)); err != nil {
		_ = os.Remove(fresh)
		if errors.Is(err, io.ErrUnexpectedEOF) {
			err = errors.New("it is incomplete: put the whole backup, or another one, in its place")
		}
		return fmt.Errorf("the backup in its place can't be unpacked: %w", err)
	}
	return nil
}

// isArchive reports whether a file begins as an archive does.
func isArchive(file io.ReaderAt) bool {
	const offset = 257
	magic := make([]byte, len("ustar"))
	_, err := file.ReadAt(magic, offset)
	return err == nil && string(magic) == "ustar"
}

func unpack(path, fresh string, r *tar.Reader) error {
	d, err := Open(path+Suffix, 0)
	if err != nil {
		return err
	}
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return io.ErrUnexpectedEOF // without the log
		}
		if err != nil {
			return err
		}
		if h.Name == archiveLog {
			if err := unpackLog(fresh, r); err != nil {
				return err
			}
			// The end, or else it isn't complete.
			if _, err := r.Next(); !errors.Is(err, io.EOF) {
				return errors.Join(errors.New("something follows the log"), err)
			}
			if err := os.Rename(fresh, path); err != nil {
				return err
			}
			return syncDir(filepath.Dir(path))
		}
		dir, id := filepath.Split(filepath.ToSlash(h.Name))
		if !valid(id) || !strings.HasPrefix(dir, archiveLog+Suffix+"/") {
			return fmt.Errorf("it has %q, which is none of Snug's", h.Name)
		}
		if err := d.unpackFile(id, r); err != nil {
			return err
		}
	}
}

func (d *Directory) unpackFile(id string, r io.Reader) error {
	u, err := d.Fetch(id)
	if err != nil {
		return err
	}
	defer u.Discard() // does nothing if it was placed
	if _, err := io.Copy(u, r); err != nil {
		return err
	}
	return u.Place()
}

func unpackLog(path string, r io.Reader) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, r)
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}
