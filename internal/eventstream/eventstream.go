// Package eventstream writes server-sent events (HTML Standard, section 9.2). It has no
// state, and imports only the standard library.
package eventstream

import "strconv"

// ContentType is the media type of a stream.
const ContentType = "text/event-stream"

// Heartbeat is a comment, which clients ignore.
const Heartbeat = ":\n\n"

// Event is one event. Its fields must not contain line breaks.
type Event struct {
	Type string // empty for events that a client gets as "message"
	ID   string // what the client comes back with as Last-Event-ID; empty for none
	Data []byte
}

// Append appends e to dst. It keeps neither.
func Append(dst []byte, e Event) []byte {
	if e.ID != "" {
		dst = append(append(append(dst, "id: "...), e.ID...), '\n')
	}
	if e.Type != "" {
		dst = append(append(append(dst, "event: "...), e.Type...), '\n')
	}
	dst = append(append(dst, "data: "...), e.Data...)
	return append(dst, "\n\n"...)
}

// AppendAt is Append for an event with the ID of a position in a log, EPOCH:SEQ. It doesn't
// allocate if dst has space.
func AppendAt(dst []byte, epoch string, seq uint64, e Event) []byte {
	dst = append(append(append(dst, "id: "...), epoch...), ':')
	dst = append(strconv.AppendUint(dst, seq, 10), '\n')
	e.ID = ""
	return Append(dst, e)
}
