package protocol

// Search answers a search: messages that match, newest first, each with its content as it is
// now.
type Search struct {
	Ref    string  `json:"ref,omitempty"`
	Epoch  string  `json:"epoch,omitempty"` // of the log; only over HTTP without a command
	Events []Event `json:"events"`
	// More says that there may be further matches, all before Next: a search with Next as its
	// Before goes on. There may be more without any event here.
	More bool   `json:"more"`
	Next uint64 `json:"next,omitempty"`
	// Incomplete says that the server is still indexing the room, so there may be matches that
	// it hasn't found.
	Incomplete bool `json:"incomplete,omitempty"`
}

// AppendFound appends f as JSON, as it is answered over HTTP.
func AppendFound(dst []byte, f Search) []byte { return appendValue(dst, f.nonNil()) }

// AppendSearch appends the answer to a search command.
func AppendSearch(dst []byte, f Search) []byte { return AppendEvent(dst, EventSearch, f.nonNil()) }

// nonNil makes no events an empty list.
func (f Search) nonNil() Search {
	if f.Events == nil {
		f.Events = []Event{}
	}
	return f
}
