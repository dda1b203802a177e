package protocol

// PlainMessage is a message in the plain dialect, in both directions.
type PlainMessage struct {
	Author  string
	Content string
}

// DecodePlain decodes one plain frame, which must be valid UTF-8. Names of fields are
// matched without regard to case, and unknown ones are ignored. The error is an [*Error].
func DecodePlain(data []byte) (PlainMessage, error) {
	if v, ok := plainNames.readStrings(data); ok {
		return PlainMessage{string(v[0]), string(v[1])}, nil
	}
	var m PlainMessage
	if e := DecodeObject(data, &m); e != nil {
		return PlainMessage{}, e
	}
	return m, nil
}

var plainNames = names{"Author", "Content"}

// AppendPlain appends m as plain writes it.
func AppendPlain(dst []byte, m PlainMessage) []byte {
	start := len(dst)
	dst = appendAuthor(dst, m.Author)
	dst = appendString(dst, m.Content)
	return escapeControls(append(dst, '}'), start)
}

// AppendPlain appends the event of a room as plain writes it, or nothing: plain shows only
// messages that are not erased. Each file is a line of the content, with its name and its
// address, which begins with link, the room's own. It doesn't allocate if nothing in the body is escaped.
func (e *Event) AppendPlain(dst []byte, link string) []byte {
	if e.Type != EventMessage {
		return dst
	}
	if v, ok := messageNames.readStrings(e.Body); ok { // its bytes can be copied
		start := len(dst)
		dst = append(appendAuthor(dst, e.From.Nick), '"')
		dst = append(dst, v[0]...)
		return escapeControls(append(dst, `"}`...), start)
	}
	b, err := bodyOf[MessageBody](e)
	if err != nil || b.Deleted {
		return dst // plain has no way to show an erased message
	}
	return AppendPlain(dst, PlainMessage{e.From.Nick, withLinks(b.Content, b.Files, link)})
}

func appendAuthor(dst []byte, author string) []byte {
	dst = append(dst, `{"Author":`...)
	dst = appendString(dst, author)
	return append(dst, `,"Content":`...)
}

// AppendPlainError appends e as plain writes it.
func AppendPlainError(dst []byte, e *Error) []byte {
	return appendValue(dst, struct{ Error string }{e.Error()})
}
