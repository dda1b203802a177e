package protocol

import "net/url"

// MaxFiles is how many files a message may have.
const MaxFiles = 10

// MaxAltChars is the most characters that the alternative text of a file may have.
const MaxAltChars = 1000

// File is a file of a message. Name and Alt are its sender's; all else comes from the bytes,
// as the server has read them.
type File struct {
	ID     string `json:"id"` // a secret of the room: with it, the file can be downloaded
	Name   string `json:"name"`
	Type   string `json:"type"`             // a media type; programs that don't know it offer to save the file
	Size   int64  `json:"size"`             // in bytes
	Width  int    `json:"width,omitempty"`  // of an image as it is shown, in pixels
	Height int    `json:"height,omitempty"` // as Width
	Alt    string `json:"alt,omitempty"`    // what it shows, for those who can't see it
}

// Path returns the address of the file's bytes, below the server's own.
func (f *File) Path(room string) string {
	return RoomPath(room) + f.below()
}

// RoomPath returns the address of a room, below the server's own.
func RoomPath(room string) string { return "r/" + url.PathEscape(room) }

// below returns the address of the file's bytes, below the room's link.
func (f *File) below() string {
	return "/files/" + url.PathEscape(f.ID) + "/" + url.PathEscape(f.Name)
}

// Files is the answer to an upload.
type Files struct {
	Files []File `json:"files"`
}

// AppendFiles appends f as JSON.
func AppendFiles(dst []byte, f Files) []byte { return appendValue(dst, f) }

// withLinks returns the content of a message with a line for each of its files: its name and
// its address, which begins with the room's link, as plain shows them.
func withLinks(content string, files []File, link string) string {
	for i := range files {
		f := &files[i]
		if content != "" {
			content += "\n"
		}
		content += f.Name + ": " + link + f.below()
	}
	return content
}

// checkFiles checks the files that a message is sent with, and their alternative texts.
func checkFiles(ids, alts []string) *Error {
	if len(ids) > MaxFiles {
		return Errorf(BadField, `"files" has %d IDs: at most %d`, len(ids), MaxFiles)
	}
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if err := checkLabel("files", id); err != nil {
			return err
		}
		if id == "" || seen[id] {
			return Errorf(BadField, `"files" has an ID that is empty or there twice: each one is that of an upload`)
		}
		seen[id] = true
	}
	if len(alts) > len(ids) {
		return Errorf(BadField, `"alts" has %d texts for %d files: one for each at most, in the order of "files"`, len(alts), len(ids))
	}
	for _, alt := range alts {
		if err := checkText("alts", alt, MaxAltChars); err != nil {
			return err
		}
	}
	return nil
}

// CheckAlt checks the alternative text of a file: one line of up to [MaxAltChars] characters,
// or none. The error is an [*Error].
func CheckAlt(s string) error {
	if err := checkText("alt", s, MaxAltChars); err != nil {
		return err
	}
	return nil
}
