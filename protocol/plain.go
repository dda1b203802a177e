package protocol

// PlainMessage is the whole of the plain dialect, both ways.
type PlainMessage struct {
	Author  string
	Content string
}

// DecodePlain reads one plain frame, which must be valid UTF-8. Keys are read
// without regard to case and unknown ones are passed over. The error is an
// [*Error].
func DecodePlain(data []byte) (PlainMessage, error) {
	if v, ok := plainNames.readStrings(data); ok {
		return PlainMessage{string(v[0]), string(v[1])}, nil
	}
	var m PlainMessage
	if e := decodeObject(data, &m); e != nil {
		return PlainMessage{}, e
	}
	return m, nil
}

var plainNames = names{"Author", "Content"}

// AppendPlain appends m as plain writes it.
func AppendPlain(dst []byte, m PlainMessage) []byte {
	dst = append(dst, `{"Author":`...)
	dst = appendString(dst, m.Author)
	dst = append(dst, `,"Content":`...)
	dst = appendString(dst, m.Content)
	return append(dst, '}')
}

// AppendPlainError appends e as plain writes it.
func AppendPlainError(dst []byte, e *Error) []byte {
	return appendValue(dst, struct{ Error string }{e.Error()})
}
