package hook

import "encoding/json"

// text is a string that may be sent as a number or a boolean. Whatever else it is counts
// as empty.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	*t = ""
	switch b[0] {
	case '"':
		var s string
		_ = json.Unmarshal(b, &s) // a string, as it begins like one
		*t = text(s)
	case '{', '[', 'n': // an object, an array, null
	default:
		*t = text(b)
	}
	return nil
}

// first returns the first text that isn't empty.
func first[T ~string](texts ...T) string {
	for _, t := range texts {
		if t != "" {
			return string(t)
		}
	}
	return ""
}

// list is an array of which only some elements may be as expected; the others are zero.
// A single value counts as an array of one. More elements than a message could show are
// passed over.
type list[T any] []T

// maxElements bounds a list. Senders' own limits are between 10 and 100, but alerts have
// none.
const maxElements = 5000

func (l *list[T]) UnmarshalJSON(b []byte) error {
	*l = nil
	var elements []json.RawMessage
	switch b[0] {
	case '[':
		_ = json.Unmarshal(b, &elements) // an array, as it begins like one
	case '{', '"':
		elements = []json.RawMessage{b}
	}
	for _, e := range elements[:min(len(elements), maxElements)] {
		var v T
		read(e, &v)
		*l = append(*l, v)
	}
	return nil
}
