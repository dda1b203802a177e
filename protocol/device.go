package protocol

import "time"

// Transfer answers a transfer. The code and the URL are secrets: whoever joins with the code
// is this member. It works once.
type Transfer struct {
	Ref   string    `json:"ref"`
	Code  string    `json:"code"`
	URL   string    `json:"url"`   // of the page; the code is its fragment's "transfer"
	Until time.Time `json:"until"` // when the code ends, in UTC
}

// MarshalJSON writes the answer as v1 does.
func (t Transfer) MarshalJSON() ([]byte, error) {
	type fields Transfer
	return appendValue(nil, struct {
		fields
		Until stamp `json:"until"` // as in ModeratedBody
	}{fields(t), stamp(t.Until)}), nil
}

// Seen tells the other connections of a member how far it has read.
type Seen struct {
	Seq uint64 `json:"seq"` // of the newest event that it has seen
}
