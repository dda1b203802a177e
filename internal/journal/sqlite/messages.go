package sqlite

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"snug/internal/journal"
	"snug/protocol"
)

const (
	selectMessages = `SELECT ` + entryColumns + ofCode + ` AND type = 'message' AND body != ?4 ORDER BY position DESC`
	// The edits of a message come in the order of the log, so the last one counts.
	selectEdits = `SELECT target, body FROM entries
		WHERE room = (SELECT id FROM rooms WHERE code = ?) AND target BETWEEN ? AND ? AND type = 'edited' ORDER BY target, position`
)

// ReadMessages implements [journal.Messages].
func (f *File) ReadMessages(ctx context.Context, room string, first, last uint64) ([]journal.Entry, error) {
	messages, err := f.readMessages(ctx, room, first, min(last, math.MaxInt64))
	if err != nil {
		return nil, fmt.Errorf("read messages of room %q: %w", room, err)
	}
	return messages, nil
}

func (f *File) readMessages(ctx context.Context, room string, first, last uint64) ([]journal.Entry, error) {
	f.reading.RLock()
	defer f.reading.RUnlock()
	if first > last {
		return nil, nil
	}
	rows, err := f.reads.QueryContext(ctx, selectMessages, room, int64(first), int64(last), []byte(protocol.ErasedBody(protocol.EventMessage)))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var messages []journal.Entry
	at := make(map[uint64]int) // where in messages the one with a seq is
	for size := 0; size < journal.PageBytes && rows.Next(); {
		var e journal.Entry
		if err := scanEntry(rows, &e); err != nil {
			return nil, err
		}
		at[e.Seq] = len(messages)
		messages = append(messages, e)
		size += e.Size()
	}
	if err := rows.Err(); err != nil || len(messages) == 0 {
		return nil, err
	}
	return messages, f.applyEdits(ctx, room, messages, at)
}

// applyEdits gives messages the content of their last edits.
func (f *File) applyEdits(ctx context.Context, room string, messages []journal.Entry, at map[uint64]int) error {
	rows, err := f.reads.QueryContext(ctx, selectEdits, room, int64(messages[len(messages)-1].Seq), int64(messages[0].Seq))
	if err != nil {
		return err
	}
	defer rows.Close()
	last := make(map[int][]byte)
	for rows.Next() {
		var target uint64
		var body []byte
		if err := rows.Scan(&target, &body); err != nil {
			return err
		}
		if i, there := at[target]; there {
			last[i] = body
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for _, i := range slices.Sorted(maps.Keys(last)) {
		if err := messages[i].ApplyEdit(json.RawMessage(last[i])); err != nil {
			return fmt.Errorf("edit of %d: %w", messages[i].Seq, err)
		}
	}
	return nil
}
