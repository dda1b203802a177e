package journal

import (
	"encoding/json"

	"snug/protocol"
)

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
