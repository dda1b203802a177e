package search

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// applicationID marks the file ("Snse" in ASCII), and version its schema. A file that has
	// another of either is thrown away.
	applicationID = 0x536e7365
	version       = 2
	// readers is how many searches can run at once.
	readers = 4
	// seqBits is how many bits of a row's number are the message's seq; those above are the
	// room. So the messages of a room are together, in order.
	seqBits = 35
	maxSeq  = 1<<seqBits - 1
	maxRoom = 1<<(63-seqBits) - 1
)

// schema has the text of each message as fold returns it, and its marks. FTS5 stores them, as
// it has to know what to remove from its lists when a message is erased; it doesn't store
// where in a text a part is, which would double the size, so candidates are compared with the
// query. secure_delete overwrites what is removed from pages, and FTS5's secure-delete removes
// it from FTS5's lists at once.
//
// Of a room, the index has the messages up to head, and none before first.
const schema = `
CREATE TABLE about (one INTEGER PRIMARY KEY CHECK (one = 1), log TEXT NOT NULL, purge INTEGER NOT NULL);
CREATE TABLE rooms (
	id    INTEGER PRIMARY KEY,
	code  TEXT    NOT NULL UNIQUE,
	epoch TEXT    NOT NULL,
	first INTEGER NOT NULL,
	head  INTEGER NOT NULL,
	dated INTEGER NOT NULL -- the newest message that was imported, whose time isn't that of the log; 0 if there is none
);
CREATE VIRTUAL TABLE texts USING fts5(text, marks, tokenize = 'trigram case_sensitive 1', detail = none, columnsize = 0);
INSERT INTO texts (texts, rank) VALUES ('hashsize', 16777216);
INSERT INTO texts (texts, rank) VALUES ('usermerge', 2);
`

// store is the index's file, from openStore to close.
type store struct {
	path  string
	write *sql.DB
	conn  *sql.Conn // the one that writes
	reads *sql.DB
}

// openStore opens the file at path, which must belong to the log with this name. If there is
// none, or it belongs to another log or version of the program, openStore begins an empty one.
// It reports whether it did.
func openStore(ctx context.Context, path, log string) (s *store, fresh bool, err error) {
	if s, err = openExisting(ctx, path, log); s != nil || err != nil {
		return s, false, err
	}
	if err := removeStore(path); err != nil {
		return nil, false, err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, false, err
	}
	if err := file.Close(); err != nil {
		return nil, false, err
	}
	if s, err = connect(ctx, path); err != nil {
		return nil, false, err
	}
	create := fmt.Sprintf("BEGIN IMMEDIATE; %s; PRAGMA application_id = %d; PRAGMA user_version = %d", schema, applicationID, version)
	if _, err = s.conn.ExecContext(ctx, create); err == nil {
		if _, err = s.conn.ExecContext(ctx, "INSERT INTO about (one, log, purge) VALUES (1, ?, 0)", log); err == nil {
			_, err = s.conn.ExecContext(ctx, "COMMIT")
		}
	}
	if err != nil {
		return nil, false, errors.Join(err, s.close())
	}
	return s, true, nil
}

// openExisting opens the file if it can be continued; otherwise it returns nil.
func openExisting(ctx context.Context, path, log string) (*store, error) {
	if info, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file: remove it", path)
	}
	s, err := connect(ctx, path)
	if err == nil {
		var id, v int
		var of string
		err = errors.Join(
			s.conn.QueryRowContext(ctx, "PRAGMA application_id").Scan(&id),
			s.conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&v),
			s.conn.QueryRowContext(ctx, "SELECT log FROM about").Scan(&of))
		if err == nil && id == applicationID && v == version && of == log {
			return s, nil
		}
		if e := s.close(); err == nil && e != nil {
			return nil, e
		}
	}
	if err == nil || unusable(err) {
		return nil, nil
	}
	return nil, err
}

// unusable reports whether err says that the file's content is no index, or a damaged one.
func unusable(err error) bool {
	code := codeOf(err)
	return code == sqlite3.SQLITE_ERROR || isDamage(code) || code == sqlite3.SQLITE_OK && errors.Is(err, sql.ErrNoRows)
}

