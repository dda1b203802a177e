package sqlite

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"snug/internal/journal"
)

// A log that was restored from a backup must count as another log, because clients may
// have seen entries that it no longer has. So each use of a log has a session: a random
// name that is written into the log and into the lock file next to it, when the log is
// opened and when it is closed. A log whose session the lock file doesn't know is not
// the one that was last used here. It gets a new incarnation, and so every room gets a
// new epoch.
//
// This doesn't recognise a copy that was made since the log was last opened, and that is
// restored after a kill.

// openSession begins a session. It gives the log a new incarnation if it is not the one
// that was last used here. A projection keeps the incarnation of its stream.
func (f *File) openSession(ctx context.Context) error {
	if err := f.write.conn.QueryRowContext(ctx, "SELECT session FROM log").Scan(&f.session); err != nil {
		return err
	}
	if name := hex.EncodeToString(f.session); !f.projection && name != noSession && !slices.Contains(f.lock.sessions(), name) {
		f.id.Incarnation = journal.NewIdentity().Incarnation
		f.renewed = true
	}
	return f.beginSession(ctx)
}

// sessionBytes is the length of a session's name in bytes.
const sessionBytes = 16

// noSession is the session of a log that was just created.
var noSession = strings.Repeat("00", sessionBytes)

// checkSession refuses a log that was used, but has lost everything: until a log is closed
// for the first time, all of its entries are in its -wal. Without the -wal it would open
// as an empty log.
func checkSession(ctx context.Context, conn *sql.Conn, known []string) error {
	var session []byte
	if err := conn.QueryRowContext(ctx, "SELECT session FROM log").Scan(&session); err != nil {
		return asDamage(err)
	}
	if len(known) == 0 || hex.EncodeToString(session) != noSession || slices.Contains(known, noSession) {
		return nil
	}
	return fmt.Errorf("%w: all that was in it was in its -wal, which is gone or damaged: put that back or restore a backup; or, to begin an empty log, move it and its .lock away", ErrDamaged)
}

// beginSession replaces the log's session by a new one.
func (f *File) beginSession(ctx context.Context) error {
	next := make([]byte, sessionBytes)
	rand.Read(next) // never fails: crypto/rand's contract
	known := []string{hex.EncodeToString(next)}
	if f.projection {
		// The lock file gets a name that no log has: if Open opens the file later, it
		// is another log than the stream's.
		known[0] = rand.Text()
	}
	// In between the lock file has both, so that it knows the log's session whenever a
	// kill comes.
	if err := f.lock.write(append(known, hex.EncodeToString(f.session))...); err != nil {
		return err
	}
	if _, err := f.write.conn.ExecContext(ctx, "UPDATE log SET session = ?, incarnation = ?", next, f.id.Incarnation[:]); err != nil {
		return err
	}
	f.session = next
	return f.lock.write(known...)
}

// Renewed reports whether Open has found another log than the one that was last used
// here, so that its rooms have new epochs.
func (f *File) Renewed() bool { return f.renewed }
