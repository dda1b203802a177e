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

// check checks the file before it is opened for writing. It writes neither to the file
// nor to its -wal, and if it returns an error it leaves no new file next to them.
// sessions are those in the lock file.
func check(ctx context.Context, path string, sessions []string) (err error) {
	if err := checkHeader(path); err != nil {
		return err
	}
	if err := checkWAL(path); err != nil {
		return err
	}
	if !hasBytes(path+"-wal") && !hasBytes(path+"-journal") {
		// The file is complete without them, so SQLite needs to create nothing.
		return checkDatabase(ctx, path, sessions, immutable)
	}
	if !hasBytes(path + "-shm") {
		defer func() {
			if err != nil {
				_ = os.Remove(path + "-shm") // an index of the -wal that SQLite has created
			}
		}()
	}
	return checkDatabase(ctx, path, sessions)
}

func hasBytes(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Size() > 0
}

// checkHeader refuses a file that isn't Snug's before SQLite opens it, because another
// program may have it open. The file itself has Snug's application ID, whatever is in
// its -wal: create makes it so. (SQLite, "Database File Format", section 1.3.)
func checkHeader(path string) error {
	// It opens the file for writing, though it doesn't write: a log that can't be
	// written is refused now, not at its first message.
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer file.Close() // it was only read
	const magic = "SQLite format 3\x00"
	header := make([]byte, 100)
	if _, err := file.ReadAt(header, 0); err != nil || string(header[:len(magic)]) != magic {
		return fmt.Errorf("%w: it doesn't begin as a SQLite file does: restore a backup, or move it away to begin an empty log; if it isn't Snug's, name another file", ErrDamaged)
	}
	return checkVersion(int(binary.BigEndian.Uint32(header[68:])), int(binary.BigEndian.Uint32(header[60:])))
}

// checkVersion refuses another program's file, and a schema of a later version.
func checkVersion(app, schema int) error {
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
		return asDamage(err)
	}
	defer db.Close()
	defer conn.Close()
	var app, found int
	if err := conn.QueryRowContext(ctx, "SELECT application_id, user_version FROM pragma_application_id, pragma_user_version").Scan(&app, &found); err != nil {
		return asDamage(err)
	}
	if err := checkVersion(app, found); err != nil {
		return err
	}
	queries := integrityChecks
	if found < version() { // its tables may be different
		queries = integrityChecks[:1]
	}
	for _, query := range queries {
		var answer string
		err := conn.QueryRowContext(ctx, query).Scan(&answer)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return asDamage(err)
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

// integrityChecks return "ok" or no row for a sound log. The first reads every page, but
// doesn't compare indexes with their tables, which would take seven times as long. The
// others find the damage that would hide entries or assign a seq twice: an index that
// doesn't lead to a room, and a room whose entries don't end at its head.
var integrityChecks = []string{
	"PRAGMA quick_check(1)",
	"PRAGMA integrity_check(rooms)",
	`SELECT 'room ' || id || ' should have entries from ' || first || ' to ' || head || ' and has ' || n || ', to ' || ifnull(seq, 0)
		FROM (SELECT room, sum(json_array_length(positions)) AS n FROM parts GROUP BY room) AS sums JOIN rooms ON rooms.id = sums.room
			LEFT JOIN (SELECT position, room, seq FROM entries) AS newest ON newest.position = recent ->> '$[#-1]' AND newest.room = rooms.id
		WHERE n != head + 1 - first OR first <= head AND ifnull(seq, 0) != head LIMIT 1`,
}

func damaged(why error) error {
	return fmt.Errorf("%w (%w): restore a backup, or move it and its -wal away to begin an empty log", ErrDamaged, why)
}

// asDamage says that an error of SQLite means a damaged file, unless the error only
// prevented the check: an operator who reads "damaged" may move the file away.
func asDamage(err error) error {
	var failed *sqlite.Error
	if !errors.As(err, &failed) {
		return err
	}
	switch failed.Code() & 0xff { // without the extended code
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_READONLY,
		sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_FULL, sqlite3.SQLITE_INTERRUPT:
		return err
	}
	return damaged(err)
}
