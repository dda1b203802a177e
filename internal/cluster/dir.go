package cluster

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// claimDir creates the node's directory, and makes sure that it is this node's and that
// no other process uses it, until unlock is called. Two NATS servers that use one directory
// would destroy each other's files.
func (e *Embedded) claimDir() (unlock func(), err error) {
	if err := CreateDir(e.Dir); err != nil {
		return nil, err
	}
	lock := flock.New(filepath.Join(e.Dir, "node.lock"), flock.SetPermissions(0o600))
	switch ok, err := lock.TryLock(); {
	case err != nil:
		return nil, fmt.Errorf("lock the directory %s: %w: name a directory that this user can create or write", e.Dir, err)
	case !ok:
		return nil, fmt.Errorf("%w %s: stop it, or name another directory", ErrInUse, e.Dir)
	}
	unlock = func() { _ = lock.Unlock() } // the system unlocks it, too, when the process ends
	if err := e.claimName(); err != nil {
		unlock()
		return nil, err
	}
	return unlock, nil
}

// wasClustered reports whether the NATS server in the node's directory was one of several: then it has a log of
// the group that they are.
func (e *Embedded) wasClustered() bool {
	_, err := os.Stat(filepath.Join(e.Dir, NATSDir, "jetstream", "$SYS", "_js_", "_meta_"))
	return err == nil
}

// CreateDir creates the directory of a node, unless it is there.
func CreateDir(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case err == nil && !info.IsDir():
		return fmt.Errorf("%w: %s: name a directory. To bring the log of a single server into a cluster, put it into the directory as snug.db", ErrNotDir, dir)
	case errors.Is(err, fs.ErrNotExist):
		if target, err := os.Readlink(dir); err == nil {
			// A new directory would hide the one on a disk that isn't mounted.
			return fmt.Errorf("the directory %s is a link to %s, which doesn't exist: put that back, or remove the link", dir, target)
		}
		err = os.MkdirAll(dir, 0o700)
	}
	if err != nil {
		return fmt.Errorf("the directory %s: %w: name a directory that this user can create or write", dir, err)
	}
	return nil
}

// claimName makes sure that a directory stays one node's: the other nodes know it by its
// name.
func (e *Embedded) claimName() error {
	file := filepath.Join(e.Dir, "node")
	switch info, err := os.Stat(file); {
	case errors.Is(err, fs.ErrNotExist):
		return os.WriteFile(file, []byte(e.Name+"\n"), 0o600)
	case err != nil:
		return err
	case !info.Mode().IsRegular(): // reading a FIFO could block for ever
		return fmt.Errorf("%s isn't a regular file: remove it", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	if was := strings.TrimSpace(string(text)); was != e.Name {
		return fmt.Errorf("%w %q, and this node is %q: use that name, or another directory", ErrName, was, e.Name)
	}
	return nil
}
