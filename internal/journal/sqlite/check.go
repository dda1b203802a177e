package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// check looks at the file without writing to it or to its -wal, and leaves
// nothing beside it if it refuses it. sessions are those that the lock file knows.
func check(ctx context.Context, path string, sessions []string) (err error) {
	if err := checkHeader(path); err != nil {
		return err
	}
	if err := checkWAL(path); err != nil {
		return err
	}
	if !there(path+"-wal") && !there(path+"-journal") {
		// Nothing but the file counts, so SQLite need make nothing beside it.
		return checkDatabase(ctx, path, sessions, immutable)
	}
	if !there(path + "-shm") {
		defer func() {
			if err != nil {
				_ = os.Remove(path + "-shm") // an index of the -wal that SQLite makes for itself
			}
		}()
	}
	return checkDatabase(ctx, path, sessions)
}

func there(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// checkHeader refuses what isn't Snug's before SQLite touches it: another
// program may have it open. (SQLite, "Database File Format", section 1.3. The
// file itself says whose it is, whatever its -wal holds: create sees to that.)
func checkHeader(path string) error {
	// For writing too, which is not done here: a log that can't be written is
	// refused now, and not with its first message.
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close() // it is only read
	const magic = "SQLite format 3\x00"
	header := make([]byte, 100)
	if _, err := file.ReadAt(header, 0); err != nil || string(header[:len(magic)]) != magic {
		return fmt.Errorf("%w: it doesn't begin as a SQLite file does: restore a backup, or move it away to begin an empty log", ErrDamaged)
	}
	return known(int(binary.BigEndian.Uint32(header[68:])), int(binary.BigEndian.Uint32(header[60:])))
}

// known refuses a file that isn't Snug's or is of a later schema.
func known(app, schema int) error {
	switch {
	case app != applicationID:
		return fmt.Errorf("%w: name another file", ErrForeign)
	case schema > version():
		return fmt.Errorf("%w: its schema has version %d, this program knows %d: start the newer Snug", ErrNewer, schema, version())
	}
	return nil
}

func checkDatabase(ctx context.Context, path string, sessions []string, options ...string) error {
	db, conn, err := connect(ctx, path, append(options, queryOnly, "cell_size_check(1)")...)
	if err != nil {
		return blame(err)
	}
	defer db.Close()
	defer conn.Close()
	var app, found int
	if err := conn.QueryRowContext(ctx, "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version").Scan(&app, &found); err != nil {
		return blame(err)
	}
	if err := known(app, found); err != nil {
		return err
	}
	asked := questions
	if found < version() { // the tables may be others
		asked = questions[:1]
	}
	for _, question := range asked {
		var answer string
		err := conn.QueryRowContext(ctx, question).Scan(&answer)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return blame(err)
		}
		if err == nil && answer != "ok" {
			return damaged(errors.New(strings.Join(strings.Fields(answer), " "))) // an error is one line
		}
	}
	if found < version() {
		return nil
	}
	return checkSession(ctx, conn, sessions)
}

// questions are answered "ok", or not at all, by a sound log. The first reads
// every page, but compares no index with its table, which would take seven times
// as long. So the others see to what would hide entries or give a seq again: a
// room that its code doesn't lead to, and a head that isn't where its log ends.
var questions = []string{
	"PRAGMA quick_check(1)",
	"PRAGMA integrity_check(rooms)",
	`SELECT 'room ' || rooms.id || ' should end with ' || head || ' and has ' || count(seq) || ' entries, to ' || ifnull(max(seq), 0)
		FROM rooms LEFT JOIN entries INDEXED BY entries_in_room ON room = rooms.id
		GROUP BY rooms.id HAVING count(seq) != head + 1 - first OR ifnull(max(seq), head) != head LIMIT 1`,
}

func damaged(why error) error {
	return fmt.Errorf("%w (%w): restore a backup, or move it and its -wal away to begin an empty log", ErrDamaged, why)
}

// blame takes what SQLite said for the file's fault, unless it is that the file
// couldn't be looked at: who is told that it is damaged may move it away.
func blame(err error) error {
	var said *sqlite.Error
	if !errors.As(err, &said) {
		return err
	}
	switch said.Code() & 0xff { // without the extension
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_READONLY,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_FULL, sqlite3.SQLITE_INTERRUPT:
		return err
	}
	return damaged(err)
}
