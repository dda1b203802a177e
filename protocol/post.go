package protocol

// Post is the JSON body of a request that publishes a message.
type Post struct {
	ID      string   `json:"id,omitempty"` // makes a retry safe
	Content string   `json:"content"`
	ReplyTo uint64   `json:"reply_to,omitempty"` // the seq of a message; 0 for none
	Files   []string `json:"files,omitempty"`    // IDs of uploads; with any, Content may be empty
	Alts    []string `json:"alts,omitempty"`     // what the files show, in their order
}

// DecodePost decodes the body of a request, which must be valid UTF-8, as [DecodeCommand]
// decodes a frame. The error is an [*Error], with the post's id if it could be read.
func DecodePost(data []byte) (p Post, err error) {
	e := DecodeObject(data, &p)
	if e == nil {
		e = checkLabel("id", p.ID)
	}
	if e == nil {
		e = checkFiles(p.Files, p.Alts)
	}
	if e == nil {
		e = checkSeq("reply_to", p.ReplyTo)
	}
	if e != nil {
		if checkLabel("id", p.ID) == nil { // one that is bad itself isn't echoed
			e.ID = p.ID
		}
		return Post{}, e
	}
	return p, nil
}

// CheckLabel checks an id, or what stands for one: it has up to [MaxIDChars] printable ASCII
// characters, or none. name is what the error, an [*Error], calls it.
func CheckLabel(name, s string) error {
	if err := checkLabel(name, s); err != nil {
		return err
	}
	return nil
}
