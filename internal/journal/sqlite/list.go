package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"snug/internal/journal"
)

// orders are what the orders of rooms go by, and which rooms come after a value and a code.
var orders = map[journal.Order]struct{ value, order, after string }{
	journal.BySaid:     {"said", "said DESC, code", "(said < ?3 OR said = ?3 AND code > ?4)"},
	journal.ByCode:     {"0", "code", "code > ?4"},
	journal.ByMessages: {"messages", "messages DESC, code", "(messages < ?3 OR messages = ?3 AND code > ?4)"},
	journal.ByBytes:    {"bytes", "bytes DESC, code", "(bytes < ?3 OR bytes = ?3 AND code > ?4)"},
}

// selectList reads the whole table of rooms (except by code), which takes less time than all
// commits would that had to keep indexes: see BenchmarkList.
const selectList = `SELECT id, code, ifnull(name.value, x'') FROM rooms LEFT JOIN state AS name ON name.room = id AND name.key = ?1
	WHERE closed = 0 AND (messages > 0 OR NOT ?2 AND (head > 0 OR EXISTS (SELECT 1 FROM state WHERE room = id)))
		AND (?4 = '' OR %s) AND (?5 = '' OR instr(lower(code), ?5) OR instr(lower(CAST(name.value AS TEXT)), ?5))
	ORDER BY %s LIMIT ?6`

// List implements [journal.Catalog].
func (f *File) List(ctx context.Context, q journal.ListQuery) ([]journal.RoomInfo, error) {
	f.reading.RLock()
	defer f.reading.RUnlock()
	tx, err := f.reads.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // it only read
	page, err := list(ctx, tx, &q)
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	return page, nil
}

func list(ctx context.Context, tx *sql.Tx, q *journal.ListQuery) ([]journal.RoomInfo, error) {
	order, known := orders[q.Order]
	if !known {
		return nil, fmt.Errorf("there is no order %d", q.Order)
	}
	after := q.AfterValue
	if after == 0 && q.After != "" {
		err := tx.QueryRowContext(ctx, "SELECT "+order.value+" FROM rooms WHERE code = ?", q.After).Scan(&after)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return nil, err
		}
	}
	var nameKey any
	limit, ascii := max(q.Limit, 0), ""
	if q.Search != "" {
		nameKey = q.NameKey
		if strings.ContainsFunc(q.Search, func(r rune) bool { return r >= utf8.RuneSelf }) {
			limit = -1 // SQLite knows the lower case of ASCII alone, so all rooms are compared here
		} else {
			ascii = strings.ToLower(q.Search)
		}
	}
	rows, err := tx.QueryContext(ctx, fmt.Sprintf(selectList, order.after, order.order), nameKey, q.Spoken, after, q.After, ascii, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var ids []int64
	for len(ids) < q.Limit && rows.Next() {
		var id int64
		var code, name sql.RawBytes
		if err := rows.Scan(&id, &code, &name); err != nil {
			return nil, err
		}
		if q.Matches(string(code), string(name)) {
			ids = append(ids, id)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	page := make([]journal.RoomInfo, len(ids))
	for n, id := range ids {
		if err := roomInfo(ctx, tx, id, q.Keys, &page[n]); err != nil {
			return nil, err
		}
	}
	return page, nil
}

func roomInfo(ctx context.Context, tx *sql.Tx, id int64, keys []string, i *journal.RoomInfo) (err error) {
	var said int64
	err = tx.QueryRowContext(ctx, "SELECT code, first, head, messages, bytes, said FROM rooms WHERE id = ?", id).Scan(&i.Room, &i.First, &i.Head, &i.Messages, &i.Bytes, &said)
	if err != nil {
		return err
	}
	if said != 0 {
		i.Said = time.UnixMilli(said)
	}
	i.State, err = stateOf(ctx, tx, id, keys)
	return err
}

// stateOf returns the keys of a room's state that begin with one of the prefixes.
func stateOf(ctx context.Context, tx *sql.Tx, room int64, prefixes []string) (map[string][]byte, error) {
	state := map[string][]byte{}
	for _, prefix := range prefixes {
		rows, err := tx.QueryContext(ctx, "SELECT key, value FROM state WHERE room = ?1 AND key >= ?2 AND substr(key, 1, length(?2)) = ?2", room, prefix)
		if err != nil {
			return nil, err
		}
		for rows.Next() {
			var key string
			var value []byte
			if err := rows.Scan(&key, &value); err != nil {
				return nil, errors.Join(err, rows.Close())
			}
			state[key] = value
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, err
		}
	}
	return state, nil
}
