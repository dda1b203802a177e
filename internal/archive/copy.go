package archive

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
)

// Errors of [Copy].
var (
	ErrForeign    = errors.New("the answer isn't an export")
	ErrIncomplete = errors.New("the export is incomplete: its end says why")
)

// Copy copies an archive, with which a server has answered, to w. If the answer is something else, such as a
// page of a proxy, it copies nothing and returns ErrForeign; if the archive doesn't end as a whole one does, it returns
// ErrIncomplete. All other errors are those of reading and of w. The body remains the caller's to close.
func Copy(w io.Writer, answer *http.Response, f Format) error {
	want, _, _ := mime.ParseMediaType(f.contentType())
	if kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type")); kind != want {
		return ErrForeign
	}
	end := new(lastBytes)
	if _, err := io.Copy(io.MultiWriter(w, end), answer.Body); err != nil {
		return err
	}
	if !f.endsWith(end.bytes) {
		return ErrIncomplete
	}
	return nil
}

// The last lines of complete archives; that of JSON Lines is an object with one field.
const (
	lastOfText = "-- end --\n"
	lastOfHTML = "<footer>End of the export</footer>\n"
	lastField  = "end"
)

// endsWith reports whether a complete archive may end with these bytes, which are more than its last line.
func (f Format) endsWith(end []byte) bool {
	switch f {
	case HTML:
		return bytes.HasSuffix(end, []byte("\n"+lastOfHTML))
	case Text:
		return bytes.HasSuffix(end, []byte("\n"+lastOfText))
	}
	line := bytes.TrimSuffix(end, []byte("\n"))
	return bytes.HasPrefix(line[bytes.LastIndexByte(line, '\n')+1:], []byte(`{"`+lastField+`":`))
}

// lastBytes remembers the last bytes that were written to it.
type lastBytes struct{ bytes []byte }

func (l *lastBytes) Write(p []byte) (int, error) {
	const most = 200
	l.bytes = append(l.bytes, p[max(0, len(p)-most):]...)
	l.bytes = l.bytes[max(0, len(l.bytes)-most):]
	return len(p), nil
}
