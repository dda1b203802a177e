package sqlite

import (
	"context"
	"fmt"
	"math"

	"snug/internal/journal"
	"snug/protocol"
)

// selectMessages selects messages, each after the body of its last edit: the edits of a message
// come in the order of the log.
const selectMessages = `SELECT (SELECT edit.body FROM entries AS edit
	WHERE edit.room = entries.room AND edit.target = entries.seq AND edit.type = 'edited' ORDER BY edit.position DESC LIMIT 1), ` +
	entryColumns + ofCode + ` AND type = 'message' AND body != ?4 ORDER BY position DESC`

// ReadMessages implements [journal.Journal].
func (f *File) ReadMessages(ctx context.Context, room string, first, last uint64) ([]journal.Entry, error) {
	messages, err := f.readMessages(ctx, room, first, min(last, math.MaxInt64))
	if err != nil {
		return nil, fmt.Errorf("read messages of room %q: %w", room, err)
	}
	return messages, nil
}

func (f *File) readMessages(ctx context.Context, room string, first, last uint64) (messages []journal.Entry, err error) {
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
	for size := 0; size < journal.PageBytes && rows.Next(); {
		var edit []byte
		var e journal.Entry
		if err := scanEntry(rows, &e, &edit); err != nil {
			return nil, err
		}
		if edit != nil {
			if err := e.ApplyEdit(edit); err != nil {
				return nil, fmt.Errorf("edit of %d: %w", e.Seq, err)
			}
		}
		messages = append(messages, e)
		size += e.Size()
	}
	return messages, rows.Err()
}
