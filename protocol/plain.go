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
	var m PlainMessage
	if e := decodeObject(data, &m); e != nil {
		return PlainMessage{}, e
	}
	return m, nil
}

// AppendPlain appends m as plain writes it.
func AppendPlain(dst []byte, m PlainMessage) []byte { return appendValue(dst, m) }

// AppendPlainError appends e as plain writes it.
func AppendPlainError(dst []byte, e *Error) []byte {
	return appendValue(dst, struct{ Error string }{e.Error()})
}
