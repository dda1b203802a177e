package chat

import (
	"context"
	"io"
	"net/http"
	"time"

	"snug/internal/media"
	"snug/internal/problem"
	"snug/protocol"
)

// maxDownloads and maxDownloadsPerAddress are how many files may be going at once.
const maxDownloads, maxDownloadsPerAddress = 2048, 256

// download answers with a file. Its ID is all that it takes: an <img> can't send a seat or a
// token, and the ID is as hard to guess.
func (s *Server) download(w http.ResponseWriter, r *http.Request, c *caller) error {
	if !s.downloading.begin(c.network()) {
		e := protocol.Errorf(protocol.TooMany, "too many files are being downloaded at once")
		e.RetryAfter = time.Second
		return e
	}
	defer s.downloading.end(c.network())
	bytes, f, digest, err := s.options.Rooms.OpenFile(r.Context(), c.code, r.PathValue("id"))
	if err != nil {
		return err
	}
	defer func() { _ = bytes.Close() }() // it was only read
	media.SetHeaders(w.Header(), f.Type, f.Name, digest)
	patient := &patientFile{bytes, http.NewResponseController(w), s}
	defer context.AfterFunc(s.serving, patient.hurry)()
	problem.ServeContent(w, r, patient)
	return nil
}

// patientFile is a file whose reader may be slow, but has to take each piece in time. When the
// server drains, the rest has little time: clients continue with a Range.
type patientFile struct {
	io.ReadSeeker
	control *http.ResponseController
	server  *Server
}

// lastPieces is how long a download may go on when the server drains.
const lastPieces = time.Second

func (f *patientFile) hurry() {
	_ = f.control.SetWriteDeadline(time.Now().Add(lastPieces)) // a server in front without it has bounds of its own
}

func (f *patientFile) Read(p []byte) (int, error) {
	if !f.server.Draining() {
		_ = f.control.SetWriteDeadline(time.Now().Add(writeWithin)) // as above
		if f.server.Draining() {
			f.hurry() // what Drain has set was overwritten
		}
	}
	return f.ReadSeeker.Read(p)
}
