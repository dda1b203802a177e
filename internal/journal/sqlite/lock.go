package sqlite

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gofrs/flock"
)

// lock keeps the file to one process. It is on a file beside the log, because
// SQLite's own exclusive lock would shut out a backup, and it goes with its
// process however that ends.
type lock struct {
	flock *flock.Flock
	path  string
}

func acquire(path string) (*lock, error) {
	l := &lock{flock: flock.New(path+".lock", flock.SetPermissions(0o600)), path: path + ".lock"}
	ok, err := l.flock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock it: %w", err)
	}
	if !ok {
		return nil, fmt.Errorf("%w (%s): stop it, or name another file", ErrHeld, l.holder())
	}
	if err := l.write(l.sessions()...); err != nil {
		l.release()
		return nil, fmt.Errorf("lock it: %w", err)
	}
	return l, nil
}

// words is where the file's text begins. The lock is on its first byte, and on Windows
// what is locked can't be read or written by way of another handle, not even by its
// holder.
const words = 1

// write says who holds the lock, for the one who comes second, and the sessions
// of the log that are known (see session.go). It is one write of always the same
// length, so that a kill leaves the old words or the new.
func (l *lock) write(sessions ...string) error {
	file, err := os.OpenFile(l.path, os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer file.Close() // it is synced
	if _, err := file.WriteAt(fmt.Appendf(nil, "process %-20d\n%-70s\n", os.Getpid(), strings.Join(sessions, " ")), words); err != nil {
		return err
	}
	return file.Sync()
}

// sessions returns those of the last write.
func (l *lock) sessions() []string {
	_, second, _ := strings.Cut(l.said(), "\n")
	return strings.Fields(second)
}

func (l *lock) holder() string {
	first, _, _ := strings.Cut(l.said(), "\n")
	if first == "" {
		return "it doesn't say which"
	}
	return strings.TrimSpace(first)
}

// said is what was written last; nothing if that can't be read.
func (l *lock) said() string {
	file, err := os.Open(l.path)
	if err != nil {
		return ""
	}
	defer file.Close() // it is only read
	const most = 1 << 10
	text, err := io.ReadAll(io.NewSectionReader(file, words, most))
	if err != nil {
		return ""
	}
	return string(text)
}

// release keeps the lock file: removing it would let two others each lock a
// file of that name.
func (l *lock) release() { _ = l.flock.Unlock() }
