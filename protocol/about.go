package protocol

import "encoding/json"

// EditedBody is the Body of an [EventEdited], whose Target is the message. It is
// empty once the message is erased.
type EditedBody struct {
	Content string `json:"content,omitempty"`
}

// Encode returns the body as an Event holds it.
func (b EditedBody) Encode() json.RawMessage { return appendValue(nil, b) }

// Edited returns the body of an EventEdited.
func (e *Event) Edited() (EditedBody, error) { return bodyOf[EditedBody](e) }

// ReactedBody is the Body of an [EventReacted], whose Target is the message.
type ReactedBody struct {
	Emoji  string `json:"emoji"`
	Remove bool   `json:"remove,omitempty"` // it is taken back
}

// Encode returns the body as an Event holds it.
func (b ReactedBody) Encode() json.RawMessage { return appendValue(nil, b) }

// Reacted returns the body of an EventReacted.
func (e *Event) Reacted() (ReactedBody, error) { return bodyOf[ReactedBody](e) }

// ErasedBody returns what is left of the body of an event of type typ whose
// message is erased.
func ErasedBody(typ EventType) json.RawMessage {
	if typ == EventMessage {
		return MessageBody{Deleted: true}.Encode()
	}
	return json.RawMessage("{}")
}
