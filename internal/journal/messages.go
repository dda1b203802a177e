package journal

import (
	"context"
	"encoding/json"

	"snug/protocol"
)

// Messages is a journal from which messages can be read as they are now. All engines can do
// that.
type Messages interface {
	// ReadMessages returns the messages of the room whose seqs are first to last, both
	// included, newest first. Those that are erased or no longer kept are left out. Each has
	// the content of its last edit (see ApplyEdit). It may return fewer, without the oldest
	// ones, to keep the page small (see PageBytes), but it returns none only if there are none.
	ReadMessages(ctx context.Context, room string, first, last uint64) ([]Entry, error)
}

// ApplyEdit gives the message e the content that the body of an edit has. The message
// doesn't share the new body with anybody.
func (e *Entry) ApplyEdit(body json.RawMessage) error {
	edit := protocol.Event{Type: protocol.EventEdited, Body: body}
	edited, err := edit.Edited()
	if err != nil {
		return err
	}
	m, err := e.Message()
	if err != nil {
		return err
	}
	m.Content, m.Edited = edited.Content, true
	e.Body = m.Encode()
	return nil
}
