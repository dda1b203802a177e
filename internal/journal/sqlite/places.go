package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"strconv"
)

// The entries are in the order in which they arrived, so something must say where those of a
// room are. The entries of a room whose seqs have the same quotient by partSize are a part of
// it, and the positions of a part are one value, a JSON array in the order of the seqs: in a row
// of places, or, for the part of the head, in the room's own row. An index by room and seq would
// have each commit write a page for each of its rooms; this writes one for every partSize entries
// of a room, and the rows of the rooms, which share pages. The view parts has all of it.
//
// An array has the positions of the entries that are kept, so it may begin after the part does,
// and ends with the part, or with the head.

// partSize is how many seqs a part has. The schema and the statements have it too.
const partSize = 16

// ofRoom and ofCode select the entries of a room, which is given by its id or its code (?1), from
// a seq (?2) to another one (?3). All of their positions are in memory while a statement runs.
const (
	ofRoom = between + `?1) AND room = ?1`
	ofCode = between + withCode + `) AND room = ` + withCode

	between = ` FROM entries WHERE seq BETWEEN ?2 AND ?3 AND position IN (
		SELECT value FROM parts, json_each(positions) WHERE part BETWEEN ?2 / 16 AND ?3 / 16 AND room = `
	withCode = `(SELECT id FROM rooms WHERE code = ?1)`
)

// addPlace notes the position of the room's new head.
func (w *writer) addPlace(ctx context.Context, r *room, p Position) error {
	if r.head%partSize == 0 && len(r.recent) > 0 {
		if err := w.savePart(ctx, r, r.head-1); err != nil {
			return err
		}
	}
	r.recent = append(r.recent, int64(p.Position))
	return nil
}

// savePart moves the room's recent entries, of which the last one has the seq, from its own row
// to places.
func (w *writer) savePart(ctx context.Context, r *room, last uint64) error {
	_, err := w.insertPart.exec(ctx, r.id, int64(last/partSize), arrayOf(r.recent))
	r.recent = r.recent[:0]
	return err
}

// position returns where an entry of the room is. The error is sql.ErrNoRows if there is none.
func (w *writer) position(ctx context.Context, r *room, seq uint64) (int64, error) {
	positions, last := r.recent, r.head
	if part := seq / partSize; part != r.head/partSize {
		var array []byte
		if err := w.selectPart.QueryRowContext(ctx, r.id, int64(part)).Scan(&array); err != nil {
			return 0, err
		}
		positions, last = nil, part*partSize+partSize-1 // not the array of recent
		if err := json.Unmarshal(array, &positions); err != nil {
			return 0, err
		}
	}
	if seq > last || last-seq >= uint64(len(positions)) {
		return 0, sql.ErrNoRows
	}
	return positions[uint64(len(positions))-1-(last-seq)], nil
}

// cutPlaces removes the places of the room's entries before first. The row of the room, and so
// the newest of its places, is left to the caller.
func (w *writer) cutPlaces(ctx context.Context, r *room, first uint64) error {
	kept := min(r.head+1-first, uint64(len(r.recent)))
	r.recent = r.recent[uint64(len(r.recent))-kept:]
	for _, statement := range []string{
		"DELETE FROM places WHERE room = ?1 AND part < ?2 / 16",
		`UPDATE places SET positions = (SELECT json_group_array(value ORDER BY key) FROM json_each(positions)
			WHERE key >= json_array_length(positions) - (part * 16 + 16 - ?2)) WHERE room = ?1 AND part = ?2 / 16`,
	} {
		if _, err := w.conn.ExecContext(ctx, statement, r.id, int64(first)); err != nil {
			return err
		}
	}
	return nil
}

// arrayOf returns positions as a JSON array.
func arrayOf(positions []int64) string {
	array := make([]byte, 0, 2+12*partSize)
	array = append(array, '[')
	for i, p := range positions {
		if i > 0 {
			array = append(array, ',')
		}
		array = strconv.AppendInt(array, p, 10)
	}
	return string(append(array, ']'))
}
