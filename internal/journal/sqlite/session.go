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

// A log that is put back from a backup is another log: clients may have seen
// what it no longer has. So each use of a log has a session, a random name that
// is written into the log and into the lock file beside it, when the log is
// opened and when it is closed. A log whose session the lock file doesn't know
// isn't the one that was last used here, and gets a new incarnation, and with it
// every room a new epoch.
//
// This doesn't see a copy that was made since the log was last opened and is put
// back after a kill.

// adopt opens a session on the log, and gives it a new incarnation if it is
// another than was last used here. A projection is its stream's, whatever was used
// here last.
func (f *File) adopt(ctx context.Context) error {
	if err := f.write.conn.QueryRowContext(ctx, "SELECT session FROM log").Scan(&f.session); err != nil {
		return err
	}
	if name := hex.EncodeToString(f.session); !f.projection && name != noSession && !slices.Contains(f.lock.sessions(), name) {
		f.id.Incarnation = journal.NewIdentity().Incarnation
		f.renewed = true
	}
	return f.beginSession(ctx)
}

// sessionBytes is the length of a session's name.
const sessionBytes = 16

// noSession is the session of a log that has just been made.
var noSession = strings.Repeat("00", sessionBytes)

// checkSession refuses a log that was made and used, and has nothing of that: until
// it is closed for the first time, all is in its -wal. Whoever opened it would begin
// an empty log.
func checkSession(ctx context.Context, conn *sql.Conn, known []string) error {
	var session []byte
	if err := conn.QueryRowContext(ctx, "SELECT session FROM log").Scan(&session); err != nil {
		return blame(err)
	}
	if len(known) == 0 || hex.EncodeToString(session) != noSession || slices.Contains(known, noSession) {
		return nil
	}
	return fmt.Errorf("%w: all that was in it was in its -wal, which is gone or damaged: put that back or restore a backup; or, to begin an empty log, move it and its .lock away", ErrDamaged)
}

// beginSession puts the next session in the place of the one that the log has.
func (f *File) beginSession(ctx context.Context) error {
	next := make([]byte, sessionBytes)
	rand.Read(next) // never fails: crypto/rand's contract
	known := []string{hex.EncodeToString(next)}
	if f.projection {
		// None that is known: whoever goes on with the file by itself has another log
		// than the stream's.
		known[0] = rand.Text()
	}
	// In between the lock file has both: whichever the log has after a kill is
	// known.
	if err := f.lock.write(append(known, hex.EncodeToString(f.session))...); err != nil {
		return err
	}
	if _, err := f.write.conn.ExecContext(ctx, "UPDATE log SET session = ?, incarnation = ?", next, f.id.Incarnation[:]); err != nil {
		return err
	}
	f.session = next
	return f.lock.write(known...)
}

// Renewed reports whether the log isn't the one that was last used here, so that
// its rooms have new epochs.
func (f *File) Renewed() bool { return f.renewed }
