package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// resolve returns the one absolute name of the file, without symbolic links, so that two
// names of the same file lead to the same lock. It refuses names that can't be a log's
// before anything is opened or created: opening a FIFO could block for ever.
func resolve(path string) (string, error) {
	switch {
	case path == "":
		return "", errors.New("it has no name: name a file, such as snug.db")
	case strings.ContainsRune(path, 0):
		return "", errors.New("its name has a zero byte: name a file, such as snug.db")
	case os.IsPathSeparator(path[len(path)-1]):
		return "", fmt.Errorf("a name that ends with %c is a directory's: name a file, such as %s", path[len(path)-1], filepath.Join(path, "snug.db"))
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if path, err = followLinks(path); err != nil {
		return "", err
	}
	if err := checkLength(path); err != nil {
		return "", err
	}
	return path, checkFiles(path)
}

// followLinks returns path without symbolic links. Its last element need not exist.
func followLinks(path string) (string, error) {
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		return real, nil
	}
	info, statErr := os.Lstat(path)
	switch {
	case statErr == nil && info.Mode()&fs.ModeSymlink != 0 && errors.Is(err, fs.ErrNotExist):
		// A new log here would hide the one on a disk that isn't mounted.
		return "", errors.New("it is a link to a file that isn't there: put the file back, or remove the link")
	case statErr == nil:
		return "", fmt.Errorf("its symbolic links can't be followed: %w", err)
	case errors.Is(statErr, syscall.ENAMETOOLONG):
		return "", tooLong(len(path))
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	switch {
	case errors.Is(err, fs.ErrNotExist) && strings.Contains(path, "/~/"):
		return "", errors.New("there is no directory ~: shells put your home in its place only where a word begins with it, so write $HOME instead")
	case errors.Is(err, fs.ErrNotExist):
		return "", fmt.Errorf("its directory isn't there: create it (mkdir -p %s)", filepath.Dir(path))
	case err != nil:
		return "", fmt.Errorf("its directory: %w", err)
	}
	return filepath.Join(dir, filepath.Base(path)), nil
}

// suffixes are those of all files that a log may have next to it.
var suffixes = []string{"", "-wal", "-shm", "-journal", lockSuffix, newSuffix, newSuffix + "-wal", newSuffix + "-shm", newSuffix + "-journal", copySuffix, copySuffix + "-journal", SnapshotSuffix}

const (
	lockSuffix = ".lock"
	newSuffix  = ".new" // see create
	copySuffix = ".copy"
	// SnapshotSuffix is appended to the log's name to name a file that is to replace it.
	SnapshotSuffix = ".snapshot"
)

const (
	// maxPathBytes is the longest name of a log that SQLite opens. Its own limit of 512
	// bytes includes the end of the string and the longest suffix, ".copy-journal".
	maxPathBytes = 512 - 1 - len(".copy-journal")
	// maxNameBytes is the same for the last element of the name, where file systems
	// allow 255 bytes.
	maxNameBytes = 255 - len(".copy-journal")
)

// checkLength refuses a name that SQLite or the file system can't open.
func checkLength(path string) error {
	if len(path) > maxPathBytes {
		return tooLong(len(path))
	}
	if n := len(filepath.Base(path)); n > maxNameBytes {
		return fmt.Errorf("its name is too long: the file's name has %d bytes and may have %d: name a shorter one", n, maxNameBytes)
	}
	return nil
}

func tooLong(n int) error {
	return fmt.Errorf("its name is too long: with its directories it has %d bytes and may have %d: name a shorter one", n, maxPathBytes)
}

// checkFiles refuses a log of which any file isn't a regular file.
func checkFiles(path string) error {
	for _, suffix := range suffixes {
		info, err := os.Stat(path + suffix)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return explainFile(err)
		case info.Mode().IsRegular():
			continue
		}
		kind := kindOf(info.Mode())
		switch {
		case suffix != "":
			return fmt.Errorf("%s is no regular file but %s: remove it", path+suffix, kind)
		case info.IsDir():
			return fmt.Errorf("it is no regular file but %s: name a file in it, such as %s", kind, filepath.Join(path, "snug.db"))
		}
		return fmt.Errorf("it is no regular file but %s: name another file", kind)
	}
	return nil
}

// kindOf says what a file is that isn't regular.
func kindOf(mode fs.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe (FIFO)"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "of another kind"
}
