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
	switch inWAL, err := checkHeader(path); {
	case err != nil:
		return err
	case !inWAL && hasBytes(path+"-wal"):
		// SQLite would mix what the two have.
		return fmt.Errorf("a backup is in its place, and %s-wal of the log that was there before is still next to it: delete that", path)
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
// its -wal: create makes it so. It reports whether the file is in WAL mode: see inWALMode. (SQLite, "Database File Format", section 1.3.)
func checkHeader(path string) (inWAL bool, err error) {
	// It opens the file for writing, though it doesn't write: a log that can't be
	// written is refused now, not at its first message.
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	defer file.Close() // it was only read
	const magic = "SQLite format 3\x00"
	header := make([]byte, 100)
	if _, err := file.ReadAt(header, 0); err != nil || string(header[:len(magic)]) != magic {
		return false, fmt.Errorf("%w: it doesn't begin as a SQLite file does: restore a backup, or move it away to begin an empty log; if it isn't Snug's, name another file", ErrDamaged)
	}
	if err := checkVersion(int(binary.BigEndian.Uint32(header[68:])), int(binary.BigEndian.Uint32(header[60:]))); err != nil {
		return false, err
	}
	// Whether it is in WAL mode, once for those who write and once for those who read.
	if modes := header[18:20]; modes[0] != modes[1] || modes[0] != rollbackMode && modes[0] != walMode {
		return false, damaged(fmt.Errorf("its header has %d and %d as its modes", modes[0], modes[1]))
	}
	return header[18] == walMode, nil
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
	queries := []string{quickCheck, checkRooms, checkPlaces}
	switch {
	case found == 0: // it has no tables yet
		queries = queries[:1]
	case found < withPlaces:
		queries[2] = checkIndex
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

// These queries return "ok" or no row for a sound log.
const (
	// quickCheck reads every page, but doesn't compare indexes with their tables, which would
	// take seven times as long. The others find the damage that would hide entries or assign a
	// seq twice.
	quickCheck = "PRAGMA quick_check(1)"
	// checkRooms finds an index that doesn't lead to a room.
	checkRooms = "PRAGMA integrity_check(rooms)"
	// checkPlaces finds a room that has too few or too many places, in all or in a part, or
	// whose last one isn't that of its head.
	checkPlaces = `SELECT 'room ' || rooms.id || ' should have entries ' || first || ' to ' || head || ', but has places for ' || sum(json_array_length(positions))
		FROM parts JOIN rooms ON rooms.id = parts.room
		GROUP BY rooms.id HAVING sum(json_array_length(positions)) != head + 1 - first
			OR max(json_array_length(positions) != max(0, min(head, part * 16 + 15) + 1 - max(first, part * 16)))
			OR first <= head AND ifnull((SELECT seq FROM entries WHERE position = recent ->> '$[#-1]' AND entries.room = rooms.id), 0) != head LIMIT 1`
	// checkIndex finds, in a schema without places, a room whose entries don't end at its head.
	checkIndex = `SELECT 'room ' || rooms.id || ' should end with ' || head || ' and has ' || count(seq) || ' entries, to ' || ifnull(max(seq), 0)
		FROM rooms LEFT JOIN entries INDEXED BY entries_in_room ON room = rooms.id
		GROUP BY rooms.id HAVING count(seq) != head + 1 - first OR ifnull(max(seq), head) != head LIMIT 1`
)

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
