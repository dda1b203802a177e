package journal

import (
	"bytes"

	"snug/protocol"
)

// Stands reports whether an entry is a message that others can be about: not one
// that is erased.
func Stands(typ protocol.EventType, body []byte) bool {
	return typ == protocol.EventMessage && !bytes.Equal(body, protocol.ErasedBody(typ))
}

// Erase takes what was said out of an entry. It doesn't change the bytes that the
// entry had, which others may share.
func (e *Entry) Erase() {
	e.Body, e.Private = protocol.ErasedBody(e.Type), nil
}
