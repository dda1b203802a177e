package sqlite

import (
	"context"
	"fmt"

	"snug/internal/journal"
)

// selectRooms reads the whole table of states: there is an index by room, and none by key.
const selectRooms = `SELECT code, generation, first, head, key, value FROM state JOIN rooms ON rooms.id = state.room
	WHERE substr(key, 1, length(?1)) = ?1`

// Rooms implements [journal.Observable].
func (f *File) Rooms(ctx context.Context, prefix string) (map[string]journal.Snapshot, error) {
	f.reading.RLock()
	defer f.reading.RUnlock()
	rows, err := f.reads.QueryContext(ctx, selectRooms, prefix)
	if err != nil {
		return nil, fmt.Errorf("read the states of all rooms: %w", err)
	}
	defer rows.Close()
	all := make(map[string]journal.Snapshot)
	for rows.Next() {
		var code, key string
		var generation, first, head uint64
		var value []byte
		if err := rows.Scan(&code, &generation, &first, &head, &key, &value); err != nil {
			return nil, fmt.Errorf("read the states of all rooms: %w", err)
		}
		s, there := all[code]
		if !there { // a room that has state isn't closed
			s = journal.Snapshot{Epoch: f.id.Epoch(code, generation), First: first, Head: head, State: map[string][]byte{}, Generation: generation}
			all[code] = s
		}
		s.State[key] = value
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read the states of all rooms: %w", err)
	}
	return all, nil
}
