package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"snug/internal/journal"
)

// applicationID marks a SQLite file as Snug's ("Snug" in ASCII).
const applicationID = 0x536e7567

// migrations[v] upgrades a file from schema version v to v+1. A new file is an empty one
// that goes through all of them. A migration that was released must not be changed.
//
// Columns called at are milliseconds since 1970 by the log's clock, which never runs
// backwards. Columns called room are rooms.id.
var migrations = []string{`
-- One row: the log as a whole.
CREATE TABLE log (
	one         INTEGER PRIMARY KEY CHECK (one = 1),
	secret      BLOB    NOT NULL, -- what seats and digests are keyed with
	incarnation BLOB    NOT NULL, -- new when a backup is started on: part of every epoch
	session     BLOB    NOT NULL, -- which use of the file this is: see session.go
	position    INTEGER NOT NULL, -- of the last draft taken in, whether or not it became an entry
	at          INTEGER NOT NULL  -- of the last draft taken in
);

CREATE TABLE rooms (
	id         INTEGER PRIMARY KEY,
	code       TEXT    NOT NULL UNIQUE,
	generation INTEGER NOT NULL, -- how often its log was forgotten: part of its epoch
	first      INTEGER NOT NULL, -- the oldest seq kept; head + 1 if none is
	head       INTEGER NOT NULL  -- the last seq given
);

-- The entries of all rooms in order of arrival, so that a commit writes at the
-- end of the table however many rooms it touches.
CREATE TABLE entries (
	position INTEGER PRIMARY KEY,
	room     INTEGER NOT NULL,
	seq      INTEGER NOT NULL,
	at       INTEGER NOT NULL,
	type     TEXT    NOT NULL,
	id       TEXT    NOT NULL,
	member   TEXT    NOT NULL,
	nick     TEXT    NOT NULL,
	role     TEXT    NOT NULL,
	guest    INTEGER NOT NULL,
	target   INTEGER, -- the seq that the entry is about
	body     BLOB    NOT NULL,
	private  BLOB     -- never shown
);
CREATE UNIQUE INDEX entries_in_room ON entries (room, seq);
CREATE INDEX entries_about ON entries (room, target) WHERE target IS NOT NULL;

-- What a repeat is recognised by. Apart from the entries, because it outlives
-- their pruning and their erasure, and is itself forgotten after a while.
CREATE TABLE ids (
	position INTEGER PRIMARY KEY,
	room     INTEGER NOT NULL,
	member   TEXT    NOT NULL,
	id       TEXT    NOT NULL,
	seq      INTEGER NOT NULL,
	at       INTEGER NOT NULL,
	digest   BLOB    NOT NULL
);
CREATE UNIQUE INDEX ids_of_member ON ids (room, member, id);

-- What the entries so far have made of a room: roles, bans, settings. Kept when
-- entries are pruned.
CREATE TABLE state (
	room  INTEGER NOT NULL,
	key   TEXT    NOT NULL,
	value BLOB    NOT NULL,
	PRIMARY KEY (room, key)
) WITHOUT ROWID;
`, `
ALTER TABLE entries ADD COLUMN bot INTEGER NOT NULL DEFAULT 0;
`, `
-- generation is from now on how many rooms with this code were closed.
ALTER TABLE rooms ADD COLUMN closed   INTEGER NOT NULL DEFAULT 0; -- until when the code can't be used; 0 if it can
ALTER TABLE rooms ADD COLUMN messages INTEGER NOT NULL DEFAULT 0; -- that are kept and not erased
ALTER TABLE rooms ADD COLUMN bytes    INTEGER NOT NULL DEFAULT 0; -- of the bodies and private parts that are kept
ALTER TABLE rooms ADD COLUMN said     INTEGER NOT NULL DEFAULT 0; -- when the newest message was; 0 if there was none
UPDATE rooms SET messages = sums.messages, bytes = sums.bytes, said = sums.said FROM (
	SELECT room,
		count(*) FILTER (WHERE type = 'message' AND body != CAST('{"deleted":true}' AS BLOB)) AS messages,
		sum(length(body) + ifnull(length(private), 0)) AS bytes,
		ifnull(max(at) FILTER (WHERE type = 'message'), 0) AS said
	FROM entries GROUP BY room) AS sums WHERE sums.room = rooms.id;

-- Rooms that were closed, and have rows in entries, ids and state that are to be deleted.
-- A closed room gets another id, so nobody finds the rows by its code.
CREATE TABLE leftovers (
	room       INTEGER PRIMARY KEY, -- the id that the room had
	code       TEXT    NOT NULL,
	generation INTEGER NOT NULL
);

-- The last position at which something was erased: drafts up to it may have that text.
ALTER TABLE log ADD COLUMN erased INTEGER NOT NULL DEFAULT 0;
UPDATE log SET erased = (SELECT ifnull(max(position), 0) FROM entries WHERE type = 'deleted');
`, `
-- Which files there are. Their bytes are in the directory next to the log.
CREATE TABLE files (
	id     TEXT    PRIMARY KEY,
	room   INTEGER NOT NULL,
	member TEXT    NOT NULL, -- who has stored it
	size   INTEGER NOT NULL, -- in bytes
	digest BLOB    NOT NULL, -- SHA-256 of the bytes
	info   BLOB    NOT NULL, -- what those who use the log have to say about it
	seq    INTEGER NOT NULL, -- of the entry that it belongs to; 0 for none yet
	at     INTEGER NOT NULL  -- when it was stored
) WITHOUT ROWID;
CREATE INDEX files_in_room ON files (room, seq, size);
CREATE INDEX files_unused ON files (at) WHERE seq = 0;
`, `
-- Where the entries of a room are: see places.go.
CREATE TABLE places (
	room      INTEGER NOT NULL,
	part      INTEGER NOT NULL, -- of the room: entries with the same seq / 16
	positions TEXT    NOT NULL, -- of the entries that are kept, in a JSON array
	PRIMARY KEY (room, part)
) WITHOUT ROWID;
INSERT INTO places SELECT room, seq / 16, json_group_array(position ORDER BY seq) FROM entries GROUP BY room, seq / 16;
DROP INDEX entries_in_room;

ALTER TABLE rooms ADD COLUMN recent TEXT NOT NULL DEFAULT '[]'; -- positions of the part of the head
UPDATE rooms SET recent = places.positions FROM places WHERE places.room = id AND part = head / 16;
DELETE FROM places WHERE part = (SELECT head / 16 FROM rooms WHERE id = places.room);

CREATE VIEW parts AS SELECT room, part, positions FROM places UNION ALL SELECT id, head / 16, recent FROM rooms;
`}

