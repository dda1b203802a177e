package protocol

import "encoding/json"

// EditedBody is the Body of an [EventEdited], whose Target is the edited message.
type EditedBody struct {
	Content string `json:"content"` // empty if the message has nothing but files now
	Erased  bool   `json:"-"`       // the message is erased, and the content with it
}

// Encode returns the body as an Event holds it.
func (b EditedBody) Encode() json.RawMessage {
	if b.Erased {
		return ErasedBody(EventEdited)
	}
	return appendValue(nil, b)
}

// Edited returns the body of an EventEdited.
func (e *Event) Edited() (EditedBody, error) {
	b, err := bodyOf[struct {
		Content *string `json:"content"`
	}](e)
	if err != nil || b.Content == nil {
		return EditedBody{Erased: err == nil}, err
	}
	return EditedBody{Content: *b.Content}, nil
}

// ReactedBody is the Body of an [EventReacted], whose Target is the message.
type ReactedBody struct {
	Emoji  string `json:"emoji"`
	Remove bool   `json:"remove,omitempty"` // the reaction is taken back
}

// Encode returns the body as an Event holds it.
func (b ReactedBody) Encode() json.RawMessage { return appendValue(nil, b) }

// Reacted returns the body of an EventReacted.
func (e *Event) Reacted() (ReactedBody, error) { return bodyOf[ReactedBody](e) }

// ErasedBody returns the body that an event of type typ has after its message is
// erased.
func ErasedBody(typ EventType) json.RawMessage {
	if typ == EventMessage {
		return MessageBody{Deleted: true}.Encode()
	}
	return json.RawMessage("{}")
}