// errDamaged says that a search has found the file damaged.
var errDamaged = errors.New("a search can't read it")

// damaged reports whether err says that the file is damaged.
func damaged(err error) bool { return errors.Is(err, errDamaged) || isDamage(codeOf(err)) }

func isDamage(code int) bool {
	return code == sqlite3.SQLITE_CORRUPT || code == sqlite3.SQLITE_NOTADB
}

// codeOf returns SQLite's primary result code in err; SQLITE_OK if there is none.
func codeOf(err error) int {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return sqlite3.SQLITE_OK
	}
	return e.Code() & 0xFF
}

// connect opens the file, for one connection that writes and some that read.
func connect(ctx context.Context, path string) (s *store, err error) {
	s = &store{path: path}
	if s.write, err = sql.Open("sqlite", dsn(path, "journal_mode(wal)", "synchronous(normal)", "secure_delete(on)", "wal_autocheckpoint(4000)", "cache_size(-16000)")); err != nil {
		return nil, err
	}
	if s.conn, err = s.write.Conn(ctx); err != nil {
		return nil, errors.Join(err, s.write.Close())
	}
	if s.reads, err = sql.Open("sqlite", dsn(path, "query_only(1)", "cache_size(-4000)")); err != nil {
		return nil, errors.Join(err, s.conn.Close(), s.write.Close())
	}
	s.reads.SetMaxOpenConns(readers)
	s.reads.SetMaxIdleConns(readers)
	return s, nil
}

// dsn returns the file's name as a URI (SQLite, "Uniform Resource Identifiers").
func dsn(path string, pragmas ...string) string {
	query := url.Values{"mode": {"rw"}, "_pragma": append([]string{"busy_timeout(5000)"}, pragmas...)}
	u := url.URL{Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: query.Encode()}
	return u.String()
}

// transact calls f in a transaction of the connection that writes, which is rolled back if f
// fails.
func (s *store) transact(ctx context.Context, f func() error) error {
	if err := s.exec(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := f()
	if err == nil {
		err = s.exec(ctx, "COMMIT")
	}
	if err != nil {
		_, _ = s.conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK") // there may be no transaction left
	}
	return err
}

// exec executes statements on the connection that writes.
func (s *store) exec(ctx context.Context, query string, args ...any) error {
	_, err := s.conn.ExecContext(ctx, query, args...)
	return err
}

func (s *store) close() error {
	return errors.Join(s.reads.Close(), s.conn.Close(), s.write.Close())
}

// removeStore removes the files of an index.
func removeStore(path string) error {
	for _, suffix := range []string{"-wal", "-shm", "-journal", ""} { // the main file last: without it the others mean nothing
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// size returns how many bytes the files have.
func (s *store) size() (n int64) {
	for _, suffix := range []string{"", "-wal"} {
		if info, err := os.Stat(s.path + suffix); err == nil {
			n += info.Size()
		}
	}
	return n
}

// row returns the number of a message's row.
func row(room int64, seq uint64) int64 { return room<<seqBits | int64(min(seq, maxSeq)) }

// seqOf returns the seq in the number of a row.
func seqOf(row int64) uint64 { return uint64(row & maxSeq) }

// rooms returns what the index has of each room.
func (s *store) rooms(ctx context.Context) (map[string]*room, error) {
	rows, err := s.conn.QueryContext(ctx, "SELECT id, code, epoch, first, head, dated FROM rooms")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := make(map[string]*room)
	for rows.Next() {
		var r room
		if err := rows.Scan(&r.id, &r.code, &r.epoch, &r.first, &r.head, &r.dated); err != nil {
			return nil, err
		}
		all[strings.Clone(r.code)] = &r
	}
	return all, rows.Err()
}

// writeBack empties the -wal, so that what was removed isn't there either. It reports
// whether it did: a search that is under way may prevent it.
func (s *store) writeBack(ctx context.Context) (done bool, err error) {
	var busy, logged, moved int
	err = s.conn.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &logged, &moved)
	return busy == 0, err
}