// withPlaces is the first version whose entries are found by their places, and not by an index.
const withPlaces = 5

// version is the schema version that this program reads and writes.
func version() int { return len(migrations) }

// migrate upgrades the file of conn from schema version from to the current version, in
// one transaction.
func migrate(ctx context.Context, conn *sql.Conn, from int) (err error) {
	if from == version() {
		return nil
	}
	if _, err := conn.ExecContext(ctx, "BEGIN EXCLUSIVE"); err != nil {
		return fmt.Errorf("upgrade the schema: %w", err)
	}
	defer func() {
		if err != nil {
			_, _ = conn.ExecContext(ctx, "ROLLBACK") // the transaction ends with the connection anyway
		}
	}()
	for v := from; v < version(); v++ {
		if _, err := conn.ExecContext(ctx, migrations[v]); err != nil {
			return fmt.Errorf("upgrade the schema from version %d to %d: %w", v, v+1, err)
		}
	}
	if from == 0 {
		id := journal.NewIdentity()
		if _, err := conn.ExecContext(ctx, "INSERT INTO log (one, secret, incarnation, session, position, at) VALUES (1, ?, ?, zeroblob(16), 0, 0)", id.Secret[:], id.Incarnation[:]); err != nil {
			return fmt.Errorf("write a new identity: %w", err)
		}
	}
	// Pragmas take no parameters; these numbers are constants.
	pragmas := fmt.Sprintf("PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT", applicationID, version())
	if _, err := conn.ExecContext(ctx, pragmas); err != nil {
		return fmt.Errorf("upgrade the schema: %w", err)
	}
	return nil
}
