package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"snug/internal/journal"
	"snug/protocol"
)

// room is a row of the table rooms, as the writer has it in memory.
type room struct {
	id         int64
	generation uint64
	head       uint64
	recent     []int64 // the positions of the part of the head: see places.go
	closed     int64   // until when drafts are refused, in Unix milliseconds; 0 if they aren't

	moved bool // the head, recent and the statistics in the file are older
	added statistics
}

// statistics are what was added to those of a room, and isn't in the file yet.
type statistics struct{ messages, bytes, said int64 }

// writer is the connection that writes. It is for the goroutine that commits.
type writer struct {
	db   *sql.DB
	conn *sql.Conn

	begin, commit                                                                                                  statement
	insertEntry, insertPart, insertID, forgetID, dropIDs, setState, unsetState, setRoom, setLog, erase, eraseEdits statement
	selectID, selectState, selectEntry, selectPart                                                                 *sql.Stmt

	idTime  time.Time // see SetIDTime
	dropped []string  // files that the last transaction has removed
	erased  string    // the body of a message that is erased

	// Rooms that were written to recently. It is cleared whenever the file may differ.
	rooms map[string]*room
}

// cachedRooms bounds how many rooms a writer remembers.
const cachedRooms = 50_000

// writerPragmas make a commit durable before it returns, and make deletion overwrite the
// deleted bytes. The -wal is written back after 32 MiB and not after SQLite's 4: each
// commit changes a page of the index of IDs for each of its senders, and that page is then
// written back once for many commits.
var writerPragmas = []string{
	"journal_mode(WAL)", "synchronous(FULL)", "fullfsync(1)", "secure_delete(1)",
	"journal_size_limit(67108864)", "wal_autocheckpoint(8192)",
}

// dropIDs deletes expired rows of ids among a number of the oldest positions. While the
// oldest row hasn't expired, it reads no other.
const dropIDs = `DELETE FROM ids WHERE at < ?1 AND
	position < (SELECT position + iif(at < ?1, ?2, 0) FROM ids ORDER BY position LIMIT 1)`

// openWriter opens f.write. It returns the log's identity and its position.
func (f *File) openWriter(ctx context.Context) (id journal.Identity, at Position, err error) {
	db, conn, err := connect(ctx, f.path, writerPragmas...)
	if err != nil {
		return id, at, err
	}
	w := &writer{db: db, conn: conn, rooms: make(map[string]*room), erased: string(protocol.ErasedBody(protocol.EventMessage))}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	if err := f.limit(ctx, conn); err != nil {
		return id, at, err
	}
	var found int
	if err := conn.QueryRowContext(ctx, "PRAGMA user_version").Scan(&found); err != nil {
		return id, at, err
	}
	if err := migrate(ctx, conn, found); err != nil {
		return id, at, err
	}
	// Write everything that was committed before to the file itself, with fsyncs of
	// that file. After a failed fsync this proves that what the -wal seems to hold is
	// durable; a later successful fsync of the same -wal would prove nothing.
	// This waits for reads of this process, which are short. It doesn't wait for
	// another process, because the caller tries again.
	if err := f.writeBack(ctx, conn); err != nil {
		return id, at, err
	}
	var secret, incarnation []byte
	var millis int64
	err = conn.QueryRowContext(ctx, "SELECT secret, incarnation, position, at FROM log").Scan(&secret, &incarnation, &at.Position, &millis)
	if err != nil {
		return id, at, err
	}
	copy(id.Secret[:], secret)
	copy(id.Incarnation[:], incarnation)
	at.At = time.UnixMilli(millis)
	for _, s := range []struct {
		*statement
		text string
	}{
		{&w.begin, "BEGIN IMMEDIATE"},
		{&w.commit, "COMMIT"},
		{&w.insertEntry, "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?, ?, ?)"},
		{&w.insertPart, "INSERT INTO places VALUES (?, ?, ?)"},
		{&w.insertID, "INSERT INTO ids VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (room, member, id) DO NOTHING"},
		{&w.forgetID, "DELETE FROM ids WHERE position = ?"},
		{&w.dropIDs, dropIDs},
		{&w.setState, "INSERT OR REPLACE INTO state VALUES (?, ?, ?)"},
		{&w.unsetState, "DELETE FROM state WHERE room = ? AND key = ?"},
		{&w.setRoom, "UPDATE rooms SET head = ?, recent = ?, messages = messages + ?, bytes = bytes + ?, said = max(said, ?) WHERE id = ?"},
		{&w.setLog, "UPDATE log SET position = ?, at = ?, erased = max(erased, ?)"},
		{&w.erase, "UPDATE entries SET body = ?, private = NULL WHERE position = ? AND room = ? AND seq = ?"},
		{&w.eraseEdits, "UPDATE entries SET body = ?, private = NULL WHERE room = ? AND target = ? AND type = 'edited'"},
	} {
		if err = s.prepare(ctx, conn, s.text); err != nil {
			return id, at, err
		}
	}
	for _, s := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&w.selectID, "SELECT position, seq, at, digest FROM ids WHERE room = ? AND member = ? AND id = ?"},
		{&w.selectState, "SELECT value FROM state WHERE room = ? AND key = ?"},
		{&w.selectEntry, "SELECT type, body FROM entries WHERE position = ? AND room = ? AND seq = ?"},
		{&w.selectPart, "SELECT positions FROM places WHERE room = ? AND part = ?"},
	} {
		if *s.stmt, err = conn.PrepareContext(ctx, s.text); err != nil {
			return id, at, err
		}
	}
	f.write = w
	return id, at, nil
}

// close closes the statements before the connection. SQLite keeps a connection open that
// has a statement left, and wouldn't write back its -wal.
func (w *writer) close() (err error) {
	for _, s := range []*statement{
		&w.begin, &w.commit, &w.insertEntry, &w.insertPart, &w.insertID, &w.forgetID, &w.dropIDs, &w.setState, &w.unsetState, &w.setRoom, &w.setLog, &w.erase, &w.eraseEdits,
	} {
		err = errors.Join(err, s.close())
	}
	for _, s := range []*sql.Stmt{w.selectID, w.selectState, w.selectEntry, w.selectPart} {
		if s != nil { // it is nil if opening failed
			err = errors.Join(err, s.Close())
		}
	}
	return errors.Join(err, w.conn.Close(), w.db.Close())
}

func (f *File) closeWriter() error {
	if f.write == nil {
		return nil
	}
	w := f.write
	f.write = nil
	return w.close()
}

// room returns the row of a room, and inserts it if there is none.
func (w *writer) room(ctx context.Context, code string) (*room, error) {
	r, err := w.findRoom(ctx, code)
	if !errors.Is(err, sql.ErrNoRows) {
		return r, err
	}
	if _, err := w.conn.ExecContext(ctx, "INSERT INTO rooms (code, generation, first, head) VALUES (?, 0, 1, 0)", code); err != nil {
		return nil, err
	}
	return w.findRoom(ctx, code)
}

// findRoom returns the row of a room. The error is sql.ErrNoRows if there is none.
func (w *writer) findRoom(ctx context.Context, code string) (*room, error) {
	if r := w.rooms[code]; r != nil {
		return r, nil
	}
	r := &room{}
	var recent []byte
	err := w.conn.QueryRowContext(ctx, "SELECT id, generation, head, recent, closed FROM rooms WHERE code = ?", code).Scan(&r.id, &r.generation, &r.head, &recent, &r.closed)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(recent, &r.recent); err != nil {
		return nil, err
	}
	if len(w.rooms) >= cachedRooms {
		clear(w.rooms)
	}
	w.rooms[code] = r
	return r, nil
}
