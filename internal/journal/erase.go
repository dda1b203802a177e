package journal

import (
	"bytes"

	"snug/protocol"
)

// IsMessage reports whether an entry of this type and body is a message that other
// entries can refer to: a message that is not erased.
func IsMessage(typ protocol.EventType, body []byte) bool {
	return typ == protocol.EventMessage && !bytes.Equal(body, protocol.ErasedBody(typ))
}

// Erase removes the content of an entry. It replaces the body and leaves the bytes of
// the old one as they are, because other entries may share them.
func (e *Entry) Erase() {
	e.Body, e.Private = protocol.ErasedBody(e.Type), nil
}
