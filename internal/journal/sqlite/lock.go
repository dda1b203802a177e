package sqlite

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/gofrs/flock"
)

// lock lets only one process open the log. It locks a file next to the log, because
// SQLite's own exclusive lock would also lock out backups. The system releases it when
// the process ends, however that happens.
type lock struct {
	flock *flock.Flock
	path  string
}

// acquire locks the log at path, and writes who holds the lock. The error wraps ErrInUse
// if another process has it.
func acquire(path string) (*lock, error) {
	l := &lock{flock: flock.New(path+lockSuffix, flock.SetPermissions(0o600)), path: path + lockSuffix}
	ok, err := l.flock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock it: %w", err)
	}
	if !ok {
		return nil, fmt.Errorf("%w (%s): stop it, or name another file", ErrInUse, l.owner())
	}
	if err := l.write(l.sessions()...); err != nil {
		l.release()
		return nil, fmt.Errorf("lock it: %w", err)
	}
	return l, nil
}

// textOffset is where the lock file's text begins. The lock is on the first byte, and on
// Windows nobody can read or write a locked byte through another handle, not even the
// process that has the lock.
const textOffset = 1

// write writes who holds the lock, for the error message of another process, and the
// known sessions of the log (see session.go). It is one write of constant length, so
// that a kill leaves either the old text or the new.
func (l *lock) write(sessions ...string) error {
	file, err := os.OpenFile(l.path, os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer file.Close() // it is synced below
	if _, err := file.WriteAt(fmt.Appendf(nil, "process %-20d\n%-70s\n", os.Getpid(), strings.Join(sessions, " ")), textOffset); err != nil {
		return err
	}
	return file.Sync()
}

// sessions returns the sessions of the last write.
func (l *lock) sessions() []string {
	_, second, _ := strings.Cut(l.text(), "\n")
	return strings.Fields(second)
}

// owner returns the process of the last write.
func (l *lock) owner() string {
	first, _, _ := strings.Cut(l.text(), "\n")
	if first == "" {
		return "its lock file doesn't say which"
	}
	return strings.TrimSpace(first)
}

// text returns what was written last, or nothing if that can't be read.
func (l *lock) text() string {
	file, err := os.Open(l.path)
	if err != nil {
		return ""
	}
	defer file.Close() // it was only read
	const maxBytes = 1 << 10
	text, err := io.ReadAll(io.NewSectionReader(file, textOffset, maxBytes))
	if err != nil {
		return ""
	}
	return string(text)
}

// release releases the lock and keeps the lock file. If it removed the file, two other
// processes could each lock a file of that name.
func (l *lock) release() { _ = l.flock.Unlock() }
