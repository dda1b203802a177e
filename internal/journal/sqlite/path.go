package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// resolve returns the one absolute name of the file, without symbolic links, so that two
// names of the same file lead to the same lock.
func resolve(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real, nil
	}
	if _, err := os.Lstat(path); err == nil {
		// A new log here would hide the one on a disk that isn't mounted.
		return "", errors.New("it is a link to a file that isn't there: put the file back, or remove the link")
	}
	dir, err := filepath.EvalSymlinks(filepath.Dir(path))
	if err != nil {
		return "", fmt.Errorf("its directory: %w", err)
	}
	return filepath.Join(dir, filepath.Base(path)), nil
}
